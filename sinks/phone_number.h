// Telephone numbers in the international form of E.164, where there is no doubt: Google's
// libphonenumber, with the numbering plans of all countries.
//
// Threads: any.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace callstream::sinks {

// Whether `country` is one with a numbering plan: ISO 3166-1, such as DE.
bool is_country(std::string_view country);

// `number` as +493012345678, if it is a valid number written internationally (+49 or 0049), or just
// as the PBX's country writes its own; nothing for an extension, a local number, or one with digits
// in front of it that only the PBX knows.
std::optional<std::string> to_e164(std::string_view number, std::string_view country);

}  // namespace callstream::sinks
