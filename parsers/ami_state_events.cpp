#include "parsers/ami_state_events.h"

#include <algorithm>

#include "parsers/ami_text.h"
#include "parsers/channel_name.h"
#include "parsers/device_state.h"

namespace callstream::parsers {

bool ami_state_events::translate(const ami_message& message, const moment& when) {
    switch (message.event()) {
        case ami_event::device_state_change:
            return on_device(message, when);
        case ami_event::extension_status:
            return on_extension(message, when);
        case ami_event::presence_state_change:
        case ami_event::presence_status:
            return on_presence(message, when);
        case ami_event::contact_status:
            return on_contact(message, when);
        case ami_event::peer_status:
            return on_peer(message, when);
        case ami_event::registry:
            return on_registry(message, when);
        case ami_event::reload:
            return on_reload(message, when);
        case ami_event::fully_booted:
            return on_boot(message, when);
        case ami_event::shutdown:
            return on_shutdown(message, when);
        case ami_event::load:
        case ami_event::unload:
            return on_module(message, when);
        case ami_event::alarm:
        case ami_event::alarm_clear:
        case ami_event::span_alarm:
        case ami_event::span_alarm_clear:
            return on_alarm(message, when);
        default:
            return false;
    }
}

bool ami_state_events::on_device(const ami_message& message, const moment& when) {
    device_data data;
    data.device = known_text(message[ami_key::device]);
    data.state = name_of_device_state(message[ami_key::state]);
    return publish(event_type::device_state_changed, when, data);
}

bool ami_state_events::on_extension(const ami_message& message, const moment& when) {
    const auto bits = to_number(message[ami_key::status]);
    if (!bits) return false;
    device_data data;
    data.device = known_text(message[ami_key::exten]);
    data.state = name_of_extension_state(*bits);
    data.context = known_text(message[ami_key::context]);
    return publish(event_type::device_state_changed, when, data);
}

bool ami_state_events::on_presence(const ami_message& message, const moment& when) {
    device_data data;
    data.device = known_text(message[ami_key::presentity]);
    if (data.device.empty()) data.device = known_text(message[ami_key::exten]);
    data.state = known_text(message[ami_key::status]);
    data.context = known_text(message[ami_key::context]);
    data.reason = known_text(message[ami_key::message]);
    return publish(event_type::device_state_changed, when, data);
}

// PJSIP names the endpoint alone; elsewhere it is PJSIP/101.
bool ami_state_events::on_contact(const ami_message& message, const moment& when) {
    const text endpoint = known_text(message[ami_key::endpoint_name]);
    if (endpoint.empty()) return false;
    device_.assign("PJSIP/").append(endpoint);
    device_data data;
    data.device = device_;
    data.state = lower(known_text(message[ami_key::contact_status]));
    data.address = known_text(message[ami_key::uri]);
    return publish_registration(when, data);
}

bool ami_state_events::on_peer(const ami_message& message, const moment& when) {
    device_data data;
    data.device = known_text(message[ami_key::peer]);
    data.state = lower(known_text(message[ami_key::peer_status]));
    data.address = known_text(message[ami_key::address]);
    data.reason = known_text(message[ami_key::cause]);
    return publish_registration(when, data);
}

bool ami_state_events::publish_registration(const moment& when, const device_data& data) {
    if (!calls_.rules().is_trunk(data.device))
        return publish(event_type::device_registration_changed, when, data);
    const trunk_data trunk{name_of_device(data.device), data.state, data.address, data.reason};
    output_.publish(event_type::trunk_status_changed, when, {trunk.trunk, {}, {}},
                    event_data(trunk));
    return true;
}

// Our own registration somewhere else.
bool ami_state_events::on_registry(const ami_message& message, const moment& when) {
    trunk_data data;
    data.trunk = known_text(message[ami_key::username]);
    data.address = known_text(message[ami_key::domain]);
    if (data.trunk.empty()) data.trunk = data.address;
    if (data.trunk.empty()) return false;
    data.status = lower(known_text(message[ami_key::status]));
    data.reason = known_text(message[ami_key::cause]);
    output_.publish(event_type::trunk_status_changed, when, {data.trunk, {}, {}}, event_data(data));
    return true;
}

// A line card's channel or span.
bool ami_state_events::on_alarm(const ami_message& message, const moment& when) {
    text which = known_text(message.find("Span"));
    device_.assign("DAHDI/span ");
    if (which.empty()) {
        which = known_text(message[ami_key::channel]);
        // 1.x says the number alone.
        device_.assign(which.starts_with("DAHDI/") ? "" : "DAHDI/");
    }
    if (which.empty()) return false;
    device_.append(which);
    trunk_data data;
    data.trunk = device_;
    data.status = "in-service";
    const ami_event event = message.event();
    if (event == ami_event::alarm || event == ami_event::span_alarm) {
        data.status = "alarm";
        data.reason = known_text(message.find("Alarm"));
    }
    output_.publish(event_type::trunk_status_changed, when, {data.trunk, {}, {}}, event_data(data));
    return true;
}

bool ami_state_events::on_module(const ami_message& message, const moment& when) {
    system_data data;
    data.component = known_text(message[ami_key::module]);
    if (data.component.empty()) return false;
    data.operation = message.event() == ami_event::load ? "load" : "unload";
    data.status = lower(known_text(message[ami_key::status]));
    data.values = message.headers();
    output_.publish(event_type::config_changed, when, {data.component, {}, {}}, event_data(data));
    return true;
}

bool ami_state_events::on_reload(const ami_message& message, const moment& when) {
    system_data data;
    data.component = known_text(message[ami_key::module]);
    data.operation = "reload";
    data.status = known_text(message[ami_key::status]);
    data.values = message.headers();
    output_.publish(event_type::system_reloaded, when, {when.said, {}, {}}, event_data(data));
    return true;
}

// Asterisk says it after every login; its uptime tells whether it began anew in between.
bool ami_state_events::on_boot(const ami_message& message, const moment& when) {
    constexpr std::chrono::seconds rounding(2);
    if (const auto uptime = to_seconds(message[ami_key::uptime]))
        calls_.end_calls_before(when, when.time - *uptime - rounding);
    system_data data;
    data.operation = "boot";
    data.status = "booted";
    data.values = message.headers();
    output_.publish(event_type::system_status, when, {when.said, {}, {}}, event_data(data));
    return true;
}

bool ami_state_events::on_shutdown(const ami_message& message, const moment& when) {
    calls_.end_calls_before(when, timestamp::max());
    system_data data;
    data.operation = message[ami_key::restart] == "True" ? "restart" : "shutdown";
    data.status = lower(known_text(message[ami_key::shutdown]));
    data.values = message.headers();
    output_.publish(event_type::system_status, when, {when.said, {}, {}}, event_data(data));
    return true;
}

bool ami_state_events::publish(event_type type, const moment& when, const device_data& data) {
    if (data.device.empty()) return false;
    output_.publish(type, when, {data.device, {}, {}}, event_data(data));
    return true;
}

text ami_state_events::lower(text value) {
    if (value.empty()) return {};
    status_.assign(value);
    std::transform(status_.begin(), status_.end(), status_.begin(), [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    });
    return status_;
}

}  // namespace callstream::parsers
