// What holds of the events of any PBX, whatever it says.
#include <map>
#include <set>

#include <catch2/catch.hpp>

#include "tests/support/replayed_capture.h"

namespace {

using namespace callstream;
using namespace callstream::test;

bool is_call_or_leg(event_type type) {
    const auto family = info_of(type).family();
    return family == "call" || family == "leg";
}

struct lives {
    std::map<text, int> begun;
    std::map<text, int> ended;
    std::set<text> over;  // ended, or merged into another

    void begin(text id) {
        INFO(id);
        CHECK(++begun[id] == 1);
    }
    void end(text id) {
        INFO(id);
        CHECK(begun.count(id) == 1);
        CHECK(++ended[id] == 1);
        over.insert(id);
    }
};

void check_story(const recorded_events& events) {
    lives calls;
    lives legs;
    std::set<text> held;
    for (const event& told : events.all()) {
        CHECK(told.data.index() == data_index_of(told.type));
        CHECK_FALSE(told.partition.empty());
        CHECK_FALSE(told.subject.empty());
        if (!is_call_or_leg(told.type)) continue;
        const call_data& call = *call_data_of(told);
        INFO(info_of(told.type).name << " of call " << call.call_id << " leg " << call.leg_id);
        CHECK(told.partition == call.call_id);
        if (told.type == event_type::call_initiated) calls.begin(call.call_id);
        if (told.type == event_type::leg_created) legs.begin(call.leg_id);
        CHECK(calls.begun.count(call.call_id) == 1);
        CHECK(calls.over.count(call.call_id) == 0);
        if (info_of(told.type).family() == "leg") {
            CHECK(legs.begun.count(call.leg_id) == 1);
            CHECK(legs.over.count(call.leg_id) == 0);
        }
        if (told.type == event_type::call_held) CHECK(held.insert(call.leg_id).second);
        if (told.type == event_type::call_retrieved) CHECK(held.erase(call.leg_id) == 1);
        if (told.type == event_type::leg_ended) legs.end(call.leg_id);
        if (told.type == event_type::call_ended) calls.end(call.call_id);
        if (told.type == event_type::call_merged)
            calls.end(test::data_of<call_merged_data>(told).merged_call_id);
    }
    CHECK(calls.begun.size() == calls.ended.size());
    CHECK(legs.begun.size() == legs.ended.size());
}

std::vector<std::string> all_captures() {
    std::vector<std::string> names = capture_names();
    names.push_back("m_mixed");
    return names;
}

}  // namespace

TEST_CASE("every call and leg begins once, ends once and is silent afterwards", "[invariants]") {
    const std::string name = GENERATE(from_range(all_captures()));
    INFO(name);
    replayed_capture replayed(name);
    // Some runs were cut off; what was not seen to end ends in the long run.
    replayed.decoder.tick(now() + std::chrono::hours(24 * 365 * 20));
    check_story(replayed.events);
}
