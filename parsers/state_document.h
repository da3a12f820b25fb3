// An answer about how things stand, as JSON in UTF-8, whatever the PBX writes.
//
// Lifetime: values and their text are valid until the next read().
// Threads:  one.
#pragma once

#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/event_data.h"
#include "core/json_reader.h"
#include "parsers/text_decoder.h"

namespace callstream::parsers {

class state_document {
public:
    explicit state_document(charset from) : decoder_(from) {}

    result<json_value> read(std::string_view body);
    // What was read, as it is in UTF-8. Valid as long as the body.
    text view() const noexcept { return body_; }

    // A string, number or boolean as text; empty for anything else. Valid like a value's text.
    text plain(json_value value);
    // Appends a value under its name. Bounded: what is too long is cut, what finds no room is left
    // out, and the first name of which that is true is the value of `name_of_cut`, once in `into`.
    // False if there is no more room.
    static bool add(text name, text value, std::vector<header>& into);
    // The same of what a value says, if it says something: of an object or an array what is in it,
    // as name.member and name.0, four names deep.
    bool add_said(text name, json_value value, std::vector<header>& into);
    // The same of an object's members, but those of the names that `known` holds.
    void add_further(json_value object, std::span<const text> known, std::vector<header>& into);

    static constexpr text name_of_cut = "callstream.cut";

private:
    bool add_at_path(json_value value, unsigned depth, std::vector<header>& into);

    text_decoder decoder_;
    json_document document_;
    std::string repaired_;
    text body_;
    std::string path_;                 // of the value at hand, such as content.wakeup.0
    std::deque<std::string> written_;  // numbers and names that do not stand there so
};

}  // namespace callstream::parsers
