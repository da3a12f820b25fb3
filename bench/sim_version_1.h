// The same calls in the words of AMI 1.1, as Asterisk 1.8 and the appliances made of it say them.
//
// It hears what the simulated Asterisk 23 says and says that: no Linkedid, no bridges but who is
// connected with whom, Dial with SubEvent, Join and Leave, a transfer as a masquerade after which
// the caller has the id of the transferrer's second channel, and one Cdr for each call, with
// `Recording File Name`. About half of the calls are recorded.
//
// Lifetime: views handed on are valid until the receiver returns.
// Threads:  the loop's.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/sim_event.h"

namespace callstream::sim {

inline constexpr std::string_view version_1_banner = "Asterisk Call Manager/1.1";

class version_1_voice {
public:
    using event_receiver = std::function<void(const event_view&)>;

    version_1_voice(std::uint32_t seed, bool stamped, event_receiver on_event);

    struct event_rule;  // of an event that is only worded differently

    void hear(const event_view& told, timestamp now);
    // Says what was kept back: whether a change of bridge is part of a transfer shows only later.
    void flush();

    // A channel's id or name as it is since the last masquerade, by the one that it was born with.
    std::string shown(std::string_view value) const;

private:
    using headers = std::vector<std::pair<std::string, std::string>>;
    struct heard {
        std::string name;
        headers lines;
        timestamp time;

        std::string_view get(std::string_view key) const;
    };
    struct identity {
        std::string uniqueid;
        std::string name;
    };
    // What becomes one Cdr when its channel hangs up.
    struct record {
        headers row;
        long long duration = 0;
        long long billable = 0;
        bool answered = false;
    };

    void say(const heard& told);
    void say_as(const event_rule& rule, const heard& told);
    void on_newchannel(const heard& told);
    void on_dial_begin(const heard& told);
    void on_dial_end(const heard& told);
    void on_hangup(const heard& told);
    void on_digit(const heard& told);
    void on_cdr(const heard& told);
    void on_attended(const heard& told);
    void say_connected(std::string_view event, const std::string& one, const std::string& two,
                       timestamp now);
    void say_dial_end(const std::string& uniqueid, timestamp now);
    void say_record(const std::string& uniqueid, timestamp now);
    void say_renamed(const identity& channel, std::string_view name, timestamp now);
    void move(const heard& told, bool aloud);
    event_text& begin(std::string_view name, event_class kind, timestamp now);
    void raise() { on_event_(text_.end()); }

    event_receiver on_event_;
    std::mt19937 random_;
    event_text text_;
    std::vector<heard> kept_;                                  // changes of bridges
    std::map<std::string, identity, std::less<>> identities_;  // by the id given at birth
    std::map<std::string, std::string, std::less<>> names_;    // birth name -> birth id
    std::map<std::string, std::string, std::less<>> numbers_;  // caller ID by birth id
    std::map<std::string, std::vector<std::string>, std::less<>> bridges_;
    std::map<std::string, std::string, std::less<>> dial_results_;  // by the dialling channel
    std::map<std::string, record, std::less<>> records_;            // by the id of the caller
    std::map<std::string, bool, std::less<>> queue_agents_;         // rung by a queue
};

}  // namespace callstream::sim
