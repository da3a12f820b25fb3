// Events in an order that no PBX keeps: whatever comes, calls and legs live once at a time.
#include <random>
#include <set>
#include <string>

#include <catch2/catch.hpp>

#include "tests/support/scripted_pbx.h"

namespace {

using namespace callstream;
using namespace callstream::test;

class living final : public event_output {
public:
    void publish(const event& published) override {
        const call_data* call = call_data_of(published);
        if (call == nullptr) return;
        const std::string call_id(call->call_id);
        const std::string leg_id(call->leg_id);
        if (published.type == event_type::call_initiated) holds &= calls_.insert(call_id).second;
        if (published.type == event_type::leg_created) holds &= legs_.insert(leg_id).second;
        holds &= calls_.count(call_id) == 1;
        if (info_of(published.type).family() == "leg") holds &= legs_.count(leg_id) == 1;
        if (published.type == event_type::leg_ended) legs_.erase(leg_id);
        if (published.type == event_type::call_ended) calls_.erase(call_id);
        if (const auto* merged = std::get_if<call_merged_data>(&published.data))
            holds &= calls_.erase(std::string(merged->merged_call_id)) == 1;
        ++count;
    }

    bool holds = true;
    std::size_t count = 0;
    std::size_t left() const { return calls_.size() + legs_.size(); }

private:
    std::set<std::string> calls_;
    std::set<std::string> legs_;
};

class disorderly_pbx {
public:
    disorderly_pbx(event_output& output, const parsers::ami_translator_settings& settings,
                   std::uint32_t seed)
        : pbx_(output, settings), random_(seed) {}

    void say_something() {
        const scripted_channel a = any_channel();
        const scripted_channel b = any_channel();
        const std::string both =
            scripted_pbx::snapshot(a, any(7)) + scripted_pbx::snapshot(b, any(7), "Dest");
        switch (any(14)) {
            case 0:
            case 1:
                return pbx_.begin(a, any(7));
            case 2:
                return pbx_.change(a, any(7));
            case 3:
                return pbx_.dial(a, b);
            case 4:
                return pbx_.dialled(a, b, any(2) == 0 ? "ANSWER" : "BUSY");
            case 5:
            case 6:
                return pbx_.enter(a, std::to_string(any(4)));
            case 7:
                return pbx_.leave(a, "0");
            case 8:
                return pbx_.hang_up(a, 16);
            case 9:
                return pbx_.say(any(2) == 0 ? "Hold" : "Unhold", both);
            case 10:
                return pbx_.say("LocalBridge", scripted_pbx::snapshot(a, 0, "LocalOne") +
                                                   scripted_pbx::snapshot(b, 4, "LocalTwo"));
            case 11:
                return pbx_.say("AttendedTransfer",
                                scripted_pbx::snapshot(a, 6, "OrigTransferer") +
                                    scripted_pbx::snapshot(b, 6, "SecondTransferer"));
            case 12:
                return pbx_.say(any(2) == 0 ? "MixMonitorStart" : "QueueCallerJoin",
                                both + "Queue: q\r\n");
            default:
                pbx_.clock += std::chrono::minutes(any(20));
                return pbx_.tick();
        }
    }

    void shut_down() { pbx_.say("Shutdown", "Shutdown: Cleanly\r\n"); }

private:
    int any(int below) { return static_cast<int>(random_() % static_cast<std::uint32_t>(below)); }

    scripted_channel any_channel() {
        const int number = any(16);
        const std::string name = number < 4 ? "Local/9@x-" + std::to_string(number / 2) + ";1"
                                            : "PJSIP/10-" + std::to_string(number);
        return {name, "1." + std::to_string(number), "1." + std::to_string(any(16))};
    }

    scripted_pbx pbx_;
    std::minstd_rand random_;
};

}  // namespace

TEST_CASE("whatever is said in whatever order, a call and a leg live once at a time", "[bounds]") {
    const auto seed = GENERATE(range(1U, 21U));
    INFO("seed " << seed);
    living seen;
    parsers::ami_translator_settings settings;
    settings.limits.call_count = 3 + seed % 12;
    settings.limits.leg_count = 4 + seed % 14;
    settings.limits.ended_leg_count = seed % 5;
    settings.limits.silence = std::chrono::hours(1);
    disorderly_pbx pbx(seen, settings, seed);
    for (int i = 0; i < 2'000; ++i) {
        pbx.say_something();
        REQUIRE(seen.holds);
    }
    pbx.shut_down();
    CHECK(seen.holds);
    CHECK(seen.left() == 0);
    CHECK(seen.count > 1'000);
}
