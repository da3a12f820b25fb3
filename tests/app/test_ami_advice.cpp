// What `check --connect` makes of a PBX's answers.
#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "app/ami_advice.h"

using namespace callstream;
using namespace callstream::app;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view mask = "system,call,agent,user,cdr,dtmf";

sources::ami_probe_report sound() {
    sources::ami_probe_report report;
    report.clock_ahead = 20ms;
    report.has_core_settings = true;
    report.version = "23.4.1";
    report.system_name = "hq";
    report.writes_cdrs = true;
    report.has_cdr_manager = true;
    report.may_list_channels = true;
    report.has_config = true;
    report.config = {{"read", "system,call,agent,user,cdr,dtmf"},
                     {"timestampevents", "yes"},
                     {"writetimeout", "10000"}};
    return report;
}

std::vector<std::string> words(const sources::ami_probe_report& report, seen_events seen = {},
                               std::string_view asked = mask) {
    std::vector<std::string> all;
    for (const advice& each : advise(report, seen, asked))
        all.push_back(std::to_string(static_cast<int>(each.kind)) + ' ' + each.words);
    return all;
}

bool says(const std::vector<std::string>& all, const std::string& part) {
    return std::any_of(all.begin(), all.end(), [&](const std::string& each) {
        return each.find(part) != std::string::npos;
    });
}

}  // namespace

TEST_CASE("nothing is said of a PBX that is set up well", "[check]") {
    CHECK(words(sound()).empty());
    sources::ami_probe_report all = sound();
    all.config["read"] = "all";
    CHECK(words(all).empty());
}

TEST_CASE("each missing read class is named with what it carries", "[check]") {
    sources::ami_probe_report report = sound();
    report.config["read"] = "system, call,user";
    const auto said = words(report);
    REQUIRE(said.size() == 3);
    CHECK(says(said, "0 the user may not read the class 'agent': queues and their agents"));
    CHECK(says(said, "0 the user may not read the class 'cdr'"));
    CHECK(says(said, "0 the user may not read the class 'dtmf'"));
    CHECK(words(report, {}, "call,system").empty());  // who did not ask does not miss it
}

TEST_CASE("that the user may not ask for the calls is said with what to do", "[check]") {
    sources::ami_probe_report report = sound();
    report.may_list_channels = false;
    report.channel_list = "CoreShowChannels";
    CHECK(says(words(report), "0 the user may not ask which calls there are (CoreShowChannels)"));
    CHECK(says(words(report), "add 'reporting' to 'write'"));
    report.channel_list = "Status";
    CHECK(says(words(report), "add 'call,reporting' to 'write'"));
    report.may_list_channels.reset();
    CHECK(says(words(report), "2 whether the user may ask which calls there are"));
}

TEST_CASE("what loses events comes before what blurs them", "[check]") {
    sources::ami_probe_report report = sound();
    report.clock_ahead = -90s;
    report.system_name.clear();
    report.config.erase("timestampevents");
    report.config.erase("writetimeout");
    report.config["eventfilter"] = "!Event: Newexten";
    report.has_cdr_manager = false;
    const auto said = words(report);
    REQUIRE(said.size() == 6);
    CHECK(says(said, "0 writetimeout is 100 ms by default"));
    CHECK(says(said, "0 the user has an eventfilter"));
    CHECK(says(said, "0 the module cdr_manager is not loaded"));
    CHECK(says(said, "1 events carry no time of the PBX's"));
    CHECK(says(said, "1 the PBX's clock is 90.0 s behind ours"));
    CHECK(says(said, "1 systemname is not set"));
    CHECK(std::is_sorted(said.begin(), said.end(),
                         [](const auto& a, const auto& b) { return a[0] < b[0]; }));
}

TEST_CASE("what could not be found out is not passed over", "[check]") {
    const auto said = words({});
    CHECK(says(said, "0 no FullyBooted came behind the login"));
    for (const char* part :
         {"2 which classes", "2 writetimeout", "2 whether the user has an eventfilter",
          "2 whether CDRs come", "2 timestampevents", "2 the PBX's clock", "2 systemname"})
        CHECK(says(said, part));
    // Events tell by themselves.
    CHECK_FALSE(says(words({}, {10, 10, true}), "timestampevents"));
    CHECK_FALSE(says(words({}, {10, 10, true}), "FullyBooted"));
    CHECK(says(words({}, {10, 0, true}), "1 events carry no time"));
}
