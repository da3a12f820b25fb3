// Acts of a call that the PBX has a part in: menus, groups, and calls that a client asks for.
#include <fmt/format.h>

#include "bench/sim_call.h"

namespace callstream::sim {

namespace {

constexpr unsigned group_size = 3;

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

}  // namespace callstream::sim
