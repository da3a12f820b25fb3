// What a manager client asks, and what Asterisk 23 answers to it.
//
// Lifetime: an action views the bytes it was parsed from.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/sim_call.h"

namespace callstream::sim {

class action {
public:
    // `text`: the lines up to and without the blank one.
    static action parse(std::string_view text);

    std::string_view find(std::string_view key) const;  // empty when absent; keys ignore case
    std::string_view name() const { return find("Action"); }
    bool is(std::string_view name) const;

private:
    std::vector<std::pair<std::string_view, std::string_view>> headers_;
};

// "Response: Success", the ActionID as it was sent, then `rest` (whole lines), then a blank line.
std::string reply(const action& asked, std::string_view response, std::string_view rest);
std::string error_reply(const action& asked, std::string_view message);

// Answers to what any logged-in client may ask: Ping, the lists, the status of the core. Lists show
// the calls of `shown`; a PBX whose calls nobody knows (null) has none of them. Nothing when the
// action is unknown.
class version_1_voice;

// What is behind a session.
struct shown_pbx {
    const office* place = nullptr;           // null: nothing but recorded bytes
    const version_1_voice* voice = nullptr;  // null: AMI 2 and later
    timestamp now{};
};

std::optional<std::string> answer(const action& asked, const shown_pbx& shown);

std::string md5_hex(std::string_view text);

}  // namespace callstream::sim
