// What pushed reports say beside the state of calls: digits, prompts, surveys, transfers, devices,
// trunks, the PBX's configuration; and reports that nobody typed, as they are.
//
// Threads: the PBX's home loop.
#pragma once

#include <array>

#include "parsers/family_output.h"
#include "parsers/yeastar_calls.h"

namespace callstream::parsers {

class yeastar_facts {
public:
    yeastar_facts(yeastar_calls& calls, const family_output& output)
        : calls_(calls), output_(output) {}

    bool take(const yeastar_report& report, const moment& when);
    bool transfer(const yeastar_report& report, const moment& when, push_call& call);
    bool forward(const yeastar_report& report, const moment& when, push_call& call);
    void pass_on(const yeastar_report& report, const moment& when);

private:
    bool digit(const yeastar_report& report, const moment& when);
    bool prompt(const yeastar_report& report, const moment& when, event_type type);
    bool extension(const yeastar_report& report, const moment& when);
    bool trunk(const yeastar_report& report, const moment& when);
    bool configuration(const yeastar_report& report, const moment& when);
    bool boot(const yeastar_report& report, const moment& when);
    push_call* see(const yeastar_report& report, const moment& when, push_leg*& leg);
    text lower(text status) noexcept;

    yeastar_calls& calls_;
    family_output output_;
    std::array<char, 64> lower_;
};

}  // namespace callstream::parsers
