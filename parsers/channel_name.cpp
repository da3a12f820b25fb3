#include "parsers/channel_name.h"

#include <algorithm>
#include <array>

namespace callstream::parsers {
namespace {

using namespace std::string_view_literals;

constexpr std::array internal_prefixes{"CBAnn/"sv,
                                       "CBRec/"sv,
                                       "Message/"sv,
                                       "Surrogate/"sv,
                                       "Announcer/"sv,
                                       "Recorder/"sv,
                                       "Bridge/"sv,
                                       "UnicastRTP/"sv,
                                       "MulticastRTP/"sv,
                                       "Parked/"sv,
                                       "Parking/"sv,
                                       "SIPPeer/"sv,
                                       "AsyncGoto/"sv,
                                       "Transfered/"sv,
                                       "Snoop/"sv,
                                       "ConfBridgeRecorder/"sv,
                                       "OutgoingSpoolFailed"sv};

}  // namespace

std::string_view device_of_channel(std::string_view channel) noexcept {
    const std::size_t slash = channel.find('/');
    const std::size_t suffix = channel.rfind('-');
    if (suffix == std::string_view::npos || slash == std::string_view::npos || suffix < slash)
        return channel;
    return channel.substr(0, suffix);
}

std::string_view name_of_device(std::string_view device) noexcept {
    const std::size_t slash = device.find('/');
    if (slash == std::string_view::npos) return device;
    device.remove_prefix(slash + 1);
    return device.substr(0, device.find('/'));
}

bool is_local_channel(std::string_view channel) noexcept {
    return channel.starts_with("Local/");
}

std::string_view local_channel_pair(std::string_view channel) noexcept {
    return channel.substr(0, channel.find_last_of(";,"));
}

bool is_internal_channel(std::string_view channel) noexcept {
    const auto begins_channel = [&](std::string_view prefix) {
        return channel.starts_with(prefix);
    };
    return std::any_of(internal_prefixes.begin(), internal_prefixes.end(), begins_channel) ||
           channel.ends_with("<ZOMBIE>") || channel.ends_with("<MASQ>");
}

}  // namespace callstream::parsers
