#include <string>

#include <catch2/catch.hpp>

#include "parsers/fiberme_recordings.h"
#include "parsers/fiberme_state.h"
#include "tests/parsers/state_words.h"

using namespace callstream;
using namespace callstream::parsers;
using namespace callstream::test;

namespace {

constexpr timestamp noon{std::chrono::seconds(1'670'846'400)};  // 2022-12-12T12:00:00Z

struct fiberme {
    event_words words;
    fiberme_state state{words};

    std::string of(fiberme_part part, const std::string& data) {
        const auto told =
            state.read(part, R"({"code":0,"message":"OK","data":)" + data + "}", noon);
        CHECK(told.problem == "");
        rejected = told.rejected;
        return std::exchange(words.text, {});
    }
    std::size_t rejected = 0;
};

}  // namespace

TEST_CASE("the document's CPU, memory and storage become system.status", "[fiberme]") {
    fiberme here;
    const std::string cpu =
        here.of(fiberme_part::cpu, "[26.666666665373164,27.835051547613567,17.85714285703679]");
    CHECK(count_of(cpu) == 1);
    CHECK(has(cpu, "  system.status cpu 2022-12-12T12:00:00"));
    CHECK(has(cpu, R"("component":"cpu")"));
    CHECK(has(cpu, R"("values":[["cpu0","26.666666665373164"],["cpu1","27.835051547613567"],)"
                   R"(["cpu2","17.85714285703679"]])"));
    CHECK(has(cpu, R"("time_quality":"received","synthetic":false)"));
    CHECK(has(cpu, R"("vendor":{"family":"fiberme","event":"cpu"})"));

    const std::string memory = here.of(
        fiberme_part::memory,
        R"({"swap":{"total":500166656,"used":1572864},"virtual":{"total":4017598464,)"
        R"("available":2547400704,"used":1192071168,"usedPercent":29.671237150293774,"wired":0}})");
    CHECK(has(memory, R"("values":[["total","4017598464"],["available","2547400704"],)"
                      R"(["used","1192071168"],["usedPercent","29.671237150293774"],)"
                      R"(["wired","0"],["swap.total","500166656"],["swap.used","1572864"]])"));

    const std::string disk =
        R"({"rcdtotal":"0","rcdused":"","systotal":"5403","sysused":"2354","usbtotall":"0",)"
        R"("usbused":"0"})";
    CHECK(has(here.of(fiberme_part::storage, disk),
              R"("component":"storage","values":[["rcdtotal","0"],["rcdused",""],)"
              R"(["systotal","5403"],["sysused","2354"],["usbtotall","0"],["usbused","0"]])"));
    CHECK(here.of(fiberme_part::storage, disk) == "");
    CHECK(has(here.of(fiberme_part::version,
                      R"({"1model":"FIBERME-FCM5600","2DeviceName":"System","8version":"v4.0.0",)"
                      R"("9Uptime":"2022-11-23 16:21 / 13 days, 23:43"})"),
              R"(["model","FIBERME-FCM5600"])"));
    CHECK(here.of(fiberme_part::version,
                  R"({"1model":"FIBERME-FCM5600","2DeviceName":"System","8version":"v4.0.0",)"
                  R"("9Uptime":"2022-11-23 16:22 / 13 days, 23:44"})") == "");
}

TEST_CASE("the number of calls is told when it changes, in both of its shapes", "[fiberme]") {
    fiberme here;
    CHECK(has(here.of(fiberme_part::calls, R"({"calls":"3","maxcalls":"120"})"),
              R"("values":[["calls","3"],["maxcalls","120"]])"));
    CHECK(here.of(fiberme_part::calls, R"([{"calls":3,"maxcalls":120}])") == "");
    CHECK(count_of(here.of(fiberme_part::calls, R"({"calls":"4","maxcalls":"120"})")) == 1);
    CHECK(here.of(fiberme_part::calls, R"({"calls":"","maxcalls":""})") == "");
}

TEST_CASE("an extension is told when it changes, at all its endpoints together", "[fiberme]") {
    fiberme here;
    const auto answer = [](std::string_view first, std::string_view second) {
        return std::string(R"([{"exten":"100","name":"100","content":{"newMsg":"","dnd":"",)"
                           R"("wakeup":null},"roundtripUsec":"","addr":"","uri":"","statusText":")")
            .append(first)
            .append(R"("},{"exten":"100","name":"100","addr":"192.0.2.5","statusText":")")
            .append(second)
            .append(R"("},{"name":"nobody","statusText":"Idle"}])");
    };
    const std::string first = here.of(fiberme_part::extensions, answer("Unavailable", "Idle"));
    CHECK(count_of(first) == 2);
    CHECK(has(first, R"(device.state_changed 100 )"));
    CHECK(has(first, R"("device":"100","state":"idle","address":"192.0.2.5")"));
    CHECK(has(first, R"("device":"100","state":"registered","address":"192.0.2.5")"));
    CHECK(here.rejected == 1);
    CHECK(here.of(fiberme_part::extensions, answer("Idle", "Unavailable")) == "");
    const std::string busy = here.of(fiberme_part::extensions, answer("InUse", "Idle"));
    CHECK(count_of(busy) == 1);
    CHECK(has(busy, R"("state":"in-use")"));
    const std::string gone =
        here.of(fiberme_part::extensions, answer("Unavailable", "Unavailable"));
    CHECK(has(gone, R"("state":"unavailable")"));
    CHECK(has(gone, R"(device.registration_changed 100 )"));
    CHECK(has(gone, R"("state":"unregistered")"));
}

TEST_CASE("an extension's messages and do not disturb are news, its delay is none", "[fiberme]") {
    fiberme here;
    const auto answer = [](std::string_view messages, std::string_view dnd,
                           std::string_view delay) {
        return std::string(R"([{"exten":"100","content":{"newMsg":")")
            .append(messages)
            .append(R"(","dnd":")")
            .append(dnd)
            .append(R"(","wakeup":null},"roundtripUsec":")")
            .append(delay)
            .append(R"(","statusText":"Idle"}])");
    };
    CHECK(count_of(here.of(fiberme_part::extensions, answer("", "", "5000"))) == 2);
    CHECK(here.of(fiberme_part::extensions, answer("", "", "6000")) == "");
    const std::string quiet = here.of(fiberme_part::extensions, answer("", "1", "7000"));
    CHECK(count_of(quiet) == 1);
    CHECK(has(quiet, "  device.state_changed 100 "));
    CHECK(has(quiet, R"("variables":[["content.dnd","1"],["roundtripUsec","7000"]])"));
    CHECK(count_of(here.of(fiberme_part::extensions, answer("1", "1", "7000"))) == 1);
}

TEST_CASE("the document's trunk strings are taken apart", "[fiberme]") {
    fiberme here;
    const std::string none =
        here.of(fiberme_part::trunk_info,
                R"({"analogOut":"1:1:FXS::\n2:2:FXS::\n3:3:none::\n4:4:none::","digitalOut":"",)"
                R"("iaxOut":"iaxto10:client:192.168.17.30:2:Registered","sipOut":)"
                R"("eeee:server::0.00:Unregistered"})");
    CHECK(here.rejected == 0);
    CHECK(count_of(none) == 2);
    CHECK(has(none, R"("trunk":"iaxto10","status":"Registered","address":"192.168.17.30",)"
                    R"("variables":[["Trunk type","client"],["Delayed","2"]])"));
    CHECK(has(none, R"("trunk":"eeee","status":"Unregistered",)"
                    R"("variables":[["Trunk type","server"],["Delayed","0.00"]])"));

    const auto lines = [&](const std::string& analog, const std::string& sip) {
        return here.of(fiberme_part::trunk_info, R"({"analogOut":")" + analog +
                                                     R"(","digitalOut":"","iaxOut":"","sipOut":")" +
                                                     sip + R"("})");
    };
    const std::string ports =
        lines("1:1:FXO:RED:Idle:\\n2:2:GSM:17::\\n3:3:WCDMA:NO SIM CARD::", "");
    CHECK(count_of(ports) == 4);
    CHECK(has(ports, R"("trunk":"FXO/1","status":"RED")"));
    CHECK(has(ports, R"("device":"FXO/1","state":"idle")"));
    CHECK(has(ports, R"("trunk":"GSM/2","status":"signal level 3")"));
    CHECK(has(ports, R"("trunk":"WCDMA/3","status":"NO SIM CARD")"));
    const std::string later = lines("1:1:FXO:OK:InUse:\\n2:2:GSM:18::\\n3:3:WCDMA:NO SIM CARD::",
                                    "v6:client:2001:db8::1:12.50:Rejected\\nbroken");
    CHECK(count_of(later) == 3);
    CHECK(has(later, R"("device":"FXO/1","state":"in-use")"));
    CHECK(has(later, R"("trunk":"v6","status":"Rejected","address":"2001:db8::1")"));
    CHECK(here.rejected == 1);
}

TEST_CASE("a trunk that trunk-status lists is not told of by trunk-info too", "[fiberme]") {
    fiberme here;
    const auto status = [&](std::string_view of) {
        return here.of(
            fiberme_part::trunk_status,
            std::string(R"([{"delay":"","name":"adf","server":"","status":")")
                .append(of)
                .append(R"(","trunkType":"iax","model":"server"},{"delay":"","name":"33",)"
                        R"("server":"","status":"","trunkType":"sip","model":"client"}])"));
    };
    const std::string first = status("Registered");
    CHECK(count_of(first) == 2);
    CHECK(has(first, R"("trunk":"adf","status":"Registered",)"
                     R"("variables":[["trunkType","iax"],["model","server"]])"));
    CHECK(has(first, R"("trunk":"33","variables":[["trunkType","sip"],["model","client"]])"));
    CHECK(status("Registered") == "");
    CHECK(here.of(fiberme_part::trunk_info, R"({"iaxOut":"adf:server::0:Idle"})") == "");
    CHECK(count_of(status("Unauthenticated")) == 1);
}

TEST_CASE("a trunk of which trunk-status says nothing is told of by trunk-info", "[fiberme]") {
    fiberme here;
    const auto status = [&](std::string_view of) {
        return here.of(fiberme_part::trunk_status,
                       std::string(R"([{"name":"t","server":"","status":")").append(of) + R"("}])");
    };
    const auto info = [&](std::string_view of) {
        return here.of(fiberme_part::trunk_info,
                       std::string(R"({"sipOut":"t:client::0:)").append(of) + R"("})");
    };
    CHECK(has(info("Unregistered"), R"("status":"Unregistered")"));
    CHECK(status("") == "");
    const std::string later = info("Registered");
    CHECK(count_of(later) == 1);
    CHECK(has(later, R"("csta":"BackInService")"));
    CHECK(info("") == "");
    // Once it says more, it has the word, until it says nothing again.
    CHECK(count_of(status("Rejected")) == 1);
    CHECK(info("Registered") == "");
    CHECK(status("") == "");
    CHECK(count_of(info("Registered")) == 1);

    fiberme there;
    const std::string unknown =
        there.of(fiberme_part::trunk_status, R"([{"name":"t","server":"","status":""}])");
    CHECK(count_of(unknown) == 1);
    CHECK_FALSE(has(unknown, R"("csta")"));
    CHECK(there.of(fiberme_part::trunk_status, R"([{"name":"t","server":"","status":""}])") == "");
}

TEST_CASE("an answer without extensions or trunks tells nothing of those there were", "[fiberme]") {
    fiberme here;
    const char* const extension = R"([{"exten":"100","statusText":"Idle"}])";
    const char* const trunk = R"([{"name":"t","status":"Registered"}])";
    CHECK(count_of(here.of(fiberme_part::extensions, extension)) == 2);
    CHECK(count_of(here.of(fiberme_part::trunk_status, trunk)) == 1);
    CHECK(here.of(fiberme_part::extensions, "{}") == "");
    CHECK(here.of(fiberme_part::trunk_status, "[]") == "");
    CHECK(here.of(fiberme_part::extensions, extension) == "");
    CHECK(here.of(fiberme_part::trunk_status, trunk) == "");
}

TEST_CASE("endpoints of an extension need not stand together", "[fiberme]") {
    fiberme here;
    const auto answer = [&](std::string_view last) {
        return here.of(fiberme_part::extensions,
                       std::string(R"([{"exten":"100","statusText":"Unavailable"},)"
                                   R"({"exten":"200","statusText":"Idle"},)"
                                   R"({"exten":"100","statusText":")")
                               .append(last) +
                           R"("}])");
    };
    const std::string first = answer("Ringing");
    CHECK(count_of(first) == 4);
    CHECK(has(first, R"("device":"100","state":"ringing")"));
    CHECK(answer("Ringing") == "");
    CHECK(has(answer("InUse"), R"("device":"100","state":"in-use")"));
}

TEST_CASE("further fields of the version are news, the uptime before them is none", "[fiberme]") {
    fiberme here;
    const auto answer = [&](std::string_view uptime, std::string_view patch) {
        return here.of(fiberme_part::version, std::string(R"({"8version":"v4","9Uptime":")")
                                                      .append(uptime)
                                                      .append(R"(","10patch":")")
                                                      .append(patch) +
                                                  R"("})");
    };
    CHECK(count_of(answer("1", "a")) == 1);
    CHECK(answer("2", "a") == "");
    CHECK(count_of(answer("2", "b")) == 1);
}

TEST_CASE("what an extension is sent is told within bounds, and kept within them", "[fiberme]") {
    fiberme here;
    const auto extension = [&](const std::string& name, const std::string& content) {
        return here.of(
            fiberme_part::extensions,
            R"([{"exten":")" + name + R"(","statusText":"Idle","content":)" + content + "}]");
    };
    const std::string deep = extension("1", R"({"wakeup":{"a":{"b":{"c":1}}}})");
    CHECK(has(deep, R"("variables":[["callstream.cut","content.wakeup.a.b"]])"));
    CHECK(has(extension("2", R"({"wakeup":[{"a":["x"]},7]})"),
              R"(["callstream.cut","content.wakeup.0.a"],["content.wakeup.1","7"]])"));

    const std::string long_value =
        extension("3", R"({"dnd":")" + std::string(4095, 'd') + R"(é","newMsg":"1"})");
    CHECK(has(long_value, R"(["content.dnd",")" + std::string(4095, 'd') + R"("],)" +
                              R"(["callstream.cut","content.dnd"],["content.newMsg","1"]])"));
    const std::string long_name = extension("4", R"({")" + std::string(200, 'n') + R"(":"1"})");
    CHECK(has(long_name,
              R"("variables":[["callstream.cut","content.)" + std::string(120, 'n') + R"("]])"));
    std::string many;
    for (int i = 0; i < 1000; ++i)
        many +=
            (i == 0 ? "{\"" : ",\"") + std::to_string(i) + "\":\"" + std::string(3000, 'x') + '"';
    const std::string bounded = extension("5", many + "}");
    CHECK(count_of(bounded) == 2);
    CHECK(bounded.size() < 2 * 70'000);
    CHECK(has(bounded, R"(["content.20",)"));
    CHECK(has(bounded, R"(["callstream.cut","content.21"]])"));

    CHECK(extension(std::string(401, '1'), "{}") == "");
    CHECK(here.rejected == 1);
    CHECK(count_of(extension(std::string(400, '1'), "{}")) == 2);
    CHECK(here.of(fiberme_part::trunk_status,
                  R"([{"name":")" + std::string(401, 't') + R"(","status":"x"}])") == "");
    CHECK(here.rejected == 1);
    CHECK(here.of(fiberme_part::trunk_info,
                  R"({"sipOut":")" + std::string(401, 't') + R"(:client::0:Registered"})") == "");
    CHECK(here.rejected == 1);
}

TEST_CASE("a conference recording is told when it is new in the list", "[fiberme]") {
    event_words words;
    kept_values kept;
    const fiberme_recordings_settings settings{fiberme_recording::conference, "UTC"};
    fiberme_recordings list(settings, words, kept);
    const auto item = [](std::string_view start, std::string_view name) {
        return std::string(R"({"id":1,"callFrom":"conference","callSrc":"100","callTo":"1100",)"
                           R"("startTime":")")
            .append(start)
            .append(R"(","duration":1,"FileName":"/var/spool/asterisk/monitor/x.gsm",)"
                    R"("timeLength":"1","playUrl":"/pbx/play/conference-recording/)")
            .append(name)
            .append(R"("})");
    };
    const auto read = [&](fiberme_recordings& reader, const std::string& items) {
        CHECK(reader.read(R"({"code":0,"message":"OK","data":{"items":[)" + items + "]}}", noon)
                  .problem == "");
        return std::exchange(words.text, {});
    };
    const std::string old = item("2022-12-12 11:00:00", "old.gsm");
    const std::string fresh = item("2022-12-12 11:55:00", "new.gsm");
    const std::string first = read(list, fresh + "," + old);
    CHECK(count_of(first) == 1);
    CHECK(has(first,
              "  recording.available /pbx/play/conference-recording/new.gsm "
              "2022-12-12T11:55:00"));
    CHECK(has(first, R"("conference":"1100","file":"/pbx/play/conference-recording/new.gsm",)"
                     R"("format":"gsm")"));
    CHECK(read(list, fresh + "," + old) == "");
    // One that began earlier and ended later.
    const std::string late = item("2022-12-12 11:50:00", "late.gsm");
    CHECK(count_of(read(list, fresh + "," + late + "," + old)) == 1);

    fiberme_recordings again(settings, words, kept);
    for (const auto& [name, value] : kept.values)
        CHECK(again.restore(name, value));
    CHECK_FALSE(again.restore("voipmonitor-call/x", "y"));
    CHECK(read(again, fresh + "," + late + "," + old) == "");
    const std::string next = item("2022-12-12 11:58:00", "next.gsm");
    CHECK(count_of(read(again, next + "," + fresh)) == 1);
    CHECK(again.read("<html>", noon).problem != "");
    CHECK(again.read(R"({"code":401})", noon).problem != "");
}

TEST_CASE("what is no answer is no state", "[fiberme]") {
    fiberme here;
    // As the document prints it; the array would have to be an object.
    CHECK(here.state
              .read(fiberme_part::calls,
                    R"({"code":0,"message":"OK","data":["calls":"","maxcalls":""]})", noon)
              .problem == "the answer is not valid JSON");
    CHECK(here.state.read(fiberme_part::cpu, "<html>", noon).problem != "");
    CHECK(here.state.read(fiberme_part::cpu, R"({"code":401})", noon).problem != "");
    CHECK(here.state.read(fiberme_part::cpu, "[]", noon).problem != "");
    CHECK(here.words.text == "");
    for (unsigned part = 0; part < 8; ++part)
        for (const auto* data : {"null", "[]", "{}", "5", R"("x")"})
            CHECK(here.of(static_cast<fiberme_part>(part), data) == "");
}
