// The members of an entry's value as names and texts, for stores that know no JSON.
//
// Threads: any.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace callstream::sinks {

// Of a JSON object that live_json wrote. A string is its text, null is empty; anything else is as
// it stands: numbers, true, arrays, objects.
std::vector<std::pair<std::string, std::string>> fields_of(std::string_view object);

}  // namespace callstream::sinks
