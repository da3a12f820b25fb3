#include "parsers/ami_service_events.h"

#include <array>

#include "parsers/ami_text.h"

namespace callstream::parsers {
namespace {

// Asterisk's control frame that ended the attempt.
text words_of_originate_reason(std::int64_t reason) noexcept {
    constexpr std::array<text, 9> words{"no such extension or number",
                                        "hung up",
                                        "ringing locally",
                                        "no answer",
                                        "answered",
                                        "busy",
                                        "off hook",
                                        "line off hook",
                                        "congestion or not available"};
    const bool known = reason >= 0 && reason < static_cast<std::int64_t>(words.size());
    return known ? words[static_cast<std::size_t>(reason)] : text();
}

// Asterisk's word for no channel.
text known_id(text value) noexcept {
    return value == "<null>" ? text() : known_text(value);
}

}  // namespace

bool ami_service_events::translate(const ami_message& message, const moment& when) {
    switch (message.event()) {
        case ami_event::music_on_hold_start:
            return on_music(event_type::call_music_started, message, when);
        case ami_event::music_on_hold_stop:
            return on_music(event_type::call_music_stopped, message, when);
        case ami_event::music_on_hold:
            return on_music(message[ami_key::state] == "Start" ? event_type::call_music_started
                                                               : event_type::call_music_stopped,
                            message, when);
        case ami_event::originate_response:
            return on_originate(message, when);
        case ami_event::message_waiting:
            return on_mailbox(message, when);
        case ami_event::user_event:
            return on_user_event(message, when);
        default:
            return false;
    }
}

bool ami_service_events::on_music(event_type type, const ami_message& message, const moment& when) {
    const leg_record* leg = calls_.find_leg(message[ami_key::uniqueid]);
    if (leg == nullptr || leg->kind == leg_kind::local || leg->is_pending ||
        leg->call->life != call_life::live)
        return false;
    auto data = calls_.data_of<call_music_data>(when, *leg->call, leg);
    data.music_class = known_text(message[ami_key::class_]);
    calls_.publish(type, when, *leg->call, event_data(data));
    return true;
}

bool ami_service_events::on_originate(const ami_message& message, const moment& when) {
    originate_data data;
    data.channel = known_text(message[ami_key::channel]);
    if (data.channel.empty()) return false;
    data.request_id = known_text(message[ami_key::action_id]);
    data.result = message[ami_key::response] == "Success" ? "success" : "failure";
    data.reason = to_number(message[ami_key::reason]);
    if (data.reason) data.reason_text = words_of_originate_reason(*data.reason);
    data.context = known_text(message[ami_key::context]);
    data.extension = known_text(message[ami_key::exten]);
    data.application = known_text(message[ami_key::application]);
    const channel_view asked = reader_.view(message, channel_keys::own);
    data.calling = {asked.number, asked.name, {}};
    data.leg_id = known_id(asked.id);
    data.variables = when.variables;
    if (leg_record* leg = calls_.find_leg(data.leg_id)) {
        if (leg->kind == leg_kind::party) calls_.reveal(when, *leg);
        data.call_id = leg->call->id.view();
    }
    const text subject = data.call_id.empty() ? data.channel : data.call_id;
    output_.publish(event_type::originate_completed, when, {subject, data.call_id, {}},
                    event_data(data));
    return true;
}

bool ami_service_events::on_mailbox(const ami_message& message, const moment& when) {
    mailbox_data data;
    data.mailbox = known_text(message[ami_key::mailbox]);
    if (data.mailbox.empty()) return false;
    data.leg_id = known_text(message[ami_key::uniqueid]);
    if (const leg_record* leg = calls_.find_leg(data.leg_id)) data.call_id = leg->call->id.view();
    data.waiting = to_flag(message[ami_key::waiting]);
    data.new_count = to_number(message[ami_key::new_]);
    data.old_count = to_number(message[ami_key::old]);
    // In order with the mailbox, whose count is made from these.
    output_.publish(event_type::mailbox_changed, when, {data.mailbox, {}, {}}, event_data(data));
    return true;
}

// What stands before its name is the channel; what stands behind, the site wrote.
bool ami_service_events::on_user_event(const ami_message& message, const moment& when) {
    user_event_data data;
    data.name = known_text(message[ami_key::user_event]);
    if (data.name.empty()) return false;
    data.leg_id = known_text(message[ami_key::uniqueid]);
    if (const leg_record* leg = calls_.find_leg(data.leg_id)) data.call_id = leg->call->id.view();
    const auto headers = message.headers();
    std::size_t name_at = 0;
    while (message.key_at(name_at) != ami_key::user_event)
        ++name_at;
    data.values = headers.subspan(name_at + 1);
    data.variables = when.variables;
    const text subject = data.call_id.empty() ? data.name : data.call_id;
    output_.publish(event_type::user_event, when, {subject, data.call_id, {}}, event_data(data));
    return true;
}

}  // namespace callstream::parsers
