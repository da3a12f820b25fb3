// What a PBX is asked by `check --connect`, over a real socket.
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "sources/ami_probe.h"
#include "tests/sources/ami_fixture.h"

using namespace callstream;
using namespace callstream::test;
using namespace std::chrono_literals;

namespace {

struct probed {
    sources::ami_probe_report report;
    std::vector<std::string> asked;
};

// Logs in and probes a PBX whose answers `answer` gives.
probed probe(const std::function<void(scripted_pbx&, const std::string&)>& answer,
             bool is_private) {
    probed found;
    {
        loopback_server server([&](peer& client) {
            scripted_pbx pbx(client);
            pbx.accept_login();
            for (;;) {
                const std::string request = pbx.read_request();
                if (request.empty() || request.starts_with("Action: Logoff")) return;
                found.asked.push_back(request);
                answer(pbx, request);
            }
        });
        ami_fixture fixture;
        fixture.start(server.port());
        REQUIRE(fixture.run_until_connected());
        bool done = false;
        sources::ami_probe asked(
            {fixture.settings.username, is_private},
            [&](const sources::ami_request& request, sources::ami_answer_handler handler) {
                fixture.client->ask(request, std::move(handler));
            },
            [&] { done = true; });
        asked.start();
        REQUIRE(fixture.run_until([&] { return done; }));
        found.report = asked.report();
        fixture.stop();
    }
    return found;
}

std::string time_in(std::chrono::seconds ahead) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now() + ahead);
    return std::to_string(seconds.time_since_epoch().count()) + ".500000";
}

// As Asterisk 23.4.1 answers.
void answer_all(scripted_pbx& pbx, const std::string& request) {
    if (request.starts_with("Action: Ping")) {
        pbx.answer("Success", "Ping: Pong\r\nTimestamp: " + time_in(90s) + "\r\n");
    } else if (request.starts_with("Action: CoreSettings")) {
        pbx.answer("Success",
                   "AMIversion: 12.0.0\r\nAsteriskVersion: 23.4.1\r\nSystemName: hq\r\n"
                   "CoreCDRenabled: Yes\r\n");
    } else if (request.starts_with("Action: ModuleCheck")) {
        pbx.answer("Error", "Message: Module not loaded\r\n");
    } else if (request.starts_with("Action: ListCommands")) {
        pbx.answer("Success",
                   "BridgeList: Get a list of bridges in the system.  (Priv: <none>)\r\n"
                   "CoreShowChannels: List currently active channels.  (Priv: reporting,all)\r\n");
    } else {
        // An older one sends all of the file, whatever it was asked for.
        pbx.answer("Success",
                   "Category-000000: general\r\nLine-000000-000000: timestampevents=yes\r\n"
                   "Category-000001: other\r\nLine-000001-000000: secret=hidden\r\n"
                   "Line-000001-000001: read=all\r\n"
                   "Category-000002: monitor\r\nLine-000002-000000: secret=Mon1t0r\r\n"
                   "Line-000002-000001: read=call,cdr\r\n"
                   "Line-000002-000002: eventfilter(action(exclude),name(Newexten))=\r\n"
                   "Line-000002-000003: writetimeout = 5000\r\n");
    }
}

}  // namespace

TEST_CASE("a PBX is asked for what bears on its events", "[ami]") {
    const probed found = probe(answer_all, true);
    REQUIRE(found.asked.size() == 6);
    CHECK(header_of(found.asked[4], "Category") == "general");
    CHECK(header_of(found.asked[5], "Category") == "monitor");
    const sources::ami_probe_report& report = found.report;
    REQUIRE(report.clock_ahead);
    CHECK(*report.clock_ahead > 85s);
    CHECK(*report.clock_ahead < 95s);
    CHECK(report.version == "23.4.1");
    CHECK(report.system_name == "hq");
    CHECK(report.writes_cdrs == true);
    CHECK(report.has_cdr_manager == false);
    CHECK(report.may_list_channels == true);
    CHECK(report.has_config);
    CHECK(report.config == std::map<std::string, std::string, std::less<>>{
                               {"eventfilter", "(action(exclude),name(Newexten))="},
                               {"read", "call,cdr"},
                               {"timestampevents", "yes"},
                               {"writetimeout", "5000"}});
}

TEST_CASE("manager.conf is not asked for where somebody may listen", "[ami]") {
    const probed found = probe(answer_all, false);
    CHECK(found.asked.size() == 4);
    CHECK_FALSE(found.report.has_config);
    CHECK(found.report.config.empty());
}

TEST_CASE("what a PBX refuses to say stays unknown", "[ami]") {
    const probed found =
        probe([](scripted_pbx& pbx,
                 const std::string&) { pbx.answer("Error", "Message: Permission denied\r\n"); },
              true);
    CHECK(found.asked.size() == 5);
    CHECK_FALSE(found.report.clock_ahead);
    CHECK_FALSE(found.report.has_core_settings);
    CHECK_FALSE(found.report.writes_cdrs);
    CHECK_FALSE(found.report.has_cdr_manager);
    CHECK_FALSE(found.report.has_config);
}

TEST_CASE("what the user may not ask is not among the commands", "[ami]") {
    for (const auto& [commands, list] :
         {std::pair{"BridgeList: bridges\r\nStatus: channels\r\n", "CoreShowChannels"},
          std::pair{"QueueStatus: queues\r\nCoreShowChannels: channels\r\n", "Status"}}) {
        const probed found = probe(
            [said = std::string(commands)](scripted_pbx& pbx, const std::string& request) {
                if (request.starts_with("Action: ListCommands"))
                    pbx.answer("Success", said);
                else
                    pbx.answer("Error", "Message: Permission denied\r\n");
            },
            false);
        CHECK(found.report.may_list_channels == false);
        CHECK(found.report.channel_list == list);
    }
}
