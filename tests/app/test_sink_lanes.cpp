// Topics and streams by family and PBX, and what each lane gets.
#include <string>
#include <variant>
#include <vector>

#include <catch2/catch.hpp>

#include "app/sink_lanes.h"
#include "app/sink_shaper.h"

using namespace callstream;
using namespace callstream::app;

namespace {

using lines = std::vector<std::string>;

sink_settings redis_to(const std::string& stream) {
    sinks::redis_settings redis;
    redis.name = "live";
    redis.stream = stream;
    sink_settings sink;
    sink.name = "live";
    sink.target = redis;
    return sink;
}

std::vector<pbx_settings> pbxes() {
    std::vector<pbx_settings> both(2);
    both[0].name = "hq";
    both[1].name = "branch";
    return both;
}

lines shown(const std::vector<sink_settings>& lanes) {
    lines all;
    for (const sink_settings& lane : lanes) {
        const auto& redis = std::get<sinks::redis_settings>(lane.target);
        CHECK(redis.name == lane.name);
        all.push_back(lane.name + " -> " + redis.stream);
    }
    return all;
}

record record_of(event_type type, std::string_view pbx) {
    record made;
    made.type = type;
    made.pbx = pbx;
    return made;
}

}  // namespace

TEST_CASE("a name without a template is one lane, the sink itself", "[lanes]") {
    CHECK(shown(lanes_of(redis_to("calls.events"), pbxes())) == lines{"live -> calls.events"});
    CHECK(build_shaper(redis_to("calls.events"), {}).value() == nullptr);
}

TEST_CASE("a lane for each PBX and each family that can have events", "[lanes]") {
    CHECK(shown(lanes_of(redis_to("calls.{pbx}"), pbxes())) ==
          lines{"live.hq -> calls.hq", "live.branch -> calls.branch"});
    sink_settings sink = redis_to("{pbx}.{family}.{pbx}");
    sink.filter.include.types = {"call.*", "agent.connected"};
    sink.filter.exclude.types = {"source.*"};
    sink.filter.include.pbxes = {"hq"};
    CHECK(shown(lanes_of(sink, pbxes())) ==
          lines{"live.hq.agent -> hq.agent.hq", "live.hq.call -> hq.call.hq"});
    const auto all = shown(lanes_of(redis_to("calls.{family}"), pbxes()));
    CHECK(all.size() >= 15);
    CHECK(all.front() == "live.agent -> calls.agent");
}

TEST_CASE("together the lanes get every event once", "[lanes]") {
    const std::string stream = GENERATE("{family}", "{pbx}", "{pbx}-{family}");
    const auto lanes = lanes_of(redis_to(stream), pbxes());
    for (const event_type_info& info : event_types)
        for (const char* pbx : {"hq", "branch"}) {
            int taken = 0;
            for (const sink_settings& lane : lanes)
                taken += build_shaper(lane, {}).value()->wants(record_of(info.type, pbx)) ? 1 : 0;
            CHECK(taken == 1);
        }
}

TEST_CASE("only what is known stands for something", "[lanes]") {
    CHECK(problem_of_template("calls.{family}.{pbx}").empty());
    for (const char* wrong : {"{type}", "calls.{family", "}", "{}"})
        CHECK_FALSE(problem_of_template(wrong).empty());
}
