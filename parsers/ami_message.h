// One AMI message, indexed: header names and values as views, in order, repeats kept.
//
// Names are matched without regard to case (Asterisk writes twenty of them in two spellings).
// Known names are resolved to ami_key once, at indexing, so that a look-up is an array access.
// All text is UTF-8: what is not is repaired, see text_repair.h.
//
// Lifetime: views into the frame given to index(), or into the message's own scratch where bytes
//           had to be repaired or copied; valid until the next index().
// Threads:  one for each connection, on that connection's loop.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/field.h"
#include "core/result.h"
#include "parsers/ami_framer.h"
#include "parsers/ami_key.h"
#include "parsers/text_repair.h"

namespace callstream::parsers {

class ami_message {
public:
    explicit ami_message(stray_byte not_utf8 = stray_byte::latin1) : not_utf8_(not_utf8) {}
    ami_message(const ami_message&) = delete;
    ami_message& operator=(const ami_message&) = delete;

    // Reads the headers of a message that a framer found.
    void index(const ami_frame& frame);

    // Reads the message that `bytes` begin with, from a copy of them: for whoever has no framer.
    // Fails with malformed if there is none, or with too_large.
    result<void> index(std::string_view bytes);

    // First value of a header; null (data() is nullptr) if absent, "" if present and empty.
    text operator[](ami_key key) const noexcept {
        const slot& found = slots_[static_cast<std::size_t>(key)];
        return found.generation == generation_ ? headers_[found.header_index].value : text();
    }
    text find(std::string_view name) const noexcept;  // any name, known or not

    // All, in order. A line without a colon is one with an empty name.
    std::span<const header> headers() const noexcept { return {headers_.data(), header_count_}; }
    // What the header at `header_index` is; unknown beyond the last one.
    ami_key key_at(std::size_t header_index) const noexcept {
        return header_index < header_count_ ? keys_[header_index] : ami_key::unknown;
    }

    // `Event` as a known name; ami_event::unknown otherwise, ami_event::none if there is none.
    ami_event event() const noexcept { return event_; }
    // Raw text between the headers and --END COMMAND-- of `Response: Follows`; null if none.
    text output() const noexcept { return output_; }

private:
    // Where a known header stands first; of an earlier message if the generation is not ours.
    struct slot {
        std::uint16_t generation = 0;
        std::uint16_t header_index = 0;
    };

    void start(std::size_t header_count_max);
    void add(const header& added, ami_key key);
    void repair(std::size_t frame_size);

    stray_byte not_utf8_;
    std::uint16_t generation_ = 0;
    std::array<slot, ami_key_count> slots_{};
    std::size_t header_count_ = 0;
    std::vector<header> headers_;
    std::vector<ami_key> keys_;
    ami_event event_ = ami_event::none;
    text output_;
    std::vector<char> scratch_;
    std::vector<char> copy_;
};

}  // namespace callstream::parsers
