// Acts of a call that concern transfers, hold and queues.
#include "bench/sim_call.h"

namespace callstream::sim {

void call::hold() {
    pbx_.hold(*first_.to);
    pbx_.music_start(*first_.from);
    pbx_.set_use(*first_.from, device_use::on_hold);
}

void call::retrieve() {
    pbx_.unhold(*first_.to);
    pbx_.music_stop(*first_.from);
    pbx_.set_use(*first_.from, device_use::in_use);
}

void call::transfer_blind() {
    channel& caller = *first_.from;
    channel& transferrer = *first_.to;
    party colleague = office_.colleague();
    while (colleague.number == transferrer.caller.number)
        colleague = office_.colleague();

    pbx_.unhold(transferrer);
    event_text& text = pbx_.begin("BlindTransfer");
    text.add("Result", "Success");
    add_channel(text, transferrer, "Transferer");
    add_channel(text, caller, "Transferee");
    add_bridge(text, *first_.talk);
    text.add("IsExternal", "Yes")
        .add("Context", "from-internal")
        .add("Extension", colleague.number);
    pbx_.raise();

    pbx_.bridge_leave(transferrer);
    pbx_.hangup(transferrer, 16);
    caller.at = {"from-internal", colleague.number, 1};
    pbx_.bridge_leave(caller);
    pbx_.bridge_destroy(*first_.talk);
    first_.row.destination = caller.at;
    close_row("ANSWERED");
    dial_colleague(caller, colleague, {"from-internal", colleague.number, 9});
}

void call::consult() {
    const party asking = first_.to->caller;
    party asked = office_.colleague();
    while (asked.number == asking.number)
        asked = office_.colleague();
    const location at{"from-internal", asked.number, 1};
    current_ = &consultation_;
    channel& second = begin({first_.to->device, channel_state::ring, asking, at, "", ""});
    dial_colleague(second, asked, {at.context, at.exten, 9});
}

void call::transfer_attended() {
    channel& caller = *first_.from;
    channel& first_leg = *first_.to;
    channel& second_leg = *consultation_.from;
    channel& answering = *consultation_.to;
    bridge& kept = *consultation_.talk;

    event_text transfer = pbx_.prepare("AttendedTransfer");
    transfer.add("Result", "Success");
    add_channel(transfer, first_leg, "OrigTransferer");
    add_bridge(transfer, *first_.talk, "Orig");
    add_channel(transfer, second_leg, "SecondTransferer");
    add_bridge(transfer, kept, "Second");
    add_channel(transfer, caller, "Transferee");
    add_channel(transfer, answering, "TransferTarget");
    transfer.add("IsExternal", "No")
        .add("DestType", "Bridge")
        .add("DestBridgeUniqueid", kept.uniqueid);
    pbx_.unhold(first_leg);
    pbx_.unhold(second_leg);
    pbx_.bridge_leave(caller);
    pbx_.bridge_leave(second_leg);
    answering.linkedid = caller.linkedid;
    pbx_.bridge_enter(kept, caller);
    pbx_.music_stop(caller);
    pbx_.raise(transfer);
    pbx_.new_connected_line(caller, answering.caller);
    pbx_.new_connected_line(answering, caller.caller);
    pbx_.set_use(caller, device_use::in_use);
    pbx_.bridge_leave(first_leg);
    pbx_.soft_hangup_request(second_leg, 16);
    pbx_.bridge_destroy(*first_.talk);
    pbx_.hangup(first_leg, 16);

    close_row("ANSWERED");
    write_rows();
    pbx_.newexten(second_leg, {"from-internal", "h", 2}, "NoOp", "hangup handler 16");
    write_last_row("ANSWERED");
    pbx_.hangup(second_leg, 16);

    current_ = &first_;
    close_row("ANSWERED");
    first_.row.start = pbx_.now();
    first_.row.answer = pbx_.now();
    first_.row.destination_channel = answering.name;
    first_.to = &answering;
    first_.talk = &kept;
    runs_hangup_extension_ = false;  // its dialplan ended where it was transferred
}

void call::enter_queue() {
    const location door{"from-trunk", "5550110", 1};
    channel& caller =
        begin({"PJSIP/trunk-acme", channel_state::ring, office_.stranger(), door, "", ""});
    const std::string& queue = office_.support.name();
    pbx_.newexten(caller, {"queues", queue, 2}, "Answer", "");
    pbx_.newstate(caller, channel_state::up);
    pbx_.set_use(caller, device_use::in_use);
    pbx_.newexten(caller, {"queues", queue, 4}, "Queue", queue + ",tTkKhH,,,60");
    office_.support.caller_join(caller);
    pbx_.music_start(caller);
    first_.from = &caller;
    first_.row = {caller.caller,           caller.at,         caller.name,    "", "Queue",
                  caller.application_data, caller.created,    caller.created, {}, "",
                  caller.uniqueid,         caller.sip_call_id};
}

void call::call_agent() {
    channel& caller = *first_.from;
    member_ = &office_.support.next_member();
    const std::string device = "PJSIP/" + member_->extension;
    const party who{member_->extension, member_->name};
    channel& agent = pbx_.newchannel(
        {device, channel_state::down, who, {"from-internal", "s", 1}, "support", caller.linkedid});
    agent.application = "AppQueue";
    agent.application_data = "(Outgoing Line)";

    // DialBegin shows the agent's channel as it was before it learnt who calls, though it is later.
    event_text begun = pbx_.prepare("DialBegin");
    add_channel(begun, caller);
    add_channel(begun, agent, "Dest");
    begun.add("DialString", device);
    agent.connected = caller.caller;
    agent.at.exten = office_.support.name();
    office_.support.agent_called(caller, agent, *member_);
    pbx_.raise(begun);

    pbx_.new_connected_line(caller, who);
    pbx_.newstate(agent, channel_state::ringing);
    pbx_.new_connected_line(agent, caller.caller);
    pbx_.set_use(agent, device_use::ringing);
    pbx_.dial_state(caller, agent);
    office_.support.set_status(*member_, 6);
    if (!rows_.empty()) first_.row.start = pbx_.now();
    first_.row.destination_channel = agent.name;
    first_.to = &agent;
}

void call::agent_answers() {
    channel& caller = *first_.from;
    channel& agent = *first_.to;
    pbx_.newstate(agent, channel_state::up);
    pbx_.dial_end(caller, agent, "ANSWER");
    pbx_.music_stop(caller);
    office_.support.caller_leave(caller);
    office_.support.agent_connect(caller, agent, *member_);
    first_.talk = &pbx_.bridge_create();
    pbx_.bridge_enter(*first_.talk, agent);
    pbx_.set_use(agent, device_use::in_use);
    office_.support.set_status(*member_, 2);
    pbx_.bridge_enter(*first_.talk, caller);
    first_.row.answer = first_.row.start;  // the PBX answered when the caller entered
    connected_ = pbx_.now();
}

void call::agent_ignores() {
    channel& caller = *first_.from;
    channel& agent = *first_.to;
    office_.support.agent_ring_no_answer(caller, agent, *member_);
    pbx_.dial_end(caller, agent, "NOANSWER");
    pbx_.dial_end(caller, agent, "CANCEL");
    pbx_.hangup(agent, 0);
    office_.support.set_status(*member_, 1);
    first_.row.answer = first_.row.start;
    close_row("NO ANSWER");
}

void call::abandon_queue() {
    channel& caller = *first_.from;
    pbx_.hangup_request(caller, {});
    pbx_.music_stop(caller);
    write_rows();
    office_.support.caller_abandon(caller);
    office_.support.caller_leave(caller);
    pbx_.newexten(caller, {"queues", "h", 2}, "NoOp", "queue hangup 0 ");
    write_last_row("ANSWERED");
    pbx_.soft_hangup_request(caller, 16);
    pbx_.hangup(caller, 0);
}

void call::leave_agent() {
    channel& caller = *first_.from;
    channel& agent = *first_.to;
    pbx_.hangup_request(caller, {});
    pbx_.bridge_leave(caller);
    office_.support.agent_complete(caller, agent, *member_, connected_);
    pbx_.soft_hangup_request(caller, 16);
    pbx_.bridge_leave(agent);
    pbx_.bridge_destroy(*first_.talk);
    pbx_.hangup(agent, 16);
    office_.support.set_status(*member_, 1);
    close_row("ANSWERED");
    write_rows();
    pbx_.newexten(caller, {"queues", "h", 2}, "NoOp", "queue hangup 16 ");
    write_last_row("ANSWERED");
    pbx_.hangup(caller, 16);
}

void call::pause_agent() {
    member_ = &office_.support.any_member();
    if (member_->logged_on) office_.support.set_paused(*member_, true);
}

void call::resume_agent() {
    if (member_->logged_on) office_.support.set_paused(*member_, false);
}

void call::log_agent_off() {
    member_ = &office_.support.any_member();
    if (member_->logged_on) office_.support.set_logged_on(*member_, false);
}

void call::log_agent_on() {
    if (!member_->logged_on) office_.support.set_logged_on(*member_, true);
}

}  // namespace callstream::sim
