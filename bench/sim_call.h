// A simulated call on its way: its channels, and what can happen to it, each act a burst of events
// as Asterisk 23 raises them with a usual dialplan. Scenarios are lists of such acts.
//
// Lifetime: the office outlives its calls. An act may be called only in the state its comment asks.
// Threads:  the loop's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bench/sim_pbx.h"
#include "bench/sim_queue.h"
#include "bench/sim_rooms.h"

namespace callstream::sim {

// One PBX with the people and lines behind it.
struct office {
    office(const pbx_settings& settings, timestamp now, pbx::event_receiver on_event);

    party colleague();  // a random extension
    party stranger();   // a random outside caller

    pbx exchange;
    call_queue support;
    conference_rooms rooms;
    parking_lot parking;
    timestamp booted;
};

// One party calls another: who, whom, where they talk, and the CDR it will become.
struct dialog {
    channel* from = nullptr;
    channel* to = nullptr;
    bridge* talk = nullptr;
    cdr_row row;
};

class call {
public:
    explicit call(office& where) : office_(where), pbx_(where.exchange) {}
    call(const call&) = delete;
    call& operator=(const call&) = delete;

    // Beginnings: the caller's channel appears and dials, or waits in the queue.
    void dial_extension();
    void dial_from_trunk();
    void dial_out();
    void enter_queue();
    void enter_menu();
    void dial_group();  // a caller from outside; three phones ring
    void originate();   // a client asks the PBX to connect a colleague with a number outside

    // In the menu: a digit, then whom it stands for.
    void press(std::string_view digit);
    void choose_extension();

    // Of a group.
    void group_rings();
    void group_answers();  // one of them; the others stop ringing

    // Of an originated call: the colleague's own phone.
    void originate_rings();
    void originate_answers();  // and the PBX dials the number

    // While dialling.
    void ringing();
    void answer();
    void refuse(int cause);  // 17 busy, 34 congestion; ends the call
    void give_up();          // the caller hangs up
    void ring_out();         // nobody answers

    // While talking.
    void hold();  // the called party puts the caller on hold
    void retrieve();
    void transfer_blind();     // by the called party; the caller is dialling again
    void consult();            // on hold: the called party dials a colleague
    void transfer_attended();  // that colleague has answered; now talks with the caller
    void hang_up();            // the caller does

    void park();   // the called party puts the caller into the parking lot
    void fetch();  // a colleague takes the caller out of it

    // In a conference.
    void enter_conference();
    void leave_conference();

    // In the queue.
    void call_agent();
    void agent_answers();
    void agent_ignores();
    void abandon_queue();
    void leave_agent();  // the caller hangs up on the agent

    // Of an agent, without a call.
    void pause_agent();
    void resume_agent();  // the one that was paused
    void log_agent_off();
    void log_agent_on();  // the one that was logged off

    const std::vector<std::string>& linkedids() const { return linkedids_; }

private:
    struct target {
        std::string device;
        party who;
        std::string dial_string;
        std::string application_data;
        location born;  // where the new channel starts
    };
    channel& begin(const channel_spec& spec);
    void dial(channel& from, const location& at, const target& to);
    void dial_colleague(channel& from, const party& who, const location& at);
    void close_row(std::string_view disposition);
    void write_rows();
    void write_last_row(std::string_view disposition);
    void end_unanswered(std::string_view disposition, int cause_from, int cause_to);

    office& office_;
    pbx& pbx_;
    dialog first_;
    dialog consultation_;
    dialog* current_ = &first_;
    std::vector<cdr_row> rows_;
    std::vector<std::string> linkedids_;
    queue_member* member_ = nullptr;
    std::vector<channel*> others_;  // of a group, beside the one that answers
    std::string asked_;             // of an originated call: whom to dial
    timestamp connected_{};
    bool runs_hangup_extension_ = true;
};

}  // namespace callstream::sim
