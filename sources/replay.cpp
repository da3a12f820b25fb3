#include "sources/replay.h"

#include <algorithm>
#include <cerrno>
#include <random>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/slab.h"
#include "sources/recorded_reads.h"

namespace callstream::sources {

namespace {

constexpr duration tick_interval = std::chrono::seconds(1);

class input_file {
public:
    explicit input_file(const std::string& path)
        : is_stdin_(path == "-"),
          descriptor_(is_stdin_ ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
    ~input_file() {
        if (!is_stdin_ && descriptor_ >= 0) ::close(descriptor_);
    }
    input_file(const input_file&) = delete;
    input_file& operator=(const input_file&) = delete;

    bool is_open() const noexcept { return descriptor_ >= 0; }

    timestamp modified() const {
        struct stat status {};
        if (is_stdin_ || ::fstat(descriptor_, &status) != 0) return now();
        return timestamp(std::chrono::seconds(status.st_mtim.tv_sec));
    }

    // 0 at the end.
    result<std::size_t> read(std::span<char> room) const {
        for (;;) {
            const ssize_t size = ::read(descriptor_, room.data(), room.size());
            if (size >= 0) return static_cast<std::size_t>(size);
            if (errno != EINTR) return failure(errc::io, "the recording cannot be read", errno);
        }
    }

private:
    bool is_stdin_;
    int descriptor_;
};

class cutter {
public:
    explicit cutter(const replay_settings& settings)
        : settings_(settings), random_(settings.cut_seed) {}

    std::size_t next_size(std::size_t available) {
        const std::size_t largest = std::max<std::size_t>(1, settings_.cut_size);
        if (settings_.cut == replay_cut::recorded) return available;
        if (settings_.cut == replay_cut::bytes) return std::min(available, largest);
        std::uniform_int_distribution<std::size_t> any(1, largest);
        return std::min(available, any(random_));
    }

private:
    const replay_settings& settings_;
    std::minstd_rand random_;
};

struct ticker {
    decoder& target;
    timestamp last{};

    void operator()(timestamp time) {
        if (time - last < tick_interval) return;
        target.tick(time);
        last = time;
    }
};

}  // namespace

result<replay_report> replay(const replay_settings& settings, decoder& bytes_to_events,
                             const std::function<bool()>& on_batch) {
    const input_file file(settings.path);
    if (!file.is_open()) return failure(errc::io, "the recording cannot be opened", errno);
    recorded_reads times(settings.path);
    replay_report report;
    report.timed = times.found();
    timestamp arrived = file.modified();
    slab_pool slabs;
    receive_buffer buffer(slabs);
    cutter cut(settings);
    ticker tick{bytes_to_events};

    bytes_to_events.reset(arrived);
    for (;;) {
        std::span<char> room = buffer.writable();
        if (report.timed) {
            if (auto done = times.seek(report.bytes); !done) return tl::unexpected(done.error());
            arrived = times.arrived();
            const std::uint64_t rest = times.end() - report.bytes;
            if (rest < room.size()) room = room.first(static_cast<std::size_t>(rest));
        }
        const auto size = file.read(room.first(cut.next_size(room.size())));
        if (!size) return tl::unexpected(size.error());
        if (*size == 0) break;
        buffer.commit(*size);
        report.bytes += *size;
        ++report.reads;
        tick(arrived);
        const auto done = bytes_to_events.decode(buffer.pending(), arrived, nullptr);
        if (!done) return tl::unexpected(done.error());
        buffer.consume(*done);
        if (!on_batch()) break;
    }
    bytes_to_events.finish(arrived);
    return report;
}

}  // namespace callstream::sources
