// Cuts an AMI byte stream into messages and their lines, in one pass and without a copy.
//
// A message ends at an empty line. Lines end with CRLF, and a bare LF in one belongs to a value;
// only if a message's first line ends with a bare LF do all of its lines (some proxies write so).
// `Response: Follows` of Asterisk before 14 goes on to --END COMMAND--, whatever its text holds.
// Where the bytes were cut by the network makes no difference to what is found.
//
// Lifetime: a frame views the bytes given to next() and the framer's own list of lines; it is
//           valid until the following next().
// Threads:  one for each connection, on that connection's loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "parsers/byte_marks.h"

namespace callstream::parsers {

// Offsets into the frame. Without a colon in it, a line has its `colon` at its end.
struct ami_line {
    std::uint32_t begin;
    std::uint32_t colon;
    std::uint32_t end;
};

enum class ami_found : std::uint8_t {
    nothing,   // no whole message yet
    greeting,  // bytes: the line
    message,
    empty,     // a lone empty line, as after the answer to IAXnetstats
    rejected,  // a message beyond a bound; what of it was not gone already
};

struct ami_frame {
    ami_found found = ami_found::nothing;
    std::size_t size_wire = 0;  // how far the caller moves on, whatever was found
    std::string_view bytes;     // a message with all of its line ends
    std::span<const ami_line> lines;
    bool ascii = true;     // no byte above 0x7f; false may be a false alarm
    bool follows = false;  // the lines behind the headers are raw text, the last with the end mark
};

// Ends the text of `Response: Follows`.
inline constexpr std::string_view ami_command_end = "--END COMMAND--";

class ami_framer {
public:
    explicit ami_framer(find_marks_function find_marks = find_marks_variants().front().find);

    // What stands first in `pending`; call again behind size_wire bytes, with more bytes at the
    // end where nothing was found. limits::slab_spare_size readable bytes follow `pending`.
    // Fails with wrong_protocol if it is no AMI that speaks; then it does so until reset().
    result<ami_frame> next(std::string_view pending);

    void reset();                              // a new connection: the next bytes are a greeting
    void skip_greeting() { greeted_ = true; }  // the next bytes are a message

    // Bytes of a begun message, and whether some of it is gone already.
    std::size_t torn_size() const noexcept { return scanned_; }
    bool torn() const noexcept { return scanned_ > 0 || rejected_; }

private:
    enum class ending : std::uint8_t { unknown, crlf, lf };

    static constexpr std::uint32_t no_colon = UINT32_MAX;
    static constexpr std::size_t window_size = 4;  // blocks that are looked at in one go

    result<ami_frame> next_greeting(std::string_view pending);
    std::size_t scan_block(std::string_view pending, byte_marks marks);
    bool ends_message(std::string_view pending) const noexcept;
    bool is_command_output(std::string_view pending) const noexcept;
    bool is_too_large(std::size_t size) const noexcept;
    ami_frame finish(std::string_view pending, std::size_t size_wire);
    void reject(std::string_view pending) noexcept;
    ami_frame skip(std::string_view pending);
    void start_message() noexcept;

    find_marks_function find_marks_;
    bool greeted_ = false;
    bool follows_possible_ = true;  // Asterisk before 14, or not known

    // The message that `pending` begins with; offsets from its start.
    std::size_t scanned_ = 0;
    std::uint32_t line_begin_ = 0;
    std::uint32_t colon_ = no_colon;  // the first one of the line that begins at line_begin_
    std::uint32_t line_count_ = 0;
    std::uint32_t line_size_longest_ = 0;
    ending ending_ = ending::unknown;
    bool high_ = false;
    std::vector<ami_line> lines_;

    // Of a message that was found too large: it is dropped piece by piece, up to its end.
    bool rejected_ = false;
    bool follows_ = false;
    bool command_end_ = false;  // the last line that was not empty has the end mark
};

}  // namespace callstream::parsers
