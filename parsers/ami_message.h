// One AMI message, indexed: header names and values as views, in order, repeats kept.
//
// Names are matched without regard to case (Asterisk writes twenty of them in two spellings).
// Known names are resolved to ami_key once, at indexing, so that a look-up is an array access.
//
// Lifetime: views into the frame given to index(), or into the message's own scratch where bytes
//           had to be converted; valid until the next index().
// Threads:  one for each connection, on that connection's loop.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/field.h"
#include "core/result.h"
#include "parsers/ami_key.h"

namespace callstream::parsers {

class ami_message {
public:
    ami_message() = default;
    ami_message(const ami_message&) = delete;
    ami_message& operator=(const ami_message&) = delete;

    // Reads the headers of one frame (without the banner). Fails with malformed or too_large.
    result<void> index(std::string_view frame);

    // First value of a header; null (data() is nullptr) if absent, "" if present and empty.
    text operator[](ami_key key) const noexcept {
        const slot& found = slots_[static_cast<std::size_t>(key)];
        return found.generation == generation_ ? headers_[found.header_index].value : text();
    }
    text find(std::string_view name) const noexcept;  // any name, known or not
    std::span<const header> headers() const noexcept { return {headers_.data(), header_count_}; }

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

    void start();
    void add(const header& added);

    std::array<slot, ami_key_count> slots_{};
    std::uint16_t generation_ = 0;
    std::size_t header_count_ = 0;
    std::vector<header> headers_;
    ami_event event_ = ami_event::none;
    text output_;
};

}  // namespace callstream::parsers
