#include "parsers/ami_dialect.h"

namespace callstream::parsers {
namespace {

bool is_present(const ami_message& message, ami_key key) noexcept {
    return message[key].data() != nullptr;
}

ami_dialect dialect_seen(const ami_message& message) noexcept {
    if (is_present(message, ami_key::linkedid) || is_present(message, ami_key::bridge_uniqueid))
        return ami_dialect::version_2;
    switch (message.event()) {
        case ami_event::newchannel:
        case ami_event::newstate:
        case ami_event::bridge:
        case ami_event::dial:
        case ami_event::join:
        case ami_event::leave:
        case ami_event::link:
        case ami_event::masquerade:
        case ami_event::unlink:
            return ami_dialect::version_1;
        default:
            return ami_dialect::automatic;
    }
}

}  // namespace

void ami_dialect_finder::greet(text line) noexcept {
    if (forced_ != ami_dialect::automatic) return;
    const std::size_t slash = line.rfind('/');
    if (slash == text::npos) return;
    const text version = line.substr(slash + 1);
    const bool is_first = version.starts_with("0.") || version.starts_with("1.");
    found_ = is_first ? ami_dialect::version_1 : ami_dialect::version_2;
}

ami_dialect ami_dialect_finder::of(const ami_message& message) noexcept {
    if (found_ == ami_dialect::automatic) found_ = dialect_seen(message);
    return found_;
}

}  // namespace callstream::parsers
