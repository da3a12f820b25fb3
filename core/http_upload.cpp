#include "core/http_upload.h"

#include <cstdio>
#include <span>

#include <fcntl.h>

namespace callstream {

result<http_upload> http_upload::open(const std::string& path) {
    auto opened = open_file(path, O_RDONLY | O_NOFOLLOW);
    if (!opened) return tl::unexpected(opened.error());
    const auto size = size_of(*opened);
    if (!size) return tl::unexpected(size.error());
    http_upload made;
    made.file_ = *std::move(opened);
    made.size_ = *size;
    return made;
}

void http_upload::apply(CURL* easy) {
    offset_ = 0;
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(size_));
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, &http_upload::on_read);
    curl_easy_setopt(easy, CURLOPT_READDATA, this);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, &http_upload::on_seek);
    curl_easy_setopt(easy, CURLOPT_SEEKDATA, this);
}

std::size_t http_upload::on_read(char* out, std::size_t, std::size_t size, void* self) {
    auto& upload = *static_cast<http_upload*>(self);
    const auto got =
        read_at(upload.file_, std::span(reinterpret_cast<std::byte*>(out), size), upload.offset_);
    if (!got) return CURL_READFUNC_ABORT;
    upload.offset_ += *got;
    return *got;
}

int http_upload::on_seek(void* self, curl_off_t offset, int origin) {
    if (origin != SEEK_SET || offset < 0) return CURL_SEEKFUNC_CANTSEEK;
    static_cast<http_upload*>(self)->offset_ = static_cast<std::uint64_t>(offset);
    return CURL_SEEKFUNC_OK;
}

}  // namespace callstream
