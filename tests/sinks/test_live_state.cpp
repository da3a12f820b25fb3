#include <catch2/catch.hpp>

#include "tests/sinks/live_scene.h"

using callstream::sinks::live_kind;
using callstream::sinks::live_settings;
using callstream::sinks::test::live_scene;
using std::chrono::seconds;

namespace {

std::string call_data(const std::string& id, const std::string& state,
                      const std::string& more = {}) {
    return R"("call_id":")" + id + R"(","state":")" + state +
           R"(","direction":"inbound",)"
           R"("calling":{"number":"+49301","name":"Al","device":"PJSIP/t"},)"
           R"("started_at":"2026-11-27T12:00:00.000000Z")" +
           (more.empty() ? "" : "," + more);
}

std::string leg_data(const std::string& call, const std::string& leg, const std::string& device) {
    return call_data(call, "ringing",
                     R"("leg_id":")" + leg + R"(","leg":{"device":")" + device + R"("})");
}

std::string caller(const std::string& call, const std::string& more = {}) {
    return R"("call_id":")" + call + R"(","leg_id":")" + call +
           R"(","queue":"support","caller":{"number":"1","name":"A"})" +
           (more.empty() ? "" : "," + more);
}

std::string member(const std::string& device, const std::string& more = {}) {
    return R"("queue":"support","agent":"Alice","device":")" + device + "\"" +
           (more.empty() ? "" : "," + more);
}

constexpr auto call = live_kind::call;
constexpr auto queue = live_kind::queue;
constexpr auto agent = live_kind::agent;
constexpr auto extension = live_kind::extension;
constexpr auto trunk = live_kind::trunk;

}  // namespace

TEST_CASE("a call is there from its first event to its last", "[live]") {
    live_scene scene;
    scene.tell("call.initiated", 0, call_data("c1", "initiated"));
    CHECK(scene.field(call, "hq:c1", "state") == "initiated");
    CHECK(scene.field(call, "hq:c1", "calling.number") == "+49301");
    CHECK(scene.field(call, "hq:c1", "answering") == "null");
    scene.tell("call.ringing", 3, call_data("c1", "ringing"));
    CHECK(scene.field(call, "hq:c1", "state_since") == "2026-11-27T12:00:03.000000Z");
    scene.tell("call.dtmf", 4, call_data("c1", "ringing"));
    CHECK(scene.changes.empty());
    scene.tell("call.ended", 9, call_data("c1", "ended"));
    CHECK(scene.field(call, "hq:c1", "state") == "gone");
    REQUIRE(scene.changes.size() >= 1);
    CHECK(scene.changes.front().value.empty());
}

TEST_CASE("what is said of a call that is over brings it not back", "[live]") {
    live_scene scene;
    scene.tell("call.ended", 1, call_data("c1", "ended"));
    scene.tell("leg.ended", 1, call_data("c1", "connected", R"("leg_id":"l1")"));
    scene.tell("call.dtmf", 2, call_data("c1", "ended"));
    CHECK(scene.state.of(call).empty());
}

TEST_CASE("a call whose beginning was not seen is known from any of its events", "[live]") {
    live_scene scene;
    scene.tell("leg.bridged", 5, call_data("c1", "connected", R"("leg_id":"l1")"));
    CHECK(scene.field(call, "hq:c1", "state") == "connected");
    CHECK(scene.field(call, "hq:c1", "legs") == "1");
}

TEST_CASE("legs are counted, and are at their devices", "[live]") {
    live_scene scene;
    scene.tell("device.state_changed", 0, R"("device":"PJSIP/201","state":"idle")");
    scene.tell("leg.created", 1, leg_data("c1", "l1", "PJSIP/201"));
    scene.tell("leg.created", 1, leg_data("c1", "l2", "PJSIP/202"));
    CHECK(scene.field(call, "hq:c1", "legs") == "2");
    CHECK(scene.field(extension, "hq:PJSIP/201", "call_id") == "c1");
    scene.tell("leg.ended", 2, leg_data("c1", "l1", "PJSIP/201"));
    CHECK(scene.field(call, "hq:c1", "legs") == "1");
    CHECK(scene.field(extension, "hq:PJSIP/201", "call_id") == "null");
    CHECK(scene.field(extension, "hq:PJSIP/202", "call_id") == "c1");
    scene.tell("call.ended", 3, call_data("c1", "ended"));
    CHECK(scene.field(extension, "hq:PJSIP/202", "call_id") == "null");
}

TEST_CASE("of two calls that became one, one is left with all legs", "[live]") {
    live_scene scene;
    scene.tell("leg.created", 1, leg_data("c1", "l1", "PJSIP/201"));
    scene.tell("leg.created", 1, leg_data("c2", "l2", "PJSIP/202"));
    scene.tell("call.merged", 2, call_data("c1", "connected", R"("merged_call_id":"c2")"));
    CHECK(scene.field(call, "hq:c2", "state") == "gone");
    CHECK(scene.field(call, "hq:c1", "legs") == "2");
    CHECK(scene.field(extension, "hq:PJSIP/202", "call_id") == "c1");
}

TEST_CASE("a caller waits in a queue until an agent answers", "[live]") {
    live_scene scene;
    scene.tell("call.initiated", 0, call_data("c1", "initiated"));
    scene.tell("queue.caller_joined", 1, caller("c1", R"("position":1)"));
    scene.tell("queue.caller_joined", 2, caller("c2", R"("position":1)"));
    CHECK(scene.field(call, "hq:c1", "state") == "queued");
    CHECK(scene.field(queue, "hq:support", "waiting") == "2");
    CHECK(scene.field(queue, "hq:support", "longest_wait_since") == "2026-11-27T12:00:01.000000Z");
    CHECK(scene.field(queue, "hq:support", "service_level") == "null");
    scene.tell("queue.caller_left", 5, caller("c1"));
    scene.tell("agent.connected", 5,
               caller("c1", R"("agent":"Alice","device":"PJSIP/111","wait_seconds":4.0)"));
    CHECK(scene.field(call, "hq:c1", "state") == "initiated");
    CHECK(scene.field(queue, "hq:support", "waiting") == "1");
    CHECK(scene.field(queue, "hq:support", "answered") == "1");
    CHECK(scene.field(queue, "hq:support", "left") == "0");
    CHECK(scene.field(queue, "hq:support", "offered") == "2");
    CHECK(scene.field(queue, "hq:support", "service_level") == "1");
}

TEST_CASE("who gives up abandoned, whom the queue sends on has left", "[live]") {
    live_scene scene;
    for (const char* const id : {"c1", "c2", "c3"})
        scene.tell("queue.caller_joined", 1, caller(id));
    scene.tell("queue.caller_abandoned", 5, caller("c1"));
    scene.tell("queue.caller_left", 5, caller("c1"));
    scene.tell("queue.caller_left", 6, caller("c2"));
    scene.tell("queue.caller_left", 7, caller("c3"));
    scene.tell("agent.connected", 40,
               caller("c3", R"("agent":"Alice","device":"PJSIP/111","wait_seconds":39.0)"));
    CHECK(scene.field(queue, "hq:support", "abandoned") == "1");
    CHECK(scene.field(queue, "hq:support", "left") == "1");
    CHECK(scene.field(queue, "hq:support", "answered") == "1");
    CHECK(scene.field(queue, "hq:support", "answered_in_time") == "0");
    CHECK(scene.field(queue, "hq:support", "service_level") == "0");
    CHECK(scene.field(queue, "hq:support", "waiting") == "0");
}

TEST_CASE("counts of a queue begin anew at the PBX's midnight, not at ours", "[live]") {
    live_settings settings;
    settings.zones["hq"] = "Asia/Shanghai";  // where it is 20:00 at our noon
    live_scene scene(settings);
    scene.tell("queue.caller_joined", 0, caller("c1"));
    CHECK(scene.field(queue, "hq:support", "day") == "2026-11-27");
    scene.tell("queue.caller_joined", 4 * 3600 - 1, caller("c2"));
    CHECK(scene.field(queue, "hq:support", "offered") == "2");
    scene.state.tick(live_scene::noon + seconds(4 * 3600));
    scene.state.take_changes();
    CHECK(scene.field(queue, "hq:support", "day") == "2026-11-28");
    CHECK(scene.field(queue, "hq:support", "offered") == "0");
    CHECK(scene.field(queue, "hq:support", "waiting") == "2");
}

TEST_CASE("an agent rings, talks, is paused, and goes", "[live]") {
    live_scene scene;
    scene.tell("agent.logged_on", 0, member("PJSIP/111", R"("state":"idle","paused":false)"));
    CHECK(scene.field(agent, "hq:PJSIP/111", "status") == "ready");
    CHECK(scene.field(queue, "hq:support", "members.ready") == "1");
    scene.tell("agent.called", 1, caller("c1", R"("agent":"Alice","device":"PJSIP/111")"));
    CHECK(scene.field(agent, "hq:PJSIP/111", "status") == "ringing");
    CHECK(scene.field(agent, "hq:PJSIP/111", "call_id") == "c1");
    scene.tell("agent.connected", 3, caller("c1", R"("agent":"Alice","device":"PJSIP/111")"));
    CHECK(scene.field(queue, "hq:support", "members.busy") == "1");
    scene.tell("agent.completed", 9, caller("c1", R"("agent":"Alice","device":"PJSIP/111")"));
    CHECK(scene.field(agent, "hq:PJSIP/111", "status") == "ready");
    CHECK(scene.field(agent, "hq:PJSIP/111", "call_id") == "null");
    scene.tell("agent.not_ready", 10, member("PJSIP/111", R"("paused":true,"reason":"lunch")"));
    CHECK(scene.field(agent, "hq:PJSIP/111", "status") == "paused");
    CHECK(scene.field(agent, "hq:PJSIP/111", "reason") == "lunch");
    CHECK(scene.field(queue, "hq:support", "members.paused") == "1");
    scene.tell("agent.logged_off", 20, member("PJSIP/111"));
    CHECK(scene.field(agent, "hq:PJSIP/111", "status") == "gone");
    CHECK(scene.field(queue, "hq:support", "members.total") == "0");
}

TEST_CASE("an agent who is paused in one queue is not paused", "[live]") {
    live_scene scene;
    scene.tell("agent.logged_on", 0, member("PJSIP/111"));
    scene.tell("agent.logged_on", 0, R"("queue":"sales","agent":"Alice","device":"PJSIP/111")");
    scene.tell("agent.not_ready", 1, member("PJSIP/111", R"("paused":true)"));
    CHECK(scene.field(agent, "hq:PJSIP/111", "status") == "ready");
    CHECK(scene.field(queue, "hq:support", "members.paused") == "1");
    CHECK(scene.field(queue, "hq:sales", "members.ready") == "1");
    scene.tell("agent.not_ready", 2, R"("queue":null,"device":"PJSIP/111","paused":true)");
    CHECK(scene.field(agent, "hq:PJSIP/111", "status") == "paused");
}

TEST_CASE("a device is registered while one of its contacts is", "[live]") {
    live_scene scene;
    const auto contact = [&scene](int second, const char* state, const char* address) {
        scene.tell("device.registration_changed", second,
                   std::string(R"("device":"PJSIP/201","state":")") + state + R"(","address":")" +
                       address + '"');
    };
    contact(0, "nonqualified", "sip:201@192.0.2.1");
    contact(1, "reachable", "sip:201@192.0.2.2");
    contact(2, "removed", "sip:201@192.0.2.2");
    CHECK(scene.field(extension, "hq:PJSIP/201", "registration") == "registered");
    contact(3, "removed", "sip:201@192.0.2.1");
    CHECK(scene.field(extension, "hq:PJSIP/201", "registration") == "unregistered");
}

TEST_CASE("a device that calls use as their trunk is no extension", "[live]") {
    live_scene scene;
    scene.tell("device.state_changed", 0, R"("device":"PJSIP/sip-a","state":"idle")");
    CHECK(scene.field(extension, "hq:PJSIP/sip-a", "state") == "idle");
    scene.tell("call.initiated", 1, call_data("c1", "initiated", R"("trunk":"sip-a")"));
    CHECK(scene.field(extension, "hq:PJSIP/sip-a", "state") == "gone");
    CHECK(scene.field(trunk, "hq:sip-a", "calls") == "1");
    scene.tell("device.state_changed", 2, R"("device":"PJSIP/sip-a","state":"in-use")");
    CHECK(scene.field(extension, "hq:PJSIP/sip-a", "state") == "gone");
    scene.tell("call.ended", 3, call_data("c1", "ended"));
    CHECK(scene.field(trunk, "hq:sip-a", "calls") == "0");
}

TEST_CASE("queues and rooms are no extensions, and hints count where nothing better is told",
          "[live]") {
    live_scene scene;
    for (const char* const device : {"Queue:support", "confbridge:801", "Local/201@x", "Agent/7"})
        scene.tell("device.state_changed", 0,
                   std::string(R"("device":")") + device + R"(","state":"idle")");
    CHECK(scene.state.of(extension).empty());
    scene.tell("device.state_changed", 1,
               R"("device":"201","state":"ringing","context":"ext-local")");
    CHECK(scene.field(extension, "hq:201", "state") == "ringing");
    scene.tell("device.state_changed", 2, R"("device":"PJSIP/201","state":"in-use")");
    CHECK(scene.field(extension, "hq:201", "state") == "gone");
    CHECK(scene.field(extension, "hq:PJSIP/201", "state") == "busy");
}

TEST_CASE("a source tells of the last gap until the next", "[live]") {
    live_scene scene;
    const auto state = [&scene] { return scene.field(live_kind::source, "hq", "state"); };
    scene.tell("source.connected", 0, R"("transport":"ami","address":"192.0.2.9:5038")");
    CHECK(state() == "resyncing");
    scene.tell("source.resynced", 1, R"("transport":"ami","missing_count":0)");
    CHECK(state() == "connected");
    scene.tell("source.disconnected", 2, R"("transport":"ami","reason":"it vanished")");
    CHECK(state() == "disconnected");
    CHECK(scene.field(live_kind::source, "hq", "reason") == "it vanished");
    scene.tell("source.connected", 5, R"("transport":"ami")");
    scene.tell("source.gap", 5, R"("from":"a","to":"b","missing_count":null)");
    scene.tell("source.resynced", 6, R"("missing_count":7)");
    CHECK(scene.field(live_kind::source, "hq", "gap.missing_count") == "7");
    scene.tell("source.overload", 7, R"("missing_count":12)");
    CHECK(scene.field(live_kind::source, "hq", "shed_count") == "12");
}

TEST_CASE("a minute of activity counts what happened in it, and grows old", "[live]") {
    live_scene scene;
    scene.tell("call.initiated", 0, call_data("c1", "initiated"));
    scene.tell("call.initiated", 61, call_data("c2", "initiated"));
    CHECK(scene.state.of(live_kind::activity).at("hq").find("12:01:00") != std::string::npos);
    scene.state.tick(live_scene::noon + std::chrono::minutes(60));
    scene.state.take_changes();
    CHECK(scene.state.of(live_kind::activity).at("hq").find("12:00:00") == std::string::npos);
    CHECK(scene.state.of(live_kind::activity).at("hq").find("12:01:00") != std::string::npos);
}

TEST_CASE("events that are no JSON are counted and change nothing", "[live]") {
    live_scene scene;
    scene.tell("call.initiated", 0, "not json");
    CHECK(scene.state.malformed_count() == 1);
    CHECK(scene.changes.empty());
}

TEST_CASE("what came and is gone is told to somebody who may have heard of it", "[live]") {
    live_scene scene;
    scene.state.tell_touched(true);
    scene.tell("call.initiated", 0, call_data("c1", "initiated"));
    scene.state.tell_touched(false);
    scene.tell("call.ended", 0, call_data("c1", "ended"));
    CHECK(scene.changes.size() == 1);
    scene.tell("call.ended", 0, call_data("c1", "ended"));
    CHECK(scene.changes.empty());
}

TEST_CASE("two PBXes do not mix", "[live]") {
    live_scene scene;
    scene.tell("call.initiated", 0, call_data("c1", "initiated"), "hq");
    scene.tell("call.initiated", 0, call_data("c1", "initiated"), "lab");
    scene.tell("call.ended", 1, call_data("c1", "ended"), "lab");
    CHECK(scene.field(call, "hq:c1", "state") == "initiated");
    CHECK(scene.field(call, "lab:c1", "state") == "gone");
}

TEST_CASE("a call stays in conference until its last party has left", "[live]") {
    live_scene scene;
    const auto party = [](const std::string& leg) {
        return R"("call_id":"c1","leg_id":")" + leg + R"(","conference":"801")";
    };
    scene.tell("call.answered", 0,
               call_data("c1", "connected", R"("answered_at":"2026-11-27T12:00:00.000000Z")"));
    for (const char* const leg : {"l1", "l2", "l3", "l3"})
        scene.tell("conference.joined", 1, party(leg));
    for (const char* const leg : {"l1", "l2"}) {
        scene.tell("conference.left", 2, party(leg));
        CHECK(scene.field(call, "hq:c1", "state") == "conferenced");
        CHECK(scene.field(call, "hq:c1", "state_since") == "2026-11-27T12:00:01.000000Z");
    }
    scene.tell("conference.left", 3, party("l3"));
    CHECK(scene.field(call, "hq:c1", "state") == "connected");
}

TEST_CASE("a phone in a call is not idle, whatever is told of it", "[live]") {
    live_scene scene;
    for (const char* const device : {"PJSIP/t", "PJSIP/201"})
        scene.tell("device.state_changed", 0,
                   R"("device":")" + std::string(device) + R"(","state":"idle")");
    scene.tell("leg.created", 1, leg_data("c1", "l1", "PJSIP/t"));  // the caller's
    CHECK(scene.field(extension, "hq:PJSIP/t", "state") == "busy");
    CHECK(scene.field(extension, "hq:PJSIP/t", "since") == "2026-11-27T12:00:01.000000Z");
    scene.tell("leg.created", 1, leg_data("c1", "l2", "PJSIP/201"));
    CHECK(scene.field(extension, "hq:PJSIP/201", "state") == "idle");
    scene.tell("leg.ringing", 2, leg_data("c1", "l2", "PJSIP/201"));
    CHECK(scene.field(extension, "hq:PJSIP/201", "state") == "ringing");
    scene.tell("leg.answered", 3, leg_data("c1", "l2", "PJSIP/201"));
    CHECK(scene.field(extension, "hq:PJSIP/201", "state") == "busy");
    scene.tell("leg.ended", 4, leg_data("c1", "l2", "PJSIP/201"));
    CHECK(scene.field(extension, "hq:PJSIP/201", "state") == "idle");
}

TEST_CASE("a call that was at a number's hint is at its device when that is told of", "[live]") {
    live_scene scene;
    scene.tell("device.state_changed", 0,
               R"("device":"201","context":"ext-local","state":"in-use")");
    scene.tell("leg.created", 1, leg_data("c1", "l1", "PJSIP/201"));
    CHECK(scene.field(extension, "hq:201", "call_id") == "c1");
    scene.tell("device.state_changed", 2, R"("device":"PJSIP/201","state":"in-use")");
    CHECK(scene.field(extension, "hq:201", "state") == "gone");
    CHECK(scene.field(extension, "hq:PJSIP/201", "call_id") == "c1");
    scene.tell("leg.ended", 3, leg_data("c1", "l1", "PJSIP/201"));
    CHECK(scene.field(extension, "hq:PJSIP/201", "call_id") == "null");
}

TEST_CASE("a trunk counts the calls that are at it, not those that were", "[live]") {
    live_scene scene;
    const auto with = [](const std::string& leg, const std::string& device, const std::string& of) {
        return leg_data("c1", leg, device) + R"(,"trunk":")" + of + '"';
    };
    scene.tell("leg.created", 0, with("l1", "PJSIP/sip-a", "sip-a"));
    scene.tell("leg.created", 1, with("l2", "PJSIP/sip-b", "sip-a"));
    CHECK(scene.field(trunk, "hq:sip-a", "calls") == "1");
    scene.tell("leg.ringing", 2, with("l2", "PJSIP/sip-b", "sip-b"));
    CHECK(scene.field(trunk, "hq:sip-b", "calls") == "1");
    CHECK(scene.field(trunk, "hq:sip-a", "calls") == "1");  // in by one, out by the other
    scene.tell("leg.ended", 3, with("l2", "PJSIP/sip-b", "sip-b"));
    CHECK(scene.field(trunk, "hq:sip-b", "calls") == "0");
    CHECK(scene.field(trunk, "hq:sip-a", "calls") == "1");
    // Where no connections are told of, what the call says counts.
    scene.tell("call.initiated", 4, R"("call_id":"c2","state":"initiated","trunk":"sip-b")");
    CHECK(scene.field(trunk, "hq:sip-b", "calls") == "1");
    scene.tell("call.ended", 5, R"("call_id":"c2","state":"ended","trunk":"sip-b")");
    CHECK(scene.field(trunk, "hq:sip-b", "calls") == "0");
}

TEST_CASE("an agent who was removed while the phone rang is no agent again by its end", "[live]") {
    live_scene scene;
    scene.tell("agent.logged_on", 0, member("PJSIP/111"));
    scene.tell("agent.called", 1, member("PJSIP/111", R"("call_id":"c1")"));
    scene.tell("agent.logged_off", 2, member("PJSIP/111"));
    scene.tell("agent.ring_no_answer", 3, member("PJSIP/111", R"("call_id":"c1")"));
    CHECK(scene.field(agent, "hq:PJSIP/111", "status") == "gone");
    CHECK(scene.field(queue, "hq:support", "members.total") == "0");
}

TEST_CASE("a state that an earlier version stored is gone on from", "[live]") {
    callstream::json_document document;
    const auto stored = document.parse(R"({"format":1,
        "trunks":[["hq","sip-a","Registered","",""]],
        "extensions":[["hq","PJSIP/201","busy","2026-11-27T12:00:00.000000Z","sip:x",
                       ["sip:x",true],["l2","c1"]]],
        "calls":[["hq","c1","connected","inbound",["1","A","PJSIP/sip-a"],["2","B",""],["","",""],
                  "","","sip-a","","","",["l1","PJSIP/sip-a","l2","PJSIP/201"]]],
        "queues":[["hq","support","2026-11-27",7,5,4,1,1,[],[]]],
        "agents":[],"sources":[],"activities":[]})");
    REQUIRE(stored);
    live_scene scene;
    REQUIRE(scene.state.restore(*stored));
    CHECK(scene.field(trunk, "hq:sip-a", "calls") == "1");
    CHECK(scene.field(extension, "hq:PJSIP/201", "state") == "busy");
    CHECK(scene.field(extension, "hq:PJSIP/201", "registration") == "registered");
    CHECK(scene.field(extension, "hq:PJSIP/201", "call_id") == "c1");
    CHECK(scene.field(queue, "hq:support", "offered") == "7");
    scene.tell("call.ended", 1, call_data("c1", "ended"));
    CHECK(scene.field(trunk, "hq:sip-a", "calls") == "0");
    CHECK(scene.field(extension, "hq:PJSIP/201", "call_id") == "null");
}

TEST_CASE("a phone no longer rings for a caller who has left the queue", "[live]") {
    live_scene scene;
    for (const char* const device : {"PJSIP/111", "PJSIP/112"})
        scene.tell("agent.logged_on", 0, member(device));
    scene.tell("queue.caller_joined", 1, caller("c1"));
    scene.tell("agent.called", 2, member("PJSIP/111", R"("call_id":"c1")"));
    scene.tell("agent.called", 2, member("PJSIP/112", R"("call_id":"c2")"));
    CHECK(scene.field(queue, "hq:support", "members.ringing") == "2");
    scene.tell("queue.caller_abandoned", 3, caller("c1"));
    CHECK(scene.field(agent, "hq:PJSIP/111", "status") == "ready");
    CHECK(scene.field(agent, "hq:PJSIP/111", "call_id") == "null");
    CHECK(scene.field(agent, "hq:PJSIP/112", "status") == "ringing");
    CHECK(scene.field(queue, "hq:support", "members.ringing") == "1");
}
