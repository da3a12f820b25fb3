#include "parsers/ami_framer.h"

#include <algorithm>
#include <array>
#include <bit>

#include "core/limits.h"
#include "parsers/ami_greeting.h"
#include "parsers/ami_key.h"

namespace callstream::parsers {

namespace {

constexpr unsigned major_without_follows = 3;  // Asterisk 14

std::string_view text_of(std::string_view pending, const ami_line& line) noexcept {
    return pending.substr(line.begin, line.end - line.begin);
}

}  // namespace

ami_framer::ami_framer(find_marks_function find_marks) : find_marks_(find_marks) {
    lines_.resize(2 * byte_marks::block_size);
}

void ami_framer::reset() {
    start_message();
    greeted_ = false;
    follows_possible_ = true;
}

result<ami_frame> ami_framer::next(std::string_view pending) {
    if (!greeted_) return next_greeting(pending);
    if (rejected_) return skip(pending);
    while (scanned_ < pending.size()) {
        constexpr std::size_t block_size = byte_marks::block_size;
        std::array<byte_marks, window_size> window;
        const std::size_t block_count = (pending.size() - scanned_ + block_size - 1) / block_size;
        const auto blocks = std::span(window).first(std::min(block_count, window_size));
        find_marks_(pending.data() + scanned_, blocks);
        for (const byte_marks& marks : blocks) {
            const std::size_t size = scan_block(pending, marks);
            if (size > 0) return finish(pending, size);
        }
        if (is_too_large(scanned_)) {
            reject(pending);
            return skip(pending);
        }
    }
    return ami_frame{};
}

result<ami_frame> ami_framer::next_greeting(std::string_view pending) {
    const auto read = read_ami_greeting(pending);
    if (!read) return tl::unexpected(read.error());
    scanned_ = pending.size();
    if (!*read) return ami_frame{};
    const ami_greeting& greeting = **read;
    start_message();
    greeted_ = true;
    follows_possible_ = greeting.major_version < major_without_follows;
    if (greeting.size_wire == 0) return next(pending);
    ami_frame frame;
    frame.found = ami_found::greeting;
    frame.size_wire = greeting.size_wire;
    frame.bytes = greeting.line;
    return frame;
}

// Takes the lines that end in the block at scanned_; the message's size if it ends there, or 0.
std::size_t ami_framer::scan_block(std::string_view pending, byte_marks marks) {
    const std::size_t base = scanned_;
    const std::size_t size = std::min(byte_marks::block_size, pending.size() - base);
    const std::uint64_t valid = ~std::uint64_t{0} >> (byte_marks::block_size - size);
    std::uint64_t ends = marks.line_feed & valid;
    std::uint64_t colons = marks.colon & valid;
    const bool after_return = base > 0 && pending[base - 1] == '\r';
    const std::uint64_t after_returns = (marks.carriage_return << 1) | std::uint64_t{after_return};
    if (ending_ == ending::unknown && ends != 0) {
        const std::uint64_t first_end = ends & (~ends + 1);
        ending_ = (first_end & after_returns) != 0 ? ending::crlf : ending::lf;
    }
    const bool crlf = ending_ != ending::lf;
    if (crlf) ends &= after_returns;
    high_ |= (marks.high & valid) != 0;

    if (lines_.size() - line_count_ < byte_marks::block_size) lines_.resize(2 * lines_.size());
    ami_line* const lines = lines_.data();
    std::uint32_t line_begin = line_begin_;
    std::uint32_t colon = colon_;
    for (; ends != 0; ends &= ends - 1) {
        const auto line_feed =
            static_cast<std::uint32_t>(base) + static_cast<std::uint32_t>(__builtin_ctzll(ends));
        const bool with_return = crlf || (line_feed > line_begin && pending[line_feed - 1] == '\r');
        const std::uint32_t line_end = line_feed - std::uint32_t{with_return};
        if (line_end == line_begin) {
            if (ends_message(pending)) return line_feed + std::size_t{1};
        } else {
            // The last bit stands in for a colon where there is none, and is never before the end.
            const std::uint64_t last_bit = std::uint64_t{1} << 63;
            const auto colon_here = static_cast<std::uint32_t>(base) +
                                    static_cast<std::uint32_t>(__builtin_ctzll(colons | last_bit));
            const std::uint32_t first_colon = std::min({colon, colon_here, line_end});
            lines[line_count_++] = {line_begin, first_colon, line_end};
            line_size_longest_ = std::max(line_size_longest_, line_end - line_begin);
        }
        const std::uint64_t up_to_end = ends ^ (ends - 1);
        colons &= ~up_to_end;
        colon = no_colon;
        line_begin = line_feed + 1;
    }
    if (colon == no_colon && colons != 0) {
        colon =
            static_cast<std::uint32_t>(base) + static_cast<std::uint32_t>(__builtin_ctzll(colons));
    }
    colon_ = colon;
    line_begin_ = line_begin;
    scanned_ = base + size;
    return 0;
}

// Asked at an empty line.
bool ami_framer::ends_message(std::string_view pending) const noexcept {
    return !is_command_output(pending) ||
           text_of(pending, lines_[line_count_ - 1]).ends_with(ami_command_end);
}

// Both lines are asked for, so that a value that was forged into a stream has less to work with.
bool ami_framer::is_command_output(std::string_view pending) const noexcept {
    constexpr std::string_view first = "Response: Follows";
    constexpr std::string_view second = "Privilege: Command";
    if (!follows_possible_ || line_count_ < 2 || lines_[0].end != first.size()) return false;
    return equal_names(text_of(pending, lines_[0]), first) &&
           equal_names(text_of(pending, lines_[1]), second);
}

bool ami_framer::is_too_large(std::size_t size) const noexcept {
    return size > limits::ami_message_size_max || line_count_ > limits::ami_header_count_max;
}

ami_frame ami_framer::finish(std::string_view pending, std::size_t size_wire) {
    ami_frame frame;
    frame.size_wire = size_wire;
    frame.follows = is_command_output(pending);
    const bool line_too_large = line_size_longest_ > limits::ami_line_size_max && !frame.follows;
    if (line_count_ == 0) {
        frame.found = ami_found::empty;
    } else if (is_too_large(size_wire) || line_too_large) {
        frame.found = ami_found::rejected;
    } else {
        frame.found = ami_found::message;
        frame.bytes = pending.substr(0, size_wire);
        frame.lines = std::span(lines_).first(line_count_);
        frame.ascii = !high_;
    }
    start_message();
    return frame;
}

void ami_framer::reject(std::string_view pending) noexcept {
    rejected_ = true;
    follows_ = is_command_output(pending);
    command_end_ =
        line_count_ > 0 && text_of(pending, lines_[line_count_ - 1]).ends_with(ami_command_end);
}

// Goes on as scan_block() does, but lets go of what it has passed.
ami_frame ami_framer::skip(std::string_view pending) {
    ami_frame frame;
    for (;;) {
        const std::size_t line_feed = pending.find('\n', scanned_);
        scanned_ = line_feed == std::string_view::npos ? pending.size() : line_feed + 1;
        if (line_feed == std::string_view::npos) break;
        const bool after_return = line_feed > line_begin_ && pending[line_feed - 1] == '\r';
        if (ending_ == ending::unknown) {
            ending_ = after_return ? ending::crlf : ending::lf;
        }
        if (ending_ == ending::crlf && !after_return) continue;
        const std::size_t line_end = line_feed - std::size_t{after_return};
        const std::string_view line = pending.substr(line_begin_, line_end - line_begin_);
        if (!line.empty()) {
            command_end_ = line.ends_with(ami_command_end);
        } else if (!follows_ || command_end_) {
            frame.found = ami_found::rejected;
            frame.size_wire = scanned_;
            start_message();
            return frame;
        }
        line_begin_ = static_cast<std::uint32_t>(scanned_);
    }
    // What is kept of a torn line still shows that it is not empty, and the mark it may end with.
    constexpr std::size_t tail_size = 2 * ami_command_end.size();
    frame.size_wire = std::max<std::size_t>(line_begin_, scanned_ - std::min(scanned_, tail_size));
    scanned_ -= frame.size_wire;
    line_begin_ = 0;
    return frame;
}

void ami_framer::start_message() noexcept {
    scanned_ = 0;
    line_begin_ = 0;
    colon_ = no_colon;
    line_count_ = 0;
    line_size_longest_ = 0;
    ending_ = ending::unknown;
    high_ = false;
    rejected_ = false;
    follows_ = false;
    command_end_ = false;
}

}  // namespace callstream::parsers
