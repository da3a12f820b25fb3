#include <map>
#include <random>
#include <string>

#include <catch2/catch.hpp>

#include "parsers/call_table.h"

using namespace callstream;
using namespace callstream::parsers;

namespace {

constexpr timestamp start{};

struct named {
    bounded_id id;
};

}  // namespace

TEST_CASE("an id map finds what was put in, in any order of coming and going", "[call_table]") {
    id_map<named> map;
    std::map<std::string, named> truth;
    std::minstd_rand random(7);
    for (int i = 0; i < 20'000; ++i) {
        const std::string id = std::to_string(random() % 500);
        const auto found = truth.find(id);
        CHECK((map.find(id) != nullptr) == (found != truth.end()));
        if (found == truth.end()) {
            named& record = truth[id];
            record.id.assign(id);
            map.insert(record);
        } else {
            map.erase(found->second);
            truth.erase(found);
        }
    }
    CHECK(map.size() == truth.size());
    for (const auto& [id, record] : truth)
        CHECK(map.find(id) == &record);
}

TEST_CASE("a merged call's id leads to the survivor, also over several merges", "[call_table]") {
    call_table table;
    call_record& a = table.add_call("a", start);
    call_record& b = table.add_call("b", start);
    call_record& c = table.add_call("c", start);
    for (call_record* call : {&a, &b, &c})
        table.add_leg(call->id.view(), *call);
    table.merge(c, b);
    table.merge(b, a);
    for (const text id : {"a", "b", "c"}) {
        CHECK(table.find_call(id) == &a);
        CHECK(table.find_leg(id)->call == &a);
    }
    CHECK(a.live_leg_count == 3);
    for (const text id : {"a", "b", "c"})
        table.end_leg(*table.find_leg(id), start);
    table.end_call(a);
    table.forget_ended_before(start + duration(1));
    CHECK(table.call_count() == 0);
    CHECK(table.leg_count() == 0);
}

TEST_CASE("an ended call is found until its last leg is forgotten", "[call_table]") {
    call_table table;
    call_record& call = table.add_call("a", start);
    leg_record& first = table.add_leg("1", call);
    leg_record& second = table.add_leg("2", call);
    table.end_leg(first, start);
    table.end_leg(second, start + std::chrono::minutes(1));
    table.end_call(call);
    table.forget_ended_before(start + std::chrono::seconds(1));
    CHECK(table.find_leg("1") == nullptr);
    CHECK(table.find_call("a") == &call);
    table.forget_ended_before(start + std::chrono::minutes(2));
    CHECK(table.find_call("a") == nullptr);
}

TEST_CASE("a bridge is there while somebody is in it", "[call_table]") {
    call_table table;
    call_record& call = table.add_call("a", start);
    leg_record& first = table.add_leg("1", call);
    leg_record& second = table.add_leg("2", call);
    bridge_record& bridge = table.add_bridge("b");
    table.enter_bridge(first, bridge);
    table.enter_bridge(second, bridge);
    table.enter_bridge(second, bridge);
    CHECK(bridge.leg_count == 2);
    table.leave_bridge(first);
    CHECK(table.find_bridge("b") == &bridge);
    table.end_leg(second, start);
    CHECK(table.find_bridge("b") == nullptr);
}
