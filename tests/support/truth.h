// What is true about a capture, from the PBX's own CSV files and the phones' logs: the
// NAME.truth.json of tests/data/asterisk (its README says how they were made).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace callstream::test {

struct true_cdr {
    std::string channel;
    std::string destination_channel;
    std::string destination;
    std::string application;
    std::string disposition;
    timestamp start;
    std::optional<timestamp> answer;
    timestamp end;
};

// While it was in a bridge, and with which channel; empty where the PBX did not say.
struct true_conversation {
    timestamp from;
    timestamp to;
    std::string peer;
};

// One call as a person would count it: one attempt of a phone, of the trunk, or one Originate.
struct true_call {
    std::string label;
    std::string uniqueid;
    std::string linkedid;  // at the end
    std::string channel;
    std::string caller_number;
    std::string caller_name;
    std::string dialled;
    std::string direction;
    std::string disposition;
    std::optional<timestamp> start;
    std::optional<timestamp> answer;
    std::optional<timestamp> end;
    std::optional<int> cause;
    bool reached_a_party = false;
    std::vector<true_cdr> cdrs;
    std::vector<true_conversation> conversations;
    std::vector<std::string> marks;        // BLINDTRANSFER, PARK_START ...
    std::vector<std::string> queue_marks;  // ENTERQUEUE, ABANDON ...
    std::vector<std::string> recordings;
};

struct truth {
    std::size_t cdr_count = 0;
    std::vector<true_call> calls;
};

truth load_truth_of(std::string_view capture);

// The runs on Asterisk 23 with calls in them, as the user with all event classes saw them; without
// m_mixed, 2,000 calls under load, which takes its time.
std::vector<std::string> captures_of_asterisk_23();

}  // namespace callstream::test
