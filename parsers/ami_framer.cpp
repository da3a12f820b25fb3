#include "parsers/ami_framer.h"

#include <algorithm>

#include "core/limits.h"
#include "parsers/ami_greeting.h"
#include "parsers/ami_key.h"

namespace callstream::parsers {

namespace {

constexpr unsigned major_without_follows = 3;  // Asterisk 14
constexpr std::size_t window_size = 2048;      // bytes that are scanned before a bound is checked

// Without its line end, whichever it is.
std::string_view line_at(std::string_view pending, std::size_t begin, std::size_t line_feed) {
    std::string_view line = pending.substr(begin, line_feed - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

}  // namespace

void ami_framer::reset() {
    start_message();
    greeted_ = false;
    follows_possible_ = true;
}

result<ami_found> ami_framer::next(std::string_view pending) {
    if (!greeted_) return next_greeting(pending);
    if (rejected_) return skip(pending);
    while (scan_.scanned < pending.size()) {
        const std::size_t size = scan_window(pending);
        if (size > 0 && ends_message(pending)) return finish(pending, size);
        if (is_too_large(scan_.scanned)) {
            reject(pending);
            return skip(pending);
        }
    }
    return found_no_message(ami_found::nothing, 0);
}

result<ami_found> ami_framer::next_greeting(std::string_view pending) {
    const auto read = read_ami_greeting(pending);
    if (!read) return tl::unexpected(read.error());
    scan_.scanned = pending.size();
    if (!*read) return found_no_message(ami_found::nothing, 0);
    const ami_greeting& greeting = **read;
    start_message();
    greeted_ = true;
    follows_possible_ = greeting.major_version < major_without_follows;
    if (greeting.size_wire == 0) return next(pending);
    frame_.bytes = greeting.line;
    return found_no_message(ami_found::greeting, greeting.size_wire);
}

// The message's size if an empty line ends it in the next window, otherwise 0.
std::size_t ami_framer::scan_window(std::string_view pending) {
    const std::size_t end = std::min(pending.size(), scan_.scanned + window_size);
    const std::size_t room = scan_.line_count + window_size / 2 + line_scan_slack;
    if (line_feeds_.size() < room) line_feeds_.resize(2 * room);
    if (ending_ == ending::lf) return scan_bare_lines(pending, end);
    const std::size_t size = scan_lines_(pending.data(), end, scan_, line_feeds_.data());
    if (scan_.bare_line_feeds == 0 || ending_ == ending::crlf) return size;
    const std::size_t first = pending.find('\n');
    if (first > 0 && pending[first - 1] == '\r') {
        ending_ = ending::crlf;
        return size;
    }
    start_message();
    ending_ = ending::lf;
    return scan_bare_lines(pending, end);
}

// A CRLF is an end here too: a forged first line must not make a message of all that follows it.
std::size_t ami_framer::scan_bare_lines(std::string_view pending, std::size_t end) {
    for (; scan_.scanned < end; ++scan_.scanned) {
        const std::size_t at = scan_.scanned;
        scan_.high |= static_cast<unsigned char>(pending[at]) & 0x80U;
        if (pending[at] != '\n') continue;
        const bool with_return = at > 0 && pending[at - 1] == '\r';
        const std::size_t line_end = at - std::size_t{with_return};
        if (line_end == 0 || pending[line_end - 1] == '\n') return ++scan_.scanned;
        line_feeds_[scan_.line_count++] = static_cast<std::uint32_t>(at);
    }
    return 0;
}

// Asked at an empty line.
bool ami_framer::ends_message(std::string_view pending) const noexcept {
    if (!is_command_output(pending)) return true;
    return line_at(pending, 0, line_feeds_[scan_.line_count - 1]).ends_with(ami_command_end);
}

// Both lines are asked for, so that a value that was forged into a stream has less to work with.
bool ami_framer::is_command_output(std::string_view pending) const noexcept {
    constexpr std::string_view first = "Response: Follows";
    constexpr std::string_view second = "Privilege: Command";
    if (scan_.line_count < 2 || !follows_possible_) return false;
    if (line_feeds_[0] != first.size() && line_feeds_[0] != first.size() + 1) return false;
    return equal_names(line_at(pending, 0, line_feeds_[0]), first) &&
           equal_names(line_at(pending, line_feeds_[0] + 1, line_feeds_[1]), second);
}

bool ami_framer::is_too_large(std::size_t size) const noexcept {
    return size > limits::ami_message_size_max || scan_.line_count > limits::ami_header_count_max;
}

bool ami_framer::has_too_large_line() const noexcept {
    std::size_t begin = 0;
    for (const std::uint32_t line_feed : std::span(line_feeds_).first(scan_.line_count)) {
        if (line_feed - begin > limits::ami_line_size_max) return true;
        begin = line_feed + 1;
    }
    return false;
}

ami_found ami_framer::finish(std::string_view pending, std::size_t size_wire) {
    if (scan_.line_count == 0) return found_no_message(ami_found::empty, size_wire);
    const bool follows = is_command_output(pending);
    // The text of a command is one line to us, and may be as long as a message.
    const bool line_too_large =
        size_wire > limits::ami_line_size_max && !follows && has_too_large_line();
    if (is_too_large(size_wire) || line_too_large) {
        return found_no_message(ami_found::rejected, size_wire);
    }
    frame_.found = ami_found::message;
    frame_.size_wire = size_wire;
    frame_.bytes = pending.substr(0, size_wire);
    frame_.line_feeds = std::span(line_feeds_).first(scan_.line_count);
    frame_.ascii = scan_.high == 0;
    frame_.follows = follows;
    start_message();
    return ami_found::message;
}

ami_found ami_framer::found_no_message(ami_found found, std::size_t size_wire) noexcept {
    frame_.found = found;
    frame_.size_wire = size_wire;
    if (found != ami_found::nothing) start_message();
    return found;
}

void ami_framer::reject(std::string_view pending) noexcept {
    rejected_ = true;
    follows_ = is_command_output(pending);
    if (scan_.line_count == 0) return;
    if (ending_ == ending::unknown) ending_ = ending::crlf;
    const std::size_t line_feed = line_feeds_[scan_.line_count - 1];
    command_end_ = line_at(pending, 0, line_feed).ends_with(ami_command_end);
    line_begin_ = line_feed + 1;
}

// Goes on where the scan stopped, but lets go of what it has passed.
ami_found ami_framer::skip(std::string_view pending) {
    for (;;) {
        const std::size_t line_feed = pending.find('\n', scan_.scanned);
        scan_.scanned = line_feed == std::string_view::npos ? pending.size() : line_feed + 1;
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
            return found_no_message(ami_found::rejected, scan_.scanned);
        }
        line_begin_ = scan_.scanned;
    }
    // What is kept of a torn line still shows that it is not empty, and the mark it may end with.
    constexpr std::size_t tail_size = 2 * ami_command_end.size();
    const std::size_t gone =
        std::max(line_begin_, scan_.scanned - std::min(scan_.scanned, tail_size));
    scan_.scanned -= gone;
    line_begin_ = 0;
    return found_no_message(ami_found::nothing, gone);
}

void ami_framer::start_message() noexcept {
    scan_ = line_scan();
    ending_ = ending::unknown;
    rejected_ = false;
    follows_ = false;
    command_end_ = false;
    line_begin_ = 0;
}

}  // namespace callstream::parsers
