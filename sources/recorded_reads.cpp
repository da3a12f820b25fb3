#include "sources/recorded_reads.h"

#include <cmath>
#include <limits>
#include <string_view>

namespace callstream::sources {

namespace {

constexpr std::uint64_t endless = std::numeric_limits<std::uint64_t>::max();
constexpr double microseconds_max = 4e15;  // the year 2096; a double still counts them
constexpr double offset_max = 9e15;        // whole in a double

std::string times_of(std::string recording) {
    constexpr std::string_view ending = ".ami";
    if (recording.ends_with(ending)) recording.resize(recording.size() - ending.size());
    return recording + ".segments.jsonl";
}

bool is_whole(std::optional<double> number, double highest) {
    return number && *number >= 0 && *number <= highest && std::floor(*number) == *number;
}

}  // namespace

recorded_reads::recorded_reads(const std::string& recording) : file_(times_of(recording)) {}

result<void> recorded_reads::read_line() {
    const auto read = json_.parse(line_);
    if (!read) return failure(errc::malformed, "a line of the recorded times is not JSON");
    const auto seconds = (*read)["t"].number();
    const auto offset = (*read)["off"].number();
    const auto size = (*read)["len"].number();
    const bool sane = seconds && *seconds >= 0 && *seconds * 1e6 <= microseconds_max &&
                      is_whole(offset, offset_max) && is_whole(size, offset_max);
    if (!sane || static_cast<std::uint64_t>(*offset) != end_)
        return failure(errc::malformed, "the recorded times do not fit together");
    arrived_ = timestamp(duration(std::llround(*seconds * 1e6)));
    end_ += static_cast<std::uint64_t>(*size);
    return {};
}

result<void> recorded_reads::seek(std::uint64_t offset) {
    while (offset >= end_) {
        if (!std::getline(file_, line_)) {
            end_ = endless;
            return {};
        }
        if (auto done = read_line(); !done) return done;
    }
    return {};
}

}  // namespace callstream::sources
