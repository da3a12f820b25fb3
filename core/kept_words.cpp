#include "core/kept_words.h"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>

#include "core/file.h"

namespace callstream {

result<kept_words> kept_words::open(const std::string& path, std::size_t count) {
    const std::size_t size = count * sizeof(std::uint64_t);
    file opened;
    if (!path.empty()) {
        auto found = open_file(path, O_RDWR | O_CREAT);
        if (!found) return tl::unexpected(found.error());
        opened = std::move(*found);
        int code = EINTR;
        while (code == EINTR)
            code = ::posix_fallocate(opened.descriptor(), 0, static_cast<off_t>(size));
        if (code != 0) return file_failure("cannot allocate a file", code);
    }
    const int flags = opened ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
    void* const at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, flags, opened.descriptor(), 0);
    if (at == MAP_FAILED) return file_failure("cannot map a file", errno);
    return kept_words({static_cast<std::uint64_t*>(at), count});
}

kept_words::kept_words(kept_words&& other) noexcept : words_(std::exchange(other.words_, {})) {}

kept_words& kept_words::operator=(kept_words&& other) noexcept {
    std::swap(words_, other.words_);
    return *this;
}

kept_words::~kept_words() {
    if (!words_.empty()) ::munmap(words_.data(), words_.size_bytes());
}

}  // namespace callstream
