// Cuts an AMI byte stream into messages and their lines, in one pass and without a copy.
//
// A message ends at an empty line. Lines end with CRLF, and a bare LF in one belongs to a value;
// only if a message's first line ends with a bare LF do all of its lines (some proxies write so).
// `Response: Follows` of Asterisk before 14 goes on to --END COMMAND--, whatever its text holds.
// Where the bytes were cut by the network makes no difference to what is found.
//
// Lifetime: a frame views the bytes given to next() and the framer's own list of line ends; it is
//           valid until the following next() or reset().
// Threads:  one for each connection, on that connection's loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "parsers/ami_simd.h"

namespace callstream::parsers {

enum class ami_found : std::uint8_t {
    nothing,   // no whole message yet
    greeting,  // bytes: the line
    message,
    empty,     // a lone empty line, as after the answer to IAXnetstats
    rejected,  // a message beyond a bound; what of it was not gone already
};

struct ami_frame {
    ami_found found = ami_found::nothing;
    std::size_t size_wire = 0;                  // how far the caller moves on, whatever was found
    std::string_view bytes;                     // a message with all of its line ends
    std::span<const std::uint32_t> line_feeds;  // of the lines that are not empty, in `bytes`
    bool ascii = true;                          // no byte above 0x7f; false may be a false alarm
    bool follows = false;  // the lines behind the headers are raw text, the last with the end mark

    // Where the line ends that ends with that line feed.
    std::size_t line_end(std::size_t line_feed) const noexcept {
        return line_feed - std::size_t{bytes[line_feed - 1] == '\r'};
    }
};

// Ends the text of `Response: Follows`.
inline constexpr std::string_view ami_command_end = "--END COMMAND--";

class ami_framer {
public:
    explicit ami_framer(const ami_simd& simd = ami_simd_variants().front()) noexcept
        : scan_lines_(simd.scan_lines) {}

    // What stands first in `pending` is in frame() then; call again behind its size_wire bytes,
    // with more bytes at the end where nothing was found. limits::slab_spare_size readable bytes
    // follow `pending`. Fails with wrong_protocol if it is no AMI that speaks; then it does so
    // until reset().
    result<ami_found> next(std::string_view pending);
    const ami_frame& frame() const noexcept { return frame_; }

    void reset();                              // a new connection: the next bytes are a greeting
    void skip_greeting() { greeted_ = true; }  // the next bytes are a message

    // Bytes of a begun message, and whether some of it is gone already.
    std::size_t torn_size() const noexcept { return scan_.scanned; }
    bool torn() const noexcept { return scan_.scanned > 0 || rejected_; }

private:
    enum class ending : std::uint8_t { unknown, crlf, lf };

    result<ami_found> next_greeting(std::string_view pending);
    std::size_t scan_window(std::string_view pending);
    std::size_t scan_bare_lines(std::string_view pending, std::size_t end);
    bool ends_message(std::string_view pending) const noexcept;
    bool is_command_output(std::string_view pending) const noexcept;
    bool is_too_large(std::size_t size) const noexcept;
    bool has_too_large_line() const noexcept;
    ami_found finish(std::string_view pending, std::size_t size_wire);
    ami_found found_no_message(ami_found found, std::size_t size_wire) noexcept;
    void reject(std::string_view pending) noexcept;
    ami_found skip(std::string_view pending);
    void start_message() noexcept;

    scan_lines_function scan_lines_;
    ami_frame frame_;
    bool greeted_ = false;
    bool follows_possible_ = true;  // Asterisk before 14, or not known

    // The message that `pending` begins with; offsets from its start.
    line_scan scan_;
    ending ending_ = ending::unknown;
    std::vector<std::uint32_t> line_feeds_;

    // Of a message that was found too large: it is dropped piece by piece, up to its end.
    bool rejected_ = false;
    bool follows_ = false;
    bool command_end_ = false;  // the last line that was not empty has the end mark
    std::size_t line_begin_ = 0;
};

}  // namespace callstream::parsers
