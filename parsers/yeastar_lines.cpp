#include "parsers/yeastar_lines.h"

#include "core/limits.h"

namespace callstream::parsers {

void yeastar_lines::take(std::string_view line, timestamp arrived) {
    counters_.bytes += line.size();
    while (line.ends_with('\r') || line.ends_with(' '))
        line.remove_suffix(1);
    if (line.empty()) return;
    ++counters_.messages;
    if (!translator_.decode(line, arrived, report_coming::first).accepted()) ++counters_.rejected;
}

result<std::size_t> yeastar_lines::decode(std::string_view pending, timestamp arrived,
                                          message_handler*) {
    std::size_t done = 0;
    for (;;) {
        const std::size_t end = pending.find('\n', done);
        if (end == std::string_view::npos) break;
        take(pending.substr(done, end - done), arrived);
        done = end + 1;
    }
    torn_ = pending.substr(done);
    if (torn_.size() > limits::ami_message_size_max)
        return failure(errc::too_large, "a line is too long to be a report");
    return done;
}

void yeastar_lines::finish(timestamp now) {
    torn_.reserve(torn_.size() + limits::slab_spare_size);
    take(torn_, now);
    torn_.clear();
}

}  // namespace callstream::parsers
