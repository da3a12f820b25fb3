#include <string>

#include <catch2/catch.hpp>

#include "parsers/voipmonitor_state.h"
#include "tests/parsers/state_words.h"

using namespace callstream;
using namespace callstream::parsers;
using namespace callstream::test;

namespace {

using namespace std::chrono_literals;

constexpr timestamp noon{std::chrono::seconds(1'670'846'400)};  // 2022-12-12T12:00:00Z

constexpr std::string_view columns =
    R"(["callreference","callid","caller","callername","called","calldate","duration",)"
    R"("connect_duration","lastSIPresponseNum"])";

std::string row(std::string_view id, std::string_view connected, std::string_view response) {
    return std::string(R"(["0x7f0e4c3c2680",")")
        .append(id)
        .append(R"(","101","Zoë","102","2022-12-12 12:59:00","60",")")
        .append(connected)
        .append("\",\"")
        .append(response)
        .append("\"]");
}

struct calls {
    event_words words;
    kept_values kept;
    voipmonitor_calls list{{"Europe/Berlin"}, words, &kept};

    std::string of(const std::string& rows, timestamp at = noon) {
        const std::string body =
            rows.empty() ? "[]" : std::string("[").append(columns).append(",").append(rows) + "]";
        CHECK(list.read(body, at).problem == "");
        return std::exchange(words.text, {});
    }
};

}  // namespace

TEST_CASE("a list of calls is told by what differs from the one before", "[voipmonitor]") {
    calls here;
    const std::string begun = here.of(row("a@h", "", "100"));
    CHECK(count_of(begun) == 1);
    CHECK(has(begun, "  call.initiated a@h 2022-12-12T11:59:00"));
    CHECK(has(begun, R"("state":"initiated")"));
    CHECK(has(begun, R"("calling":{"number":"101","name":"Zoë"},"called":{"number":"102"})"));
    CHECK(has(begun, R"("time_quality":"source-seconds","synthetic":true)"));
    CHECK(has(begun, R"("vendor":{"family":"voipmonitor","event":"listActiveCalls"})"));
    CHECK(here.of(row("a@h", "", "100")) == "");

    const std::string rings = here.of(row("a@h", "", "180"));
    CHECK(has(rings, "  call.ringing a@h 2022-12-12T12:00:00"));
    CHECK(has(rings, R"("time_quality":"received","synthetic":true)"));
    const std::string answered = here.of(row("a@h", "4", "200"), noon + 10s);
    CHECK(count_of(answered) == 1);
    CHECK(has(answered, "  call.answered a@h 2022-12-12T12:00:06"));
    CHECK(has(answered, R"("answered_at":"2022-12-12T12:00:06.000000Z")"));
    CHECK(here.of(row("a@h", "9", "200"), noon + 15s) == "");

    const std::string ended = here.of("", noon + 20s);
    CHECK(count_of(ended) == 1);
    CHECK(has(ended, "  call.ended a@h 2022-12-12T12:00:20"));
    CHECK(has(ended, R"("disposition":"answered")"));
    CHECK(has(ended, R"("talk_seconds":14)"));
    CHECK(here.list.call_count() == 0);
    CHECK(here.kept.values.empty());
}

TEST_CASE("calls are listed as objects as well, with numbers or without", "[voipmonitor]") {
    calls here;
    for (const std::string_view body :
         {R"([{"callid":"x","caller":101,"called":"102","calldate":"2022-12-12 12:59:00",)"
          R"("duration":"60","connect_duration":null,"lastSIPresponseNum":180}])",
          R"({"success":true,"results":[{"callid":"x","caller":"101",)"
          R"("lastSIPresponseNum":"180"}]})"})
        CHECK(here.list.read(body, noon).problem == "");
    CHECK(count_of(here.words.text) == 2);
    CHECK(has(here.words.text, R"("calling":{"number":"101"})"));
}

TEST_CASE("a list of many calls is read to its end, numbers and all", "[voipmonitor]") {
    calls here;
    std::string body;
    for (int i = 0; i < 2000; ++i)
        body.append(i == 0 ? "[" : ",")
            .append(R"({"callid":")")
            .append(std::to_string(i))
            .append(R"(","caller":101,"connect_duration":4,"lastSIPresponseNum":200})");
    CHECK(here.list.read(body + "]", noon).rejected == 0);
    CHECK(count_of(here.words.text) == 4000);
    CHECK(has(here.words.text, "  call.answered 1999 "));
    CHECK(here.list.call_count() == 2000);
}

TEST_CASE("further columns of a call go out as they are", "[voipmonitor]") {
    calls here;
    const std::string told = here.of(row("a@h", "", "180"));
    CHECK(has(told, R"("variables":[["callreference","0x7f0e4c3c2680"],["duration","60"],)"
                    R"(["lastSIPresponseNum","180"]])"));
    CHECK(has(here.of("", noon + 20s), R"("variables":[])"));
}

TEST_CASE("further columns of a call are told within bounds", "[voipmonitor]") {
    calls here;
    std::string names = R"([["callid","caller",")" + std::string(129, 'n') + R"(","object")";
    std::string values = R"(["a@h","101","named too long",{"x":[1,{"y":"z"}]})";
    for (int i = 0; i < 40; ++i) {
        names += ",\"column" + std::to_string(i) + '"';
        values += ",\"" + std::string(5000, 'v') + '"';
    }
    CHECK(here.list.read(names + "]," + values + "]]", noon).problem == "");
    const std::string told = here.words.text;
    CHECK(count_of(told) == 1);
    CHECK(told.size() < 70'000);
    CHECK(has(told, R"("variables":[["callstream.cut",")" + std::string(128, 'n') + R"("],)" +
                        R"(["object.x.0","1"],["object.x.1.y","z"],["column0",")" +
                        std::string(4096, 'v') + "\"]"));
    CHECK(has(told, R"(["column14",)"));
    CHECK_FALSE(has(told, R"(["column15",)"));
}

TEST_CASE("an answer that lists nothing for want of a right ends no call", "[voipmonitor]") {
    calls here;
    here.of(row("a@h", "", "100"));
    for (const std::string_view bad :
         {"", "<html>", R"({"success":false})", R"({"success":true})", R"([["a","b"],["c","d"]])"})
        CHECK(here.list.read(bad, noon).problem != "");
    CHECK(here.words.text == "");
    CHECK(here.list.call_count() == 1);
    CHECK(here.list.read(R"([{"caller":"no id"}])", noon).rejected == 1);
}

TEST_CASE("calls that ended while nobody looked end with the first list after", "[voipmonitor]") {
    calls before;
    before.of(row("a@h", "3", "200") + "," + row("b@h", "", "180"));
    CHECK(before.kept.values.size() == 2);
    calls after;
    for (const auto& [name, value] : before.kept.values)
        CHECK(after.list.restore(name, value));
    CHECK_FALSE(after.list.restore("something/else", "value"));
    const std::string told = after.of(row("b@h", "", "180"), noon + 30s);
    CHECK(count_of(told) == 1);
    CHECK(has(told, "  call.ended a@h 2022-12-12T12:00:30"));
    CHECK(has(told, R"("talk_seconds":33)"));
}

TEST_CASE("the licence checks of the document become system.status", "[voipmonitor]") {
    event_words words;
    voipmonitor_status licence(voipmonitor_part::licence, words);
    voipmonitor_status limit(voipmonitor_part::licence_calls, words);
    CHECK(licence.read(R"({"status":0,"message":"License OK."})", noon).problem == "");
    CHECK(licence.read(R"({"status":0,"message":"License OK."})", noon).problem == "");
    CHECK(licence
              .read(R"({"status":1,"message":"license file key.php expired. Current date: )"
                    R"(2021-02-23 Expiration date: 2021-02-16"})",
                    noon)
              .problem == "");
    CHECK(limit.read(R"({"status":0,"message":"Limit violation for 2nd consecutive day."})", noon)
              .problem == "");
    CHECK(count_of(words.text) == 3);
    CHECK(has(words.text, R"("component":"licence","status":"ok","values":[["status","0"],)"
                          R"(["message","License OK."]])"));
    CHECK(has(words.text, R"("component":"licence","status":"violated")"));
    CHECK(has(words.text,
              R"("component":"licence-calls","status":"warning","values":[["status","0"],)"
              R"(["message","Limit violation for 2nd consecutive day."]])"));
    CHECK(licence.read("[]", noon).problem != "");
    CHECK(licence.read("<html>", noon).problem != "");
    voipmonitor_status report(voipmonitor_part::report, words);
    words.text.clear();
    CHECK(report.read(R"({"success":true,"results":[{"count":"3"}]})", noon).problem == "");
    CHECK(has(words.text, R"("component":"report")"));
}
