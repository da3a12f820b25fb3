#include "parsers/call_rules.h"

#include <algorithm>

namespace callstream::parsers {
namespace {

bool matches_any(const std::vector<std::string>& patterns, std::string_view value) noexcept {
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const std::string& pattern) { return matches_glob(pattern, value); });
}

}  // namespace

bool matches_glob(std::string_view pattern, std::string_view value) noexcept {
    constexpr std::size_t none = std::string_view::npos;
    std::size_t at = 0;
    std::size_t star = none;  // the last star, and how much of `value` it has eaten
    std::size_t eaten = 0;
    for (std::size_t i = 0; i < value.size();) {
        if (at < pattern.size() && pattern[at] == '*') {
            star = at++;
            eaten = i;
        } else if (at < pattern.size() && (pattern[at] == '?' || pattern[at] == value[i])) {
            ++at;
            ++i;
        } else if (star != none) {
            at = star + 1;
            i = ++eaten;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', at) == none;
}

bool call_rules::is_trunk(std::string_view channel, std::string_view context) const noexcept {
    if (matches_any(inbound_contexts, context)) return true;
    return matches_any(trunk_channels, channel) && !matches_any(internal_contexts, context);
}

}  // namespace callstream::parsers
