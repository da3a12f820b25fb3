#include "core/text_file.h"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace callstream {

result<std::string> read_text_file(const std::string& path, std::size_t size_max) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return failure(errc::io, "the file cannot be opened", errno);
    std::string text;
    std::array<char, 4096> part;
    for (;;) {
        const ssize_t size = ::read(file, part.data(), part.size());
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0 || text.size() > size_max) {
            const int reason = size < 0 ? errno : 0;
            ::close(file);
            if (reason != 0) return failure(errc::io, "the file cannot be read", reason);
            break;
        }
        text.append(part.data(), static_cast<std::size_t>(size));
    }
    if (text.size() > size_max) return failure(errc::too_large, "the file is too large");
    return text;
}

}  // namespace callstream
