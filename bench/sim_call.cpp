#include "bench/sim_call.h"

#include <array>
#include <utility>

#include <fmt/format.h>

namespace callstream::sim {

namespace {

constexpr std::array<std::string_view, 12> first_names{"Alice", "Bob",   "Carol", "David",
                                                       "Eve",   "Frank", "Grace", "Heidi",
                                                       "Ivan",  "Judy",  "Karl",  "Zoë"};
constexpr std::array<std::string_view, 8> last_names{"Archer", "Builder", "Jones",  "Lindqvist",
                                                     "Major",  "Núñez",   "Okafor", "Smith"};
constexpr unsigned first_extension = 200;
constexpr unsigned extension_count = 600;
const party company{"4420555", "Acme Ltd"};
const std::string trunk = "PJSIP/trunk-acme";

std::string name_for(unsigned number) {
    return fmt::format("{} {}", first_names[number % first_names.size()],
                       last_names[number / first_names.size() % last_names.size()]);
}

}  // namespace

office::office(const pbx_settings& settings, timestamp now, pbx::event_receiver on_event)
    : exchange(settings, std::move(on_event)),
      support(exchange, "support",
              {{"111", "Alice Support"}, {"112", "Bob Support"}, {"113", "Carol Support"}}, now),
      rooms(exchange),
      parking(exchange),
      booted(now) {
    exchange.set_now(now);
}

party office::colleague() {
    const auto number =
        first_extension + static_cast<unsigned>(exchange.random()() % extension_count);
    return {std::to_string(number), name_for(number)};
}

party office::stranger() {
    const auto number = static_cast<unsigned>(exchange.random()() % 10'000);
    return {fmt::format("1555123{:04}", number), name_for(number)};
}

channel& call::begin(const channel_spec& spec) {
    channel& caller = pbx_.newchannel(spec);
    caller.sip_call_id = pbx_.make_sip_call_id();
    linkedids_.push_back(caller.linkedid);
    pbx_.newexten(caller, spec.at, "NoOp", "call from " + spec.caller.number);
    return caller;
}

void call::dial_extension() {
    const party caller = office_.colleague();
    party callee = office_.colleague();
    while (callee.number == caller.number)
        callee = office_.colleague();
    const location at{"from-internal", callee.number, 1};
    channel& from = begin({"PJSIP/" + caller.number, channel_state::ring, caller, at, "", ""});
    dial_colleague(from, callee, {at.context, at.exten, 9});
}

void call::dial_from_trunk() {
    const party callee = office_.colleague();
    channel& from = begin({trunk,
                           channel_state::ring,
                           office_.stranger(),
                           {"from-trunk", "5550" + callee.number, 1},
                           "",
                           ""});
    dial_colleague(from, callee, {"ext-local", callee.number, 9});
}

void call::dial_out() {
    const party caller = office_.colleague();
    const std::string number = "9" + office_.stranger().number;
    const location at{"from-internal", number, 1};
    channel& from = begin({"PJSIP/" + caller.number, channel_state::ring, caller, at, "", ""});
    from.at.priority = 5;
    pbx_.new_callerid(from, company);
    const std::string digits = number.substr(1);
    dial(from, {at.context, number, 6},
         {trunk,
          {number, ""},
          digits + "@trunk-acme",
          fmt::format("PJSIP/{}@trunk-acme,25,TKX", digits),
          {"from-trunk", "s", 1}});
}

void call::dial_colleague(channel& from, const party& who, const location& at) {
    const std::string device = "PJSIP/" + who.number;
    dial(from, at, {device, who, who.number, device + ",12,tTkKxXhH", {"from-internal", "s", 1}});
}

void call::dial(channel& from, const location& at, const target& to) {
    const bool outside = to.device == trunk;
    const bool again = from.state == channel_state::up;
    pbx_.newexten(from, at, "Dial", to.application_data);
    channel& dialled = pbx_.newchannel(
        {to.device, channel_state::down, outside ? party{} : to.who, to.born, "", from.linkedid});
    dialled.application = "AppDial";
    dialled.application_data = "(Outgoing Line)";
    dialled.at.exten = to.who.number;
    dialled.connected = from.caller;
    if (outside) pbx_.new_callerid(dialled, to.who);
    pbx_.new_connected_line(dialled, from.caller);
    pbx_.dial_begin(from, dialled, to.dial_string);
    pbx_.new_connected_line(from, to.who);

    *current_ = {&from, &dialled, nullptr, {}};
    cdr_row& row = current_->row;
    row = {from.caller, at, from.name, dialled.name, "Dial",        to.application_data,
           {},          {}, {},        "",           from.uniqueid, from.sip_call_id};
    row.start = again ? pbx_.now() : from.created;
}

void call::ringing() {
    channel& from = *current_->from;
    channel& to = *current_->to;
    pbx_.newstate(to, channel_state::ringing);
    pbx_.set_use(to, device_use::ringing);
    pbx_.set_use(from, device_use::in_use);
    pbx_.dial_state(from, to);
}

void call::answer() {
    channel& from = *current_->from;
    channel& to = *current_->to;
    pbx_.newstate(to, channel_state::up);
    to.at.exten.clear();
    pbx_.dial_end(from, to, "ANSWER");
    pbx_.set_use(to, device_use::in_use);
    if (from.state != channel_state::up) pbx_.newstate(from, channel_state::up);
    current_->talk = &pbx_.bridge_create();
    pbx_.bridge_enter(*current_->talk, to);
    pbx_.bridge_enter(*current_->talk, from);
    current_->row.answer = pbx_.now();
}

void call::close_row(std::string_view disposition) {
    current_->row.end = pbx_.now();
    current_->row.disposition = disposition;
    rows_.push_back(current_->row);
}

void call::write_rows() {
    for (const cdr_row& row : rows_)
        pbx_.cdr(row);
    rows_.clear();
}

// The CDR of what the caller's channel did last, of no length, with no other party.
void call::write_last_row(std::string_view disposition) {
    cdr_row row = current_->row;
    const channel& from = *current_->from;
    row.destination = from.at;
    row.destination_channel.clear();
    row.application = from.application;
    row.application_data = from.application_data;
    row.start = row.end = pbx_.now();
    row.answer = disposition == "ANSWERED" ? std::optional(pbx_.now()) : std::nullopt;
    row.disposition = disposition;
    pbx_.cdr(row);
}

void call::end_unanswered(std::string_view disposition, int cause_from, int cause_to) {
    channel& from = *current_->from;
    channel& to = *current_->to;
    close_row(disposition);
    pbx_.hangup(to, cause_to);
    pbx_.soft_hangup_request(from, 16);
    write_rows();
    write_last_row(disposition);
    pbx_.hangup(from, cause_from);
}

void call::refuse(int cause) {
    channel& from = *current_->from;
    channel& to = *current_->to;
    const bool busy = cause == 17;
    const std::string status = busy ? "BUSY" : "CONGESTION";
    pbx_.hangup_request(to, cause);
    pbx_.dial_end(from, to, status);
    pbx_.newexten(from, {"ext-status", "s-" + status, 1}, busy ? "Busy" : "Congestion", "4");
    pbx_.newstate(from, channel_state::busy);
    pbx_.set_use(from, device_use::busy);
    pbx_.hangup_request(from, cause);
    end_unanswered(status, cause, cause);
}

void call::give_up() {
    channel& from = *current_->from;
    pbx_.hangup_request(from, 127);
    pbx_.dial_end(from, *current_->to, "CANCEL");
    pbx_.newexten(from, {from.at.context, "h", 2}, "NoOp", "hangup handler 127 0");
    end_unanswered("NO ANSWER", 127, 127);
}

void call::ring_out() {
    channel& from = *current_->from;
    pbx_.dial_end(from, *current_->to, "NOANSWER");
    pbx_.newexten(from, {"ext-status", "s-NOANSWER", 6}, "Hangup", "19");
    end_unanswered("NO ANSWER", 19, 0);
}

void call::hang_up() {
    channel& from = *current_->from;
    channel& to = *current_->to;
    pbx_.hangup_request(from, 16);
    pbx_.bridge_leave(from);
    pbx_.soft_hangup_request(from, 16);
    pbx_.bridge_leave(to);
    pbx_.hangup(to, 16);
    pbx_.bridge_destroy(*current_->talk);
    close_row("ANSWERED");
    write_rows();
    if (runs_hangup_extension_) {
        pbx_.newexten(from, {from.at.context, "h", 2}, "NoOp", "hangup handler 16");
        write_last_row("ANSWERED");
    }
    pbx_.hangup(from, 16);
}

}  // namespace callstream::sim
