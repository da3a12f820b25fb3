#include "parsers/ami_kind.h"

namespace callstream::parsers {

namespace {

// Asterisk before 1.6 says so by the event's name alone.
bool ends_list(const ami_message& message) noexcept {
    const text list = message[ami_key::event_list];
    if (list.data() != nullptr) return equal_names(list, "Complete");
    return message[ami_key::event].ends_with("Complete");
}

}  // namespace

ami_kind kind_of(const ami_message& message) noexcept {
    if (message.key_at(0) == ami_key::response) return ami_kind::reply;
    const bool answers = message[ami_key::action_id].data() != nullptr;
    if (message.key_at(0) != ami_key::event) {
        // Asterisk 1.8 cuts the items of VoicemailUsersList in two.
        return answers ? ami_kind::list_item : ami_kind::malformed;
    }
    if (message.key_at(1) == ami_key::privilege) {
        // OriginateResponse and UserEvent are events although they name an action. Status alone
        // is a list item that Asterisk gives a privilege to.
        const bool status_item = answers && message.event() == ami_event::status;
        return status_item ? ami_kind::list_item : ami_kind::event;
    }
    if (!answers) return ami_kind::unverified;
    return ends_list(message) ? ami_kind::list_end : ami_kind::list_item;
}

}  // namespace callstream::parsers
