// The rest of ami_call_events: transfers, pick-ups, parking.
#include "parsers/ami_call_events.h"
#include "parsers/ami_text.h"

namespace callstream::parsers {
namespace {

party party_of(const leg_record* leg) noexcept {
    return leg == nullptr ? party() : leg->who.view();
}

// A leg whose call's state may still change.
bool is_live(const leg_record* leg) noexcept {
    return leg != nullptr && leg->call->life == call_life::live;
}

void read_parking(const ami_message& message, call_parked_data& data) noexcept {
    data.lot = known_text(message[ami_key::parkinglot]);
    data.space = known_text(message[ami_key::parking_space]);
    data.parker = known_text(message[ami_key::parker_dial_string]);
    data.timeout_seconds = to_seconds(message[ami_key::parking_timeout]);
    data.parked_seconds = to_seconds(message[ami_key::parking_duration]);
}

}  // namespace

unpark_reason unpark_reason_of(ami_event event) noexcept {
    if (event == ami_event::parked_call_time_out) return unpark_reason::timeout;
    if (event == ami_event::parked_call_give_up) return unpark_reason::gave_up;
    return unpark_reason::retrieved;
}

bool ami_call_events::on_blind_transfer(const ami_message& message, const moment& when) {
    const leg_record* transferer = see(message, when, channel_keys::transferer);
    const leg_record* transferee = see(message, when, channel_keys::transferee);
    const leg_record* about = is_live(transferee) ? transferee : transferer;
    if (!is_live(about)) return false;
    auto data = calls_.data_of<call_transferred_data>(when, *about->call, transferer);
    data.kind = transfer_kind::blind;
    data.result = known_text(message[ami_key::result]);
    data.transferrer = party_of(transferer);
    data.transferee = party_of(transferee);
    data.target.number = known_text(message[ami_key::extension]);
    data.target_context = known_text(message[ami_key::context]);
    calls_.publish(event_type::call_transferred, when, *about->call, event_data(data));
    return true;
}

bool ami_call_events::on_attended_transfer(const ami_message& message, const moment& when) {
    const leg_record* transferer = see(message, when, channel_keys::first_transferer);
    const leg_record* second = see(message, when, channel_keys::second_transferer);
    const leg_record* transferee = see(message, when, channel_keys::transferee);
    const leg_record* target = see(message, when, channel_keys::transfer_target);
    const leg_record* about = is_live(transferee) ? transferee : transferer;
    if (!is_live(about)) return false;
    auto data = calls_.data_of<call_transferred_data>(when, *about->call, transferer);
    data.kind = transfer_kind::attended;
    data.result = known_text(message[ami_key::result]);
    data.transferrer = party_of(transferer);
    data.transferee = party_of(transferee);
    data.target = party_of(target);
    // Before the target answers it is known only as whom the transferrer had called.
    if (target == nullptr && second != nullptr) data.target = second->call->called.view();
    data.target_context = known_text(message[ami_key::second_transferer_context]);
    if (second != nullptr) {
        const text other = known_text(message[ami_key::second_transferer_linkedid]);
        if (other != about->call->id.view()) data.other_call_id = other;
    }
    calls_.publish(event_type::call_transferred, when, *about->call, event_data(data));
    return true;
}

bool ami_call_events::on_pickup(const ami_message& message, const moment& when) {
    const leg_record* target = see(message, when, channel_keys::pickup_target);
    const leg_record* picker = see(message, when, channel_keys::own);
    if (!is_live(target) || picker == nullptr) return false;
    auto data = calls_.data_of<call_diverted_data>(when, *target->call, target);
    data.kind = diversion_kind::pickup;
    data.diverting = party_of(target);
    data.target = party_of(picker);
    calls_.publish(event_type::call_diverted, when, *target->call, event_data(data));
    return true;
}

bool ami_call_events::on_parked(const ami_message& message, const moment& when) {
    leg_record* parkee = see(message, when, channel_keys::parkee);
    if (!is_live(parkee)) return false;
    parkee->call->is_parked = true;
    auto data = calls_.data_of<call_parked_data>(when, *parkee->call, parkee);
    read_parking(message, data);
    calls_.publish(event_type::call_parked, when, *parkee->call, event_data(data));
    return true;
}

bool ami_call_events::on_unparked(const ami_message& message, const moment& when) {
    leg_record* parkee = see(message, when, channel_keys::parkee);
    if (!is_live(parkee)) return false;
    const leg_record* retriever = see(message, when, channel_keys::retriever);
    parkee->call->is_parked = false;
    auto data = calls_.data_of<call_parked_data>(when, *parkee->call, parkee);
    read_parking(message, data);
    data.reason = unpark_reason_of(message.event());
    data.retriever = party_of(retriever);
    calls_.publish(event_type::call_unparked, when, *parkee->call, event_data(data));
    return true;
}

}  // namespace callstream::parsers
