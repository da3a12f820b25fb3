// Asterisk's channel names: Technology/device-suffix, such as PJSIP/trunk-acme-00000022,
// DAHDI/i1/5551234-2, Local/101@from-internal-00000003;1 (1.4 has a comma before the half).
#pragma once

#include <string_view>

namespace callstream::parsers {

// What the channel belongs to: the name without its suffix, PJSIP/trunk-acme.
std::string_view device_of_channel(std::string_view channel) noexcept;

// The device without its technology and without what was dialled over it: trunk-acme, i1.
std::string_view name_of_device(std::string_view device) noexcept;

bool is_local_channel(std::string_view channel) noexcept;

// Both halves of a Local channel have this in common.
std::string_view local_channel_pair(std::string_view channel) noexcept;

// Made by the PBX for its own ends: announcers, recorders, message queues, masquerades. Nobody is
// at the other end, and no call begins with one.
bool is_internal_channel(std::string_view channel) noexcept;

}  // namespace callstream::parsers
