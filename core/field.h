// How the data of an event is described once and then written, and printed as a JSON Schema.
//
// A data struct lists its members with fields(); each field has its JSON name and a phrase for the
// schema. It is a template so that only the files which write or print data build its tuples. What
// a member's type means in JSON:
//
//   text (std::string_view)        a string; null when data() is nullptr
//   std::optional<timestamp>       an RFC 3339 string or null
//   std::optional<duration>        seconds as a number or null
//   std::optional<std::int64_t>, std::optional<bool>, bool, std::int64_t
//   an enum with name_of(E)        a string; null for the enumerator `none`; names from names_of
//   a struct with fields()         an object; std::optional of it: an object or null
//   std::span<const text>          an array of strings
//   std::span<const header>        an array of [name, value] pairs, in order, repeats kept
#pragma once

#include <string_view>
#include <tuple>

namespace callstream {

using text = std::string_view;

template <class Owner, class Value>
struct field {
    std::string_view name;
    Value Owner::*member;
    std::string_view about;
};

template <class Owner, class Value>
field(std::string_view, Value Owner::*, std::string_view) -> field<Owner, Value>;

// One header or variable as the PBX sent it.
struct header {
    text name;
    text value;
};

template <class T>
concept described = requires {
    T::fields();
};

}  // namespace callstream
