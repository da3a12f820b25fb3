#include "app/event_lines.h"

#include <cerrno>

#include <unistd.h>

#include "core/limits.h"

namespace callstream::app {

namespace {

constexpr std::size_t flush_size = 256 * 1024;

}  // namespace

event_lines::event_lines(int descriptor, std::string_view pbx, line_format format)
    : descriptor_(descriptor),
      pbx_(pbx),
      format_(format),
      readable_(format == line_format::readable_coloured),
      room_(limits::record_size_max) {}

void event_lines::publish(const event& published) {
    const auto written = writer_.write(published, {pbx_, sequence_ + 1, 0, published.time}, room_);
    if (!written) {
        ++rejected_;
        return;
    }
    ++sequence_;
    record line;
    line.type = published.type;
    line.time = line.recorded_time = published.time;
    line.pbx = pbx_;
    line.sequence = line.pbx_sequence = sequence_;
    line.escaped = written->escaped;
    line.attributes = written->attributes;
    line.payload = {room_.data(), written->size};
    if (format_ == line_format::ndjson) {
        waiting_.append(line.payload);
        waiting_.push_back('\n');
    } else {
        readable_.append(waiting_, line);
    }
    if (waiting_.size() >= flush_size) static_cast<void>(flush());
}

result<void> event_lines::flush() {
    std::string_view rest = waiting_;
    while (!rest.empty() && !failed_) {
        const ssize_t size = ::write(descriptor_, rest.data(), rest.size());
        if (size > 0) {
            rest.remove_prefix(static_cast<std::size_t>(size));
        } else if (errno != EINTR) {
            failed_ = error{errc::io, "the output cannot be written", errno};
        }
    }
    waiting_.clear();
    if (failed_) return tl::unexpected(*failed_);
    return {};
}

}  // namespace callstream::app
