// Single turns of a call, written out.
#include <catch2/catch.hpp>

#include "tests/support/scripted_pbx.h"

namespace {

using namespace callstream;
using namespace callstream::test;

struct two_phones {
    two_phones() : pbx(events) {}

    void talk() {
        pbx.begin(caller);
        pbx.begin(callee, 0);
        pbx.dial(caller, callee);
        pbx.change(callee, 5);
        pbx.change(callee, 6);
        pbx.dialled(caller, callee, "ANSWER");
        pbx.change(caller, 6);
        pbx.enter(callee, "bridge");
        pbx.enter(caller, "bridge");
    }

    const call_data& last(event_type type) const {
        const auto found = events.of_type(type);
        REQUIRE_FALSE(found.empty());
        return *call_data_of(*found.back());
    }

    recorded_events events;
    scripted_pbx pbx;
    scripted_channel caller{"PJSIP/101-1", "1.1", "1.1", "101", "from-internal", "102"};
    scripted_channel callee{"PJSIP/102-2", "1.2", "1.1", "102", "from-internal", "s"};
};

std::vector<std::string> names_of_calls_and_legs(const recorded_events& events) {
    std::vector<std::string> names;
    for (const event& told : events.all())
        if (call_data_of(told) != nullptr) names.emplace_back(info_of(told.type).name);
    return names;
}

}  // namespace

TEST_CASE_METHOD(two_phones, "a plain call is told from its beginning to its end", "[tracker]") {
    talk();
    pbx.leave(caller, "bridge");
    pbx.hang_up(callee, 16);
    pbx.hang_up(caller, 16);
    CHECK(names_of_calls_and_legs(events) ==
          std::vector<std::string>{"call.initiated", "leg.created", "leg.created", "call.ringing",
                                   "leg.ringing", "leg.answered", "leg.answered", "call.answered",
                                   "leg.bridged", "leg.bridged", "leg.unbridged", "leg.ended",
                                   "leg.ended", "call.ended"});
    const call_data& answered = last(event_type::call_answered);
    CHECK(answered.leg_id == "1.2");
    CHECK(answered.answering.device == "PJSIP/102");
    CHECK(answered.state == call_state::connected);
    const call_data& ended = last(event_type::call_ended);
    CHECK(ended.state == call_state::ended);
    CHECK(ended.disposition == disposition::answered);
    CHECK(ended.direction == direction::internal);
    CHECK(ended.ring_seconds == *ended.answered_at - *ended.started_at);
    CHECK(ended.talk_seconds == *ended.ended_at - *ended.answered_at);
}

TEST_CASE_METHOD(two_phones, "only what was held is retrieved", "[tracker]") {
    talk();
    const std::string leg = scripted_pbx::snapshot(callee, 6);
    pbx.say("Unhold", leg);
    CHECK(events.count_of(event_type::call_retrieved) == 0);
    pbx.say("Hold", leg);
    CHECK(last(event_type::call_held).state == call_state::held);
    pbx.say("Hold", leg);
    CHECK(events.count_of(event_type::call_held) == 1);
    pbx.say("Unhold", leg);
    CHECK(last(event_type::call_retrieved).state == call_state::connected);
    pbx.say("Unhold", leg);
    CHECK(events.count_of(event_type::call_retrieved) == 1);
}

TEST_CASE_METHOD(two_phones, "a call that nobody takes fails with its reason", "[tracker]") {
    const auto [status, cause, outcome] =
        GENERATE(table<std::string, int, disposition>({{"BUSY", 17, disposition::busy},
                                                       {"CONGESTION", 34, disposition::congestion},
                                                       {"NOANSWER", 0, disposition::no_answer},
                                                       {"CHANUNAVAIL", 20, disposition::failed}}));
    pbx.begin(caller);
    pbx.begin(callee, 0);
    pbx.dial(caller, callee);
    pbx.dialled(caller, callee, status);
    pbx.hang_up(callee, cause);
    CHECK(events.count_of(event_type::call_failed) == 0);  // the dialplan may go on
    pbx.hang_up(caller, cause);
    CHECK(last(event_type::call_failed).disposition == outcome);
    CHECK(last(event_type::call_ended).disposition == outcome);
    CHECK(last(event_type::call_ended).cause->q850 == cause);
}

TEST_CASE_METHOD(two_phones, "a caller who gives up cancels and does not fail", "[tracker]") {
    pbx.begin(caller);
    pbx.begin(callee, 0);
    pbx.dial(caller, callee);
    pbx.dialled(caller, callee, "CANCEL");
    pbx.hang_up(callee, 0);
    pbx.hang_up(caller, 127);
    CHECK(events.count_of(event_type::call_failed) == 0);
    CHECK(last(event_type::call_ended).disposition == disposition::canceled);
}

TEST_CASE_METHOD(two_phones, "calls that meet in a bridge become the older one", "[tracker]") {
    talk();
    const scripted_channel third{"PJSIP/103-3", "2.3", "2.3", "103", "from-internal", "700"};
    pbx.begin(third);
    pbx.enter(third, "bridge");
    const auto merged = events.of_type(event_type::call_merged);
    REQUIRE(merged.size() == 1);
    CHECK(test::data_of<call_merged_data>(*merged[0]).call_id == "1.1");
    CHECK(test::data_of<call_merged_data>(*merged[0]).merged_call_id == "2.3");
    pbx.hang_up(third, 16);
    CHECK(last(event_type::leg_ended).call_id == "1.1");
    pbx.hang_up(caller, 16);
    pbx.hang_up(callee, 16);
    CHECK(events.count_of(event_type::call_ended) == 1);
}

TEST_CASE_METHOD(two_phones, "trunks make a call inbound, outbound or both", "[tracker]") {
    const bool from_trunk = GENERATE(false, true);
    const bool to_trunk = GENERATE(false, true);
    if (from_trunk) {
        caller.name = "PJSIP/acme-1";
        caller.context = "from-trunk";
    }
    if (to_trunk) callee.name = "PJSIP/trunk-beta-2", callee.context = "from-trunk";
    talk();
    pbx.hang_up(callee, 16);
    pbx.hang_up(caller, 16);
    const call_data& ended = last(event_type::call_ended);
    const direction expected = from_trunk ? (to_trunk ? direction::external : direction::inbound)
                                          : (to_trunk ? direction::outbound : direction::internal);
    CHECK(ended.direction == expected);
    CHECK(ended.trunk == (from_trunk ? "acme" : to_trunk ? "trunk-beta" : text()));
}

TEST_CASE_METHOD(two_phones, "a call found in progress is taken in as synthetic", "[tracker]") {
    pbx.enter(callee, "bridge");
    pbx.enter(caller, "bridge");
    const auto begun = events.of_type(event_type::call_initiated);
    REQUIRE(begun.size() == 1);
    CHECK(begun[0]->origin.synthetic);
    CHECK_FALSE(call_data_of(*begun[0])->started_at);
    pbx.hang_up(caller, 16);
    pbx.hang_up(callee, 16);
    CHECK(last(event_type::call_ended).disposition == disposition::answered);
}

TEST_CASE_METHOD(two_phones, "the end of what was never heard of begins nothing", "[tracker]") {
    pbx.leave(caller, "bridge");
    pbx.hang_up(caller, 16);
    CHECK(events.count_of(event_type::vendor_event) == 2);
    CHECK(events.all().size() == 2);
}

TEST_CASE_METHOD(two_phones, "an id that the PBX gives again is another call", "[tracker]") {
    for (int i = 0; i < 2; ++i) {
        talk();
        pbx.hang_up(callee, 16);
        pbx.hang_up(caller, 16);
    }
    CHECK(events.count_of(event_type::call_initiated) == 2);
    CHECK(events.count_of(event_type::call_ended) == 2);
}

TEST_CASE_METHOD(two_phones, "calls from before the PBX began anew are over", "[tracker]") {
    talk();
    pbx.clock += std::chrono::minutes(5);
    pbx.say("FullyBooted", "Uptime: 600\r\nStatus: Fully Booted\r\n");
    CHECK(events.count_of(event_type::call_ended) == 0);
    pbx.say("FullyBooted", "Uptime: 20\r\nStatus: Fully Booted\r\n");
    REQUIRE(events.count_of(event_type::call_ended) == 1);
    CHECK(events.of_type(event_type::call_ended)[0]->origin.synthetic);
}

TEST_CASE_METHOD(two_phones, "a Timestamp header is better than the time of arrival", "[tracker]") {
    pbx.say("Newchannel", "Timestamp: 1795228097.250000\r\n" + scripted_pbx::snapshot(caller, 4));
    const event& told = events.all().front();
    CHECK(told.origin.quality == time_quality::source);
    CHECK(told.time == timestamp(std::chrono::milliseconds(1'795'228'097'250)));
}

TEST_CASE_METHOD(two_phones, "names come without Asterisk's escapes", "[tracker]") {
    pbx.say("Newchannel", R"(CallerIDName: O\'Brien \"Bob\" \\ Sons)"
                          "\r\n" +
                              scripted_pbx::snapshot(caller, 4));
    CHECK(last(event_type::call_initiated).calling.name == R"(O'Brien "Bob" \ Sons)");
}
