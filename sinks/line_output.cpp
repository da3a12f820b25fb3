#include "sinks/line_output.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <string>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace callstream::sinks {

result<write_outcome> write_some(int descriptor, std::span<const iovec> pieces) {
    const int count = static_cast<int>(std::min<std::size_t>(pieces.size(), IOV_MAX));
    for (;;) {
        const ssize_t size = writev(descriptor, pieces.data(), count);
        if (size >= 0) return write_outcome{static_cast<std::size_t>(size), false, false};
        switch (errno) {
            case EINTR:
                break;
            case EAGAIN:
                return write_outcome{0, true, false};
            case EPIPE:
            case ECONNRESET:
                return write_outcome{0, false, true};
            case ENOSPC:
            case EDQUOT:
                return failure(errc::full, "no room is left on the disk", errno);
            default:
                return failure(errc::io, "the file cannot be written", errno);
        }
    }
}

standard_output::~standard_output() {
    if (own_ >= 0) close(own_);
}

result<void> standard_output::open(int descriptor) {
    given_ = descriptor;
    struct stat status {};
    if (fstat(descriptor, &status) != 0)
        return failure(errc::disconnected, "stdout is closed", errno);
    if (!S_ISFIFO(status.st_mode) && !S_ISCHR(status.st_mode)) return {};
    const std::string same = "/proc/self/fd/" + std::to_string(descriptor);
    own_ = ::open(same.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (own_ < 0 && errno == ENXIO)
        return failure(errc::disconnected, "nobody reads stdout", errno);
    return {};  // without /proc the given one has to do
}

bool standard_output::is_closed() const noexcept {
    pollfd asked{descriptor(), 0, 0};
    return ::poll(&asked, 1, 0) == 1 && (asked.revents & (POLLERR | POLLHUP)) != 0;
}

bool standard_output::is_terminal() const noexcept {
    return isatty(descriptor()) == 1;
}

}  // namespace callstream::sinks
