// A file as the body of a request: read as libcurl asks for it, and again from its begin where a
// connection broke before the answer.
//
// Lifetime: outlives the transfer that it was applied to.
// Threads:  the loop's, which waits for the disk: for loops that may.
#pragma once

#include <cstdint>
#include <string>

#include <curl/curl.h>

#include "core/file.h"
#include "core/result.h"

namespace callstream {

class http_upload {
public:
    static result<http_upload> open(const std::string& path);

    // Makes the request a PUT of this file.
    void apply(CURL* easy);

private:
    static std::size_t on_read(char* out, std::size_t, std::size_t size, void* self);
    static int on_seek(void* self, curl_off_t offset, int origin);

    file file_;
    std::uint64_t size_ = 0;
    std::uint64_t offset_ = 0;
};

}  // namespace callstream
