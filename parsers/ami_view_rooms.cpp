// The rows of conferences and parking lots, and what they and devices say of calls.
#include <algorithm>

#include "parsers/ami_text.h"
#include "parsers/ami_view.h"
#include "parsers/bridge_walk.h"
#include "parsers/channel_name.h"

namespace callstream::parsers {
namespace {

constexpr text on_hold = "on-hold";

conference_data told_of(const participant_record& one) noexcept {
    conference_data data;
    data.conference = one.conference.view();
    data.leg_id = one.leg_id.view();
    data.call_id = one.call_id.view();
    data.member = one.member.view();
    return data;
}

}  // namespace

void ami_view::tell_conference(event_type type, const moment& when, const conference_data& data) {
    if (leg_record* leg = parts_.calls.find_leg(data.leg_id)) {
        if (type == event_type::conference_joined) parts_.calls.mark_conferenced(*leg, true);
        if (type == event_type::conference_left) parts_.calls.mark_conferenced(*leg, false);
    }
    parts_.output.publish(type, when, {data.conference, {}, {}}, event_data(data));
}

void ami_view::add_room(const message_view& row) {
    const text room = known_text(row.find("Conference"));
    if (room.empty()) return;
    published_state& state = parts_.state;
    if (room_record* known = state.rooms().find(room))
        known->seen_in_view = state.view();
    else if (rooms_.size() < limits::conference_count_max)
        rooms_.emplace_back(room);
}

void ami_view::add_participant(const message_view& row) {
    const text room = known_text(row.find("Conference"));
    const text leg_id = known_text(row.find("Uniqueid"));
    published_state& state = parts_.state;
    if (room.empty() || leg_id.empty()) return;
    if (participant_record* known = state.participants().find(state.key_in_queue(room, leg_id))) {
        known->seen_in_view = state.view();
        return;
    }
    if (participants_.size() >= limits::participant_count_max) return;
    found_participant& found = participants_.emplace_back();
    found.room.assign(room);
    found.leg_id.assign(leg_id);
    found.device.assign(device_of_channel(row.find("Channel")));
    found.number.assign(unescaped(known_text(row.find("CallerIDNum")), number_));
    found.name.assign(unescaped(known_text(row.find("CallerIDName")), name_));
    found.admin = to_flag(row.find("Admin"));
    found.muted = to_flag(row.find("Muted"));
}

// Who left first, then rooms that closed; rooms that opened, then who came.
void ami_view::settle_conferences(const moment& when) {
    published_state& state = parts_.state;
    const std::vector<room_record> closed = state.unseen(state.rooms());
    for (const participant_record& one : state.unseen(state.participants()))
        tell_conference(event_type::conference_left, when, told_of(one));
    for (const room_record& one : closed) {
        conference_data data;
        data.conference = one.id.view();
        tell_conference(event_type::conference_ended, when, data);
    }
    for (const std::string& room : rooms_) {
        if (state.rooms().find(room) != nullptr || state.has_left(room)) continue;
        conference_data data;
        data.conference = room;
        tell_conference(event_type::conference_started, when, data);
    }
    for (const found_participant& found : participants_)
        start_participant(when, found);
}

void ami_view::start_participant(const moment& when, const found_participant& found) {
    published_state& state = parts_.state;
    const text key = state.key_in_queue(found.room.view(), found.leg_id.view());
    if (state.participants().find(key) != nullptr || state.has_left(key)) return;
    if (state.rooms().find(found.room.view()) == nullptr) return;
    conference_data data;
    data.conference = found.room.view();
    data.leg_id = found.leg_id.view();
    data.member = {found.number.view(), found.name.view(), found.device.view()};
    data.admin = found.admin;
    data.muted = found.muted;
    if (const leg_record* leg = parts_.calls.find_leg(data.leg_id)) {
        if (leg->state == leg_state::ended) return;
        data.call_id = leg->call->id.view();
        data.member = leg->who.view();
    }
    tell_conference(event_type::conference_joined, when, data);
}

// Asterisk 1.x names the channel alone.
void ami_view::add_parked(const message_view& row) {
    text leg_id = known_text(row.find("ParkeeUniqueid"));
    if (leg_id.empty()) leg_id = known_text(row.find("UniqueID"));
    text channel = row.find("ParkeeChannel");
    if (channel.empty()) channel = row.find("Channel");
    if (parked_.size() >= limits::leg_count_max) return;
    found_parked& found = parked_.emplace_back();
    found.leg_id.assign(leg_id);
    found.channel.assign(channel);
    found.lot.assign(known_text(row.find("Parkinglot")));
    const text space = row.find("ParkingSpace");
    found.space.assign(space.empty() ? known_text(row.find("Exten")) : space);
    found.parker.assign(known_text(row.find("ParkerDialString")));
    found.timeout = to_seconds(row.find("ParkingTimeout"));
    found.parked = to_seconds(row.find("ParkingDuration"));
}

void ami_view::settle_parking(const moment& when) {
    call_tracker& calls = parts_.calls;
    std::vector<const call_record*> parked;
    for (const found_parked& found : parked_) {
        const leg_record* leg = calls.find_leg(found.leg_id.view());
        if (leg == nullptr) leg = calls.find_channel(found.channel.view());
        if (leg == nullptr || leg->state == leg_state::ended) continue;
        call_record& call = *leg->call;
        parked.push_back(&call);
        if (call.is_parked || parts_.state.was_settled(call.id.view())) continue;
        call.is_parked = true;
        auto data = calls.data_of<call_parked_data>(when, call, leg);
        data.lot = found.lot.view();
        data.space = found.space.view();
        data.parker = found.parker.view();
        data.timeout_seconds = found.timeout;
        data.parked_seconds = found.parked;
        calls.publish(event_type::call_parked, when, call, event_data(data));
    }
    for (call_record* call = calls.table().stalest_call(); call != nullptr;
         call = call_table::after(*call)) {
        const bool is_there = std::find(parked.begin(), parked.end(), call) != parked.end();
        if (!call->is_parked || is_there || parts_.state.was_settled(call->id.view())) continue;
        call->is_parked = false;
        const auto data = calls.data_of<call_parked_data>(when, *call);
        calls.publish(event_type::call_unparked, when, *call, event_data(data));
    }
}

// PJSIP says on-hold of the device that is held, SIP of the one that holds.
bool ami_view::is_held_by(const leg_record& leg) {
    const bool is_sip = leg.who.device.view().starts_with("SIP/");
    const leg_record* const shown = is_sip ? &leg : other_party(leg);
    if (shown == nullptr || (!is_sip && shown->who.device.view().starts_with("SIP/"))) return false;
    device_data device;
    device.device = shown->who.device.view();
    published_state& state = parts_.state;
    const device_record* const known = state.devices().find(state.key_of_device(device));
    return known != nullptr && known->state.view() == on_hold;
}

// No list tells of hold, but a device is on hold when all of its channels are. What that does not
// prove is held no longer, for nothing would ever put a wrong "held" right.
void ami_view::settle_holds(const moment& when) {
    call_tracker& calls = parts_.calls;
    std::vector<leg_record*> held;
    std::vector<leg_record*> holding;
    for (call_record* call = calls.table().stalest_call(); call != nullptr;
         call = call_table::after(*call)) {
        if (parts_.state.was_settled(call->id.view())) continue;
        for (leg_record* leg = call->legs.front(); leg != nullptr;
             leg = legs_of_call::after(*leg)) {
            if (leg->state != leg_state::up) continue;
            const bool holds = is_held_by(*leg);
            if (leg->is_held && !holds) held.push_back(leg);
            if (!leg->is_held && holds) holding.push_back(leg);
        }
    }
    for (leg_record* leg : held)
        calls.retrieve(when, *leg);
    for (leg_record* leg : holding)
        calls.hold(when, *leg);
}

}  // namespace callstream::parsers
