#include "parsers/ami_variables.h"

namespace callstream::parsers {
namespace {

// Events that show channels by the part they play: each may have variables under a name of its own.
bool has_many_channels(ami_event event) noexcept {
    switch (event) {
        case ami_event::attended_transfer:
        case ami_event::blind_transfer:
        case ami_event::parked_call:
        case ami_event::parked_call_give_up:
        case ami_event::parked_call_swap:
        case ami_event::parked_call_time_out:
        case ami_event::pickup:
        case ami_event::unparked_call:
            return true;
        default:
            return false;
    }
}

// Elsewhere `Variable` is a fact of its own: which one was set.
bool has_queue_variables(ami_event event) noexcept {
    switch (event) {
        case ami_event::agent_called:
        case ami_event::agent_complete:
        case ami_event::agent_connect:
        case ami_event::agent_dump:
        case ami_event::agent_ring_no_answer:
            return true;
        default:
            return false;
    }
}

bool is_present(const ami_message& message, ami_key key) noexcept {
    return message[key].data() != nullptr;
}

header assignment(text value) noexcept {
    const std::size_t equals = value.find('=');
    if (equals == text::npos) return {value, text("")};
    return {value.substr(0, equals), value.substr(equals + 1)};
}

}  // namespace

std::span<const header> ami_variables::of(const ami_message& message) {
    const ami_event event = message.event();
    const bool of_queue = has_queue_variables(event) && is_present(message, ami_key::variable);
    if (!of_queue && !has_many_channels(event) && !is_present(message, ami_key::chan_variable) &&
        !is_present(message, ami_key::dest_chan_variable))
        return {};
    found_.clear();
    const auto headers = message.headers();
    for (std::size_t i = 0; i < headers.size(); ++i) {
        const ami_key key = message.key_at(i);
        if (key == ami_key::chan_variable || (of_queue && key == ami_key::variable)) {
            found_.push_back(assignment(headers[i].value));
        } else if (headers[i].name.ends_with("ChanVariable")) {
            found_.push_back(headers[i]);
        }
    }
    return found_;
}

}  // namespace callstream::parsers
