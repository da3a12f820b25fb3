// One AMI message, indexed: header names and values as views, in order, repeats kept.
//
// Names are matched without regard to case (Asterisk writes twenty of them in two spellings).
// Known names are resolved to ami_key once, at indexing, so that a look-up is an array access.
// All text is UTF-8: what is not is decoded, see text_decoder.h.
//
// Lifetime: views into the frame given to index(), or into the message's own scratch where bytes
//           had to be repaired or copied; valid as long as the frame, until the next index().
// Threads:  one for each connection, on that connection's loop.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/field.h"
#include "core/result.h"
#include "parsers/ami_framer.h"
#include "parsers/ami_key.h"
#include "parsers/text_decoder.h"

namespace callstream::parsers {

class ami_message {
public:
    explicit ami_message(charset from = charset::guessed,
                         const ami_simd& simd = ami_simd_variants().front())
        : decoder_(from), match_headers_(simd.match_headers) {}
    ami_message(const ami_message&) = delete;
    ami_message& operator=(const ami_message&) = delete;

    // Reads the headers of a message that a framer found; it refers to the frame.
    void index(const ami_frame& frame);

    // Reads the message that `bytes` begin with, from a copy of them: for whoever has no framer.
    // Fails with malformed if there is none, or with too_large.
    result<void> index(std::string_view bytes);

    // First value of a header; null (data() is nullptr) if absent, "" if present and empty.
    text operator[](ami_key key) const noexcept {
        const header_slot& found = slots_[static_cast<std::size_t>(key)];
        return found.generation == generation_ ? value_at(found.header_index) : text();
    }
    text find(std::string_view name) const noexcept;  // any name, known or not
    // What the header at `header_index` is; unknown beyond the last one.
    ami_key key_at(std::size_t header_index) const noexcept {
        return header_index < header_count_ ? keys_[header_index] : ami_key::unknown;
    }

    std::size_t header_count() const noexcept { return header_count_; }
    // All, in order. A line without a colon is one with an empty name.
    std::span<const header> headers() const noexcept;

    // `Event` as a known name; ami_event::unknown otherwise, ami_event::none if there is none.
    ami_event event() const noexcept { return event_; }
    // Raw text between the headers and --END COMMAND-- of `Response: Follows`; null if none.
    text output() const noexcept { return output_; }

private:
    // Events of a kind have the same headers in the same order: what stood at each place last.
    struct shape {
        static constexpr std::size_t size = 39;

        ami_event event = ami_event::none;
        std::array<ami_key, size> keys{};
    };
    static constexpr std::size_t shape_count = 256;

    struct found_header {
        ami_key key;
        std::size_t value_begin;
    };

    text value_at(std::size_t header_index) const noexcept {
        const std::size_t begin = value_begins_[header_index];
        const std::size_t end = frame_->line_end(frame_->line_feeds[header_index]);
        return {frame_->bytes.data() + begin, end - begin};
    }
    const ami_frame& repair(const ami_frame& frame);
    void start(const ami_frame& frame);
    void read_output();
    shape& expected_shape() noexcept;
    ami_event read_event() const noexcept;
    void match_headers(shape& expected);
    found_header read_header(std::size_t begin, std::size_t end) const noexcept;

    text_decoder decoder_;
    match_headers_function match_headers_;
    std::uint16_t generation_ = 0;
    ami_event event_ = ami_event::none;
    const ami_frame* frame_ = nullptr;  // what was indexed, or repaired_
    std::size_t header_count_ = 0;
    text output_;
    std::array<header_slot, ami_key_count> slots_{};
    std::array<shape, shape_count> shapes_{};
    std::vector<ami_key> keys_;
    std::vector<std::uint32_t> value_begins_;  // at the line's begin if it has no colon
    mutable std::vector<header> headers_;      // filled when asked for
    mutable bool headers_filled_ = false;
    ami_frame repaired_;  // in the scratch
    std::vector<char> scratch_;
    std::vector<std::uint32_t> scratch_line_feeds_;
    std::string copy_;
    ami_framer copy_framer_;
};

}  // namespace callstream::parsers
