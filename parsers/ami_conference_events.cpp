#include "parsers/ami_conference_events.h"

#include "parsers/ami_text.h"
#include "parsers/channel_name.h"

namespace callstream::parsers {

bool ami_conference_events::translate(const ami_message& message, const moment& when) {
    using enum event_type;
    switch (message.event()) {
        case ami_event::confbridge_start:
            return publish(conference_started, message, when);
        case ami_event::confbridge_end:
        case ami_event::meetme_end:
            return publish(conference_ended, message, when);
        case ami_event::confbridge_join:
        case ami_event::meetme_join:
            return publish(conference_joined, message, when);
        case ami_event::confbridge_leave:
        case ami_event::meetme_leave:
            return publish(conference_left, message, when);
        case ami_event::confbridge_mute:
            return publish(conference_muted, message, when);
        case ami_event::confbridge_unmute:
            return publish(conference_unmuted, message, when);
        case ami_event::meetme_mute:
            return publish(to_flag(message[ami_key::status]).value_or(true) ? conference_muted
                                                                            : conference_unmuted,
                           message, when);
        case ami_event::confbridge_talking:
        case ami_event::meetme_talking:
            return publish(conference_talking, message, when);
        default:
            return false;
    }
}

bool ami_conference_events::publish(event_type type, const ami_message& message,
                                    const moment& when) {
    conference_data data;
    data.conference = known_text(message[ami_key::conference]);
    if (data.conference.empty()) data.conference = known_text(message[ami_key::meetme]);
    if (data.conference.empty()) return false;
    const channel_view member = reader_.view(message, channel_keys::own);
    data.member = {member.number, member.name, known_text(device_of_channel(member.channel))};
    data.leg_id = known_text(member.id);
    data.variables = when.variables;
    if (leg_record* leg = calls_.see(when, member)) {
        if (type == event_type::conference_joined) calls_.mark_conferenced(*leg, true);
        if (type == event_type::conference_left) calls_.mark_conferenced(*leg, false);
        data.call_id = leg->call->id.view();
        data.member = leg->who.view();
    }
    data.bridge_id = known_text(message[ami_key::bridge_uniqueid]);
    data.admin = to_flag(message[ami_key::admin]);
    data.muted = to_flag(message[ami_key::muted]);
    const text talking = message[ami_key::talking_status];
    data.talking = to_flag(talking.empty() ? message[ami_key::status] : talking);
    if (type != event_type::conference_talking) data.talking.reset();
    data.member_count = to_number(message[ami_key::bridge_num_channels]);
    // In order with the room, whose list of members is made from these.
    output_.publish(type, when, {data.conference, {}, {}}, event_data(data));
    return true;
}

}  // namespace callstream::parsers
