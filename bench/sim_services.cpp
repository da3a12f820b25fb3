// Acts of a call that the PBX has a part in: menus, groups, and calls that a client asks for.
#include <fmt/format.h>

#include "bench/sim_call.h"

namespace callstream::sim {

namespace {

constexpr unsigned group_size = 3;
constexpr unsigned conference_count = 3;

}  // namespace

void call::enter_menu() {
    const location door{"from-trunk", "5550120", 1};
    channel& caller =
        begin({"PJSIP/trunk-acme", channel_state::ring, office_.stranger(), door, "", ""});
    pbx_.newexten(caller, {"ivr-main", "s", 2}, "Answer", "");
    pbx_.newstate(caller, channel_state::up);
    pbx_.set_use(caller, device_use::in_use);
    pbx_.newexten(caller, {"ivr-main", "s", 5}, "Background", "ivr-welcome");
    first_.from = &caller;
}

void call::press(std::string_view digit) {
    event_text& text = pbx_.begin("DTMFEnd", event_class::dtmf);
    add_channel(text, *first_.from);
    text.add("Digit", digit).add("DurationMs", 180).add("Direction", "Received");
    pbx_.raise();
}

void call::choose_extension() {
    channel& caller = *first_.from;
    const party callee = office_.colleague();
    const timestamp answered = caller.created;
    dial_colleague(caller, callee, {"ext-local", callee.number, 9});
    first_.row.start = answered;
}

void call::dial_group() {
    const party first = office_.colleague();
    channel& from = begin({"PJSIP/trunk-acme",
                           channel_state::ring,
                           office_.stranger(),
                           {"from-trunk", "5550130", 1},
                           "",
                           ""});
    dial_colleague(from, first, {"ext-group", "600", 9});
    while (others_.size() + 1 < group_size) {
        const party member = office_.colleague();
        const std::string device = "PJSIP/" + member.number;
        channel& rung = pbx_.newchannel(
            {device, channel_state::down, member, {"from-internal", "s", 1}, "", from.linkedid});
        pbx_.dial_begin(from, rung, member.number);
        others_.push_back(&rung);
    }
}

void call::group_rings() {
    ringing();
    for (channel* other : others_) {
        pbx_.newstate(*other, channel_state::ringing);
        pbx_.set_use(*other, device_use::ringing);
        pbx_.dial_state(*first_.from, *other);
    }
}

void call::group_answers() {
    for (channel* other : others_) {
        pbx_.dial_end(*first_.from, *other, "CANCEL");
        pbx_.hangup(*other, 26);
    }
    others_.clear();
    answer();
}

void call::originate() {
    const party asking = office_.colleague();
    asked_ = "9" + office_.stranger().number;
    channel& first = pbx_.newchannel(
        {"PJSIP/" + asking.number, channel_state::down, asking, {"from-internal", "s", 1}, "", ""});
    first.sip_call_id = pbx_.make_sip_call_id();
    linkedids_.push_back(first.linkedid);
    first_.from = &first;
}

void call::originate_rings() {
    pbx_.newstate(*first_.from, channel_state::ringing);
    pbx_.set_use(*first_.from, device_use::ringing);
}

void call::originate_answers() {
    channel& first = *first_.from;
    pbx_.newstate(first, channel_state::up);
    pbx_.set_use(first, device_use::in_use);
    pbx_.begin("OriginateResponse")
        .add("ActionID", "callback-" + first.uniqueid)
        .add("Response", "Success")
        .add("Channel", first.name)
        .add("Context", "from-internal")
        .add("Exten", asked_)
        .add("Reason", "4")
        .add("Uniqueid", first.uniqueid)
        .add("CallerIDNum", first.caller.number)
        .add("CallerIDName", first.caller.name);
    pbx_.raise();
    const location at{"from-internal", asked_, 1};
    pbx_.newexten(first, at, "NoOp", "call from " + first.caller.number);
    const std::string digits = asked_.substr(1);
    const timestamp begun = first.created;
    dial(first, {at.context, asked_, 6},
         {"PJSIP/trunk-acme",
          {asked_, ""},
          digits + "@trunk-acme",
          fmt::format("PJSIP/{}@trunk-acme,25,TKX", digits),
          {"from-trunk", "s", 1}});
    first_.row.start = begun;
}

void call::enter_conference() {
    const party caller = office_.colleague();
    const std::string room = std::to_string(801 + pbx_.random()() % conference_count);
    const location at{"from-internal", room, 1};
    channel& first = begin({"PJSIP/" + caller.number, channel_state::ring, caller, at, "", ""});
    pbx_.newexten(first, {at.context, room, 2}, "Answer", "");
    pbx_.newstate(first, channel_state::up);
    pbx_.set_use(first, device_use::in_use);
    pbx_.newexten(first, {at.context, room, 3}, "ConfBridge", room);
    office_.rooms.join(room, first);
    asked_ = room;
    first_.from = &first;
    first_.row = {caller,        at,         first.name, "", "ConfBridge",   room,
                  first.created, pbx_.now(), {},         "", first.uniqueid, first.sip_call_id};
}

void call::leave_conference() {
    channel& first = *first_.from;
    pbx_.hangup_request(first, {});
    office_.rooms.leave(asked_, first);
    close_row("ANSWERED");
    write_rows();
    pbx_.hangup(first, 16);
}

void call::park() {
    channel& caller = *first_.from;
    channel& parker = *first_.to;
    pbx_.bridge_leave(parker);
    pbx_.bridge_leave(caller);
    pbx_.bridge_destroy(*first_.talk);
    office_.parking.park(caller, parker.device);
    pbx_.music_start(caller);
    pbx_.hangup(parker, 16);
    close_row("ANSWERED");
}

void call::fetch() {
    channel& caller = *first_.from;
    const party who = office_.colleague();
    const location at{"from-internal", "701", 1};
    channel& fetching = begin({"PJSIP/" + who.number, channel_state::ring, who, at, "", ""});
    pbx_.newexten(fetching, at, "ParkedCall", "default,701");
    pbx_.newstate(fetching, channel_state::up);
    pbx_.set_use(fetching, device_use::in_use);
    pbx_.music_stop(caller);
    office_.parking.fetch(caller, fetching);
    fetching.linkedid = caller.linkedid;
    first_.talk = &pbx_.bridge_create();
    pbx_.bridge_enter(*first_.talk, fetching);
    pbx_.bridge_enter(*first_.talk, caller);
    first_.to = &fetching;
    first_.row.destination_channel = fetching.name;
    first_.row.start = pbx_.now();
    first_.row.answer = pbx_.now();
}

}  // namespace callstream::sim
