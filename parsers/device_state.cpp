#include "parsers/device_state.h"

#include <array>

namespace callstream::parsers {
namespace {

struct device_state {
    text asterisk;
    text ours;
};

// In the order of Asterisk's numbers.
constexpr std::array<device_state, 9> states{{{"UNKNOWN", "unknown"},
                                              {"NOT_INUSE", "idle"},
                                              {"INUSE", "in-use"},
                                              {"BUSY", "busy"},
                                              {"INVALID", "invalid"},
                                              {"UNAVAILABLE", "unavailable"},
                                              {"RINGING", "ringing"},
                                              {"RINGINUSE", "ringing-in-use"},
                                              {"ONHOLD", "on-hold"}}};

}  // namespace

text name_of_device_state(std::int64_t number) noexcept {
    const bool known = number >= 0 && number < static_cast<std::int64_t>(states.size());
    return states[known ? static_cast<std::size_t>(number) : 0].ours;
}

text name_of_device_state(text name) noexcept {
    for (const device_state& state : states)
        if (state.asterisk == name) return state.ours;
    return name;
}

text name_of_extension_state(std::int64_t bits) noexcept {
    if (bits < 0) return "removed";
    if ((bits & 16) != 0) return "on-hold";
    if ((bits & 8) != 0) return (bits & 1) != 0 ? "ringing-in-use" : "ringing";
    if ((bits & 4) != 0) return "unavailable";
    if ((bits & 2) != 0) return "busy";
    return (bits & 1) != 0 ? "in-use" : "idle";
}

}  // namespace callstream::parsers
