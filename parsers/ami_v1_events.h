// AMI 1.x events of calls to the call tracker: Asterisk 1.4 to 11, and appliances made of them.
//
// No Linkedid: the tracker joins legs by Dial, queue and Link. A masquerade (a transfer, parking,
// a pick-up) comes as three Rename events: A -> A<MASQ>, B -> A, A<MASQ> -> B<ZOMBIE>. Uniqueids
// stay, so that from then on the channel of B's id is who A was.
//
// Threads: the PBX's home loop.
#pragma once

#include <string>

#include "parsers/ami_channel.h"
#include "parsers/ami_message.h"
#include "parsers/call_tracker.h"

namespace callstream::parsers {

class ami_v1_events {
public:
    explicit ami_v1_events(call_tracker& calls) noexcept : calls_(calls) {}

    // Whether what the message says went out in typed events.
    bool translate(const ami_message& message, const moment& when);

private:
    bool on_newchannel(const ami_message& message, const moment& when);
    bool on_newstate(const ami_message& message, const moment& when);
    bool on_caller_id(const ami_message& message);
    bool on_newexten(const ami_message& message);
    bool on_dial(const ami_message& message, const moment& when);
    bool on_link(const ami_message& message, const moment& when);
    bool on_unlink(const ami_message& message, const moment& when);
    bool on_rename(const ami_message& message, const moment& when);
    void trade(const moment& when, leg_record& original, leg_record& clone);
    bool on_hangup(const ami_message& message, const moment& when);
    bool on_hold(const ami_message& message, const moment& when);
    bool on_dtmf(const ami_message& message, const moment& when);
    bool on_transfer(const ami_message& message, const moment& when);
    bool on_pickup(const ami_message& message, const moment& when);
    bool on_parked(const ami_message& message, const moment& when);
    void infer_transfer(const moment& when, leg_record& from, const leg_record& to);
    leg_record* parked_leg(const ami_message& message) const noexcept;

    call_tracker& calls_;
    ami_channel_reader reader_;
    bounded_id clone_id_;  // of the masquerade that is going on
    bounded_id told_id_;   // the leg whose pick-up or transfer was told in words
    std::string bridge_id_;
};

}  // namespace callstream::parsers
