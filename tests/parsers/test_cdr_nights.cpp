// CDRs of the nights in which a PBX's clock is put forward or back.
#include <array>
#include <cstdio>
#include <ctime>
#include <string>

#include <catch2/catch.hpp>

#include "tests/support/recorded_events.h"
#include "tests/support/scripted_pbx.h"

using namespace callstream;
using namespace callstream::test;
using namespace std::chrono_literals;

namespace {

using std::chrono::seconds;

struct night {
    const char* zone;
    std::int64_t changed_at;  // UTC
    seconds offset_before;
    seconds offset_after;
};

constexpr std::array nights{
    night{"Europe/Berlin", 1'774'746'000, 1h, 2h},                  // 2026-03-29 02:00 CET
    night{"Europe/Berlin", 1'792'890'000, 2h, 1h},                  // 2026-10-25 03:00 CEST
    night{"America/New_York", 1'772'953'200, -5h, -4h},             // 2026-03-08 02:00 EST
    night{"America/New_York", 1'793'512'800, -4h, -5h},             // 2026-11-01 02:00 EDT
    night{"Australia/Lord_Howe", 1'775'314'800, 11h, 10h + 30min},  // 2026-04-05 02:00
    night{"Australia/Lord_Howe", 1'791'041'400, 10h + 30min, 11h},  // 2026-10-04 02:00
};

std::string shown(const night& of, timestamp time) {
    const auto utc = std::chrono::floor<seconds>(time).time_since_epoch();
    const seconds offset = utc.count() < of.changed_at ? of.offset_before : of.offset_after;
    const std::time_t local = (utc + offset).count();
    std::tm parts{};
    ::gmtime_r(&local, &parts);
    std::array<char, 20> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts);
    return text.data();
}

struct told_call {
    timestamp started;
    timestamp answered;
    timestamp ended;
};

std::string cdr_of(const night& of, const told_call& call) {
    const auto whole = [](duration size) {
        return std::to_string(std::chrono::floor<seconds>(size).count());
    };
    return "Source: 101\r\nDestination: 102\r\nChannel: PJSIP/101-00000001\r\nStartTime: " +
           shown(of, call.started) + "\r\nAnswerTime: " + shown(of, call.answered) +
           "\r\nEndTime: " + shown(of, call.ended) +
           "\r\nDuration: " + whole(call.ended - call.started) +
           "\r\nBillableSeconds: " + whole(call.ended - call.answered) +
           "\r\nDisposition: ANSWERED\r\nUniqueID: 1.1\r\n";
}

}  // namespace

TEST_CASE("a CDR has the right times in the night in which the clock changes", "[cdr]") {
    const night of = GENERATE(from_range(nights));
    // Also where the PBX's clock and ours do not agree.
    const seconds clock_ahead = GENERATE(0s, 90s, -90s);
    parsers::ami_translator_settings settings;
    settings.timezone = of.zone;
    recorded_events events;
    scripted_pbx pbx(events, settings);
    std::vector<told_call> calls;
    for (seconds start = -3h; start <= 3h; start += 10min)
        for (const seconds size : {10s, 900s, 5400s, 7800s}) {
            const timestamp started(seconds(of.changed_at) + start);
            calls.push_back({started, started + 5s, started + size});
        }
    for (const told_call& call : calls) {
        pbx.clock = call.ended + clock_ahead + 20ms;
        pbx.say("Cdr", cdr_of(of, call));
    }
    REQUIRE(events.count_of(event_type::cdr_created) == calls.size());
    std::size_t index = 0;
    for (const auto& event : events.all()) {
        const told_call& call = calls[index++];
        INFO(of.zone << ' ' << shown(of, call.started) << " to " << shown(of, call.ended));
        const auto& data = std::get<cdr_data>(event.data);
        REQUIRE(data.started_at == call.started);
        REQUIRE(data.answered_at == call.answered);
        REQUIRE(data.ended_at == call.ended);
        REQUIRE(event.time == call.ended);
        REQUIRE(event.origin.quality == time_quality::source_seconds);
    }
}
