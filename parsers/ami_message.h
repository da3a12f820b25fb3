// One AMI message, indexed: header names and values as views, in order, repeats kept.
//
// Names are matched without regard to case (Asterisk writes twenty of them in two spellings).
// Known names are resolved to ami_key once, at indexing, so that a look-up is an array access.
//
// Lifetime: views into the frame given to index(), or into the message's own scratch where bytes
//           had to be converted; valid until the next index().
// Threads:  one for each connection, on that connection's loop.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "core/field.h"
#include "core/result.h"
#include "parsers/ami_key.h"

namespace callstream::parsers {

class ami_message {
public:
    ami_message();
    ~ami_message();
    ami_message(const ami_message&) = delete;
    ami_message& operator=(const ami_message&) = delete;

    // Reads the headers of one frame (without the banner). Fails with malformed or too_large.
    result<void> index(std::string_view frame);

    // First value of a header; null (data() is nullptr) if absent, "" if present and empty.
    text operator[](ami_key key) const noexcept;
    text find(std::string_view name) const noexcept;   // any name, known or not
    std::span<const header> headers() const noexcept;  // all, in order

    // `Event` as a known name; ami_event::unknown otherwise, ami_event::none if there is none.
    ami_event event() const noexcept;
    // Raw text between the headers and --END COMMAND-- of `Response: Follows`; null if none.
    text output() const noexcept;

private:
    class state;
    std::unique_ptr<state> state_;
};

}  // namespace callstream::parsers
