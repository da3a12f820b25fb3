#include "parsers/call_rules.h"

#include <algorithm>

#include "core/glob.h"

namespace callstream::parsers {
namespace {

bool matches_any(const std::vector<std::string>& patterns, std::string_view value) noexcept {
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const std::string& pattern) { return matches_glob(pattern, value); });
}

}  // namespace

bool call_rules::is_trunk(std::string_view channel, std::string_view context) const noexcept {
    if (matches_any(inbound_contexts, context)) return true;
    return matches_any(trunk_channels, channel) && !matches_any(internal_contexts, context);
}

}  // namespace callstream::parsers
