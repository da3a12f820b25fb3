// How direction and trunks are told from channel names and contexts. Globs: * and ?.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace callstream::parsers {

// A channel belongs to a trunk if it came in a context for inbound calls, or if its name says so
// and its context is not that of the site's own phones: DAHDI/1 may be a trunk or a telephone.
struct call_rules {
    std::vector<std::string> trunk_channels{"*/trunk*", "*/*-trunk-*", "*/*_trunk*", "DAHDI/*",
                                            "Zap/*"};
    std::vector<std::string> inbound_contexts{"from-trunk*",       "from-pstn*",  "from-did*",
                                              "from-sip-external", "from-zaptel", "from-dahdi",
                                              "from-digital"};
    std::vector<std::string> internal_contexts{"from-internal*"};

    bool is_trunk(std::string_view channel, std::string_view context) const noexcept;
    // Without a context to go by, such as for a registration.
    bool is_trunk(std::string_view device) const noexcept { return is_trunk(device, {}); }
};

}  // namespace callstream::parsers
