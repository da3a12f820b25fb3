#include <cstdlib>
#include <ctime>
#include <string>

#include <catch2/catch.hpp>

#include "sinks/readable_line.h"
#include "tests/sinks/sample_record.h"

using namespace callstream;
using namespace callstream::sinks;
using namespace std::chrono_literals;
using test::sample_record;

namespace {

struct in_utc {
    in_utc() {
        setenv("TZ", "UTC", 1);
        tzset();
    }
};

std::string line_of(readable_line& lines, event_type type, const std::string& data,
                    std::string_view pbx = "hq") {
    static const in_utc zone;
    sample_record sample({{attribute::data, data}});
    sample.viewed.type = type;
    sample.viewed.pbx = pbx;
    sample.viewed.time = timestamp{1785416001512345us};
    std::string out;
    lines.append(out, sample.viewed);
    return out;
}

std::string line_of(event_type type, const std::string& data) {
    readable_line lines(false);
    return line_of(lines, type, data);
}

const std::string alice_calls_reception =
    R"("call_id":"1753880000.42","calling":{"number":"+49301234","name":"Alice","device":null},)"
    R"("called":{"number":"200","name":"Reception","device":null},)";

std::string call(const std::string& more) {
    return "{" + alice_calls_reception + more + "}";
}

}  // namespace

TEST_CASE("calls are one aligned line each", "[sinks]") {
    CHECK(line_of(event_type::call_initiated, call(R"("direction":"inbound","trunk":"sip-a")")) ==
          "12:53:21.512  call.initiated       #42    +49301234 \"Alice\" -> 200 \"Reception\"   "
          "inbound via sip-a\n");
    CHECK(line_of(event_type::call_ringing, call(R"("queue":null)")) ==
          "12:53:21.512  call.ringing         #42    +49301234 \"Alice\" -> 200 \"Reception\"\n");
    CHECK(line_of(event_type::call_answered,
                  call(R"("answering":{"number":"201","name":null,"device":"PJSIP/201"},)"
                       R"("ring_seconds":4.0)")) ==
          "12:53:21.512  call.answered        #42    +49301234 \"Alice\" -> 200 \"Reception\"   "
          "by 201 PJSIP/201   after 4.0 s\n");
    CHECK(line_of(event_type::call_ended,
                  call(R"("disposition":"answered","talk_seconds":205.04,"ring_seconds":4.0,)"
                       R"("cause":{"q850":16,"text":"Normal Clearing"})")) ==
          "12:53:21.512  call.ended           #42    +49301234 \"Alice\" -> 200 \"Reception\"   "
          "answered   talked 3 min 25 s   rang 4.0 s   Normal Clearing\n");
    CHECK(line_of(event_type::call_failed,
                  call(R"("disposition":"busy","ring_seconds":null,"cause":{"q850":17})")) ==
          "12:53:21.512  call.failed          #42    +49301234 \"Alice\" -> 200 \"Reception\"   "
          "busy   17\n");
}

TEST_CASE("what changes in a call is said in words", "[sinks]") {
    const auto what = [](event_type type, const std::string& more) {
        const std::string line = line_of(type, "{" + more + "}");
        return line.substr(42, line.size() - 43);
    };
    CHECK(what(event_type::call_transferred,
               R"("kind":"blind","transferrer":{"number":"201"},"target":{"number":"300"})") ==
          "blind   by 201   to 300");
    CHECK(what(event_type::call_diverted,
               R"("kind":"pickup","target":{"number":"205"},"diverting":{"number":"201"})") ==
          "picked up by 205   from 201");
    CHECK(what(event_type::call_diverted,
               R"("kind":"forward","target":{"number":"+4917"},"diverting":{"name":"Bob"})") ==
          "forwarded to +4917   from \"Bob\"");
    CHECK(what(event_type::call_parked,
               R"("space":"701","parker":"PJSIP/201","timeout_seconds":45.0)") ==
          "in 701   by PJSIP/201   comes back after 45.0 s");
    CHECK(what(event_type::call_unparked, R"("reason":"timeout","parked_seconds":45.0)") ==
          "nobody fetched it   after 45.0 s");
    CHECK(what(event_type::call_unparked,
               R"("reason":"retrieved","retriever":{"number":"205"},"parked_seconds":3725)") ==
          "fetched by 205   after 1 h 02 min");
    CHECK(what(event_type::call_dtmf, R"("digit":"5","dtmf_direction":"sent")") == "key 5   sent");
    CHECK(what(event_type::call_merged, R"("merged_call_id":"1753880000.40")") == "takes over #40");
}

TEST_CASE("queues and agents are said in words", "[sinks]") {
    CHECK(line_of(event_type::queue_caller_joined,
                  R"({"call_id":"1.42","queue":"support","caller":{"number":"0301"},)"
                  R"("position":2,"waiting":3})") ==
          "12:53:21.512  queue.caller_joined  #42    0301 -> support                        "
          "place 2   3 waiting\n");
    CHECK(line_of(event_type::queue_caller_abandoned,
                  R"({"call_id":"1.42","queue":"support","caller":{"number":"0301"},)"
                  R"("wait_seconds":59.96,"waiting":0})") ==
          "12:53:21.512  queue.caller_abandoned #42  0301 -> support                        "
          "gave up after 1 min 00 s   0 still waiting\n");
    CHECK(line_of(event_type::agent_connected,
                  R"({"call_id":"1.42","queue":"support","agent":"Bob","device":"PJSIP/201",)"
                  R"("caller":{"number":"0301"},"wait_seconds":12.0,"ring_seconds":3.5})") ==
          "12:53:21.512  agent.connected      #42    0301 -> Bob PJSIP/201                  "
          "queue support   caller waited 12.0 s   rang 3.5 s\n");
    CHECK(line_of(event_type::agent_not_ready,
                  R"({"call_id":null,"queue":null,"agent":"Bob","caller":{"number":null},)"
                  R"("paused":true,"reason":"lunch"})") ==
          "12:53:21.512  agent.not_ready             Bob                                    "
          "lunch\n");
}

TEST_CASE("facts beside calls are said in words", "[sinks]") {
    CHECK(line_of(event_type::device_registration_changed,
                  R"({"device":"PJSIP/201","state":"Reachable","address":"192.0.2.7"})") ==
          "12:53:21.512  device.registration_changed PJSIP/201                              "
          "Reachable   from 192.0.2.7\n");
    CHECK(line_of(event_type::trunk_status_changed,
                  R"({"trunk":"sip-a","status":"Unregistered","reason":"timeout"})") ==
          "12:53:21.512  trunk.status_changed        sip-a                                  "
          "Unregistered   timeout\n");
    CHECK(line_of(event_type::source_connected,
                  R"({"transport":"ami","address":"192.0.2.10:5038","version":"Asterisk 20"})") ==
          "12:53:21.512  source.connected            ami   192.0.2.10:5038                  "
          "Asterisk 20\n");
    CHECK(line_of(event_type::vendor_event,
                  R"({"call_id":null,"verified":true,"headers":[["Event","Newexten"],)"
                  R"(["Privilege","dialplan"],["Channel","PJSIP/1"],["Extension","200"]],)"
                  R"("vendor":{"family":"asterisk","event":"Newexten"}})") ==
          "12:53:21.512  vendor.event                Newexten                               "
          "Channel PJSIP/1   Extension 200\n");
}

TEST_CASE("every type has a line, whatever its data is", "[sinks]") {
    const std::string data = GENERATE("{}", "null", "[]", "not JSON", R"({"calling":5})");
    for (const event_type_info& info : event_types) {
        const std::string line = line_of(info.type, data);
        CHECK(line.find(info.name) == 14);
        CHECK(line.find('\n') == line.size() - 1);
    }
}

TEST_CASE("a caller's name cannot command the terminal", "[sinks]") {
    const std::string line = line_of(
        event_type::call_ringing,
        R"({"calling":{"name":"a\u001b[31mb\nc\u009b2Jd\u007f"},"called":{"number":"200"}})");
    CHECK(line.find("\"a?[31mb?c?2Jd?\" -> 200\n") != std::string::npos);
}

TEST_CASE("long texts are cut between letters", "[sinks]") {
    std::string name;
    for (int i = 0; i < 100; ++i)
        name += "ä";
    const std::string line =
        line_of(event_type::call_ringing, R"({"calling":{"name":")" + name + R"("}})");
    CHECK(line.substr(42) == "\"" + name.substr(0, 80) + "…\"\n");
}

TEST_CASE("columns are aligned by letters, not by bytes", "[sinks]") {
    const std::string line = line_of(event_type::call_held,
                                     R"({"calling":{"name":"Jürgen Großmann"},)"
                                     R"("called":{"number":"200"},"answering":{"number":"201"}})");
    CHECK(line.substr(42) == "\"Jürgen Großmann\" -> 200               with 201\n");
}

TEST_CASE("a second PBX brings a column of its own", "[sinks]") {
    readable_line lines(false);
    CHECK(line_of(lines, event_type::call_ringing, "{}", "branch") ==
          "12:53:21.512  call.ringing\n");
    CHECK(line_of(lines, event_type::call_ringing, "{}", "hq") ==
          "12:53:21.512  hq      call.ringing\n");
    CHECK(line_of(lines, event_type::call_ringing, "{}", "branch") ==
          "12:53:21.512  branch  call.ringing\n");
}

TEST_CASE("colour marks the type and dims what is quiet", "[sinks]") {
    readable_line lines(true);
    CHECK(line_of(lines, event_type::call_answered, R"({"call_id":"1.42"})") ==
          "12:53:21.512  \x1b[32mcall.answered\x1b[0m        #42\n");
    CHECK(line_of(lines, event_type::leg_created, R"({"call_id":"1.42","channel":"PJSIP/1"})") ==
          "\x1b[2m12:53:21.512  leg.created          #42    PJSIP/1\x1b[0m\n");
}
