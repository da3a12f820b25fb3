#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/sources/ami_fixture.h"

using namespace callstream;
using namespace callstream::test;

namespace {

struct questions {
    // Until the client is gone; the lists are empty.
    void answer_all(scripted_pbx& script) {
        for (;;) {
            const std::string& request = script.read_request();
            if (request.empty()) return;
            const std::string action = request.substr(8, request.find('\r') - 8);
            asked.push_back(action);
            if (action == "Ping")
                script.answer("Success", "Ping: Pong\r\n");
            else if (action == "CoreStatus")
                script.answer("Success",
                              "CoreStartupDate: 2026-11-27\r\nCoreStartupTime: " + boot + "\r\n");
            else if (action == refused)
                script.answer("Error", "Message: Permission denied\r\n");
            else
                script.answer_list();
            if (asked.size() == ends_after) return;
        }
    }

    std::vector<std::string> asked;
    std::string refused;
    std::string boot = "03:10:56";
    std::size_t ends_after = 0;
};

}  // namespace

TEST_CASE("a loss is a gap with its bounds, and the state is told to be right again", "[ami]") {
    questions pbx_asked;
    loopback_server server({.connection_count = 2}, [&](peer& client) {
        scripted_pbx script(client);
        script.accept_login();
        pbx_asked.asked.clear();
        pbx_asked.ends_after = 10;
        pbx_asked.answer_all(script);
    });
    ami_fixture pbx;
    pbx.repair = &pbx.translator.repair();
    pbx.start(server.port());
    REQUIRE(pbx.run_until([&] { return pbx.count_of(event_type::source_resynced) == 2; }));
    pbx.stop();
    server.wait();
    std::vector<event_type> told;
    for (const event& one : pbx.events.all())
        told.push_back(one.type);
    using enum event_type;
    CHECK(std::vector(told.begin(), told.begin() + 6) ==
          std::vector{source_connected, source_resynced, source_disconnected, source_connected,
                      source_gap, source_resynced});
    const auto& gap = data_of<source_data>(*pbx.events.of_type(source_gap)[0]);
    REQUIRE(gap.from);
    REQUIRE(gap.to);
    CHECK(*gap.from <= *gap.to);
    CHECK(*gap.from <= pbx.events.of_type(source_disconnected)[0]->time);
    CHECK(gap.reason == "the peer closed the connection");
    CHECK(pbx_asked.asked ==
          std::vector<std::string>{"CoreStatus", "BridgeList", "CoreShowChannels", "ParkedCalls",
                                   "QueueStatus", "DeviceStateList", "ExtensionStateList",
                                   "PJSIPShowContacts", "SIPpeers", "Ping"});
}

TEST_CASE("a PBX of the old dialect is asked in it", "[ami]") {
    questions pbx_asked;
    loopback_server server([&](peer& client) {
        scripted_pbx script(client);
        script.accept_login("1.1");
        pbx_asked.answer_all(script);
    });
    ami_fixture pbx;
    pbx.repair = &pbx.translator.repair();
    pbx.start(server.port());
    REQUIRE(pbx.run_until([&] { return pbx.count_of(event_type::source_resynced) == 1; }));
    pbx.stop();
    server.wait();
    REQUIRE(pbx_asked.asked.size() >= 2);
    CHECK(pbx_asked.asked[1] == "Status");
}

TEST_CASE("what the user may not ask is named, and the rest is asked", "[ami]") {
    questions pbx_asked;
    pbx_asked.refused = "CoreShowChannels";
    loopback_server server([&](peer& client) {
        scripted_pbx script(client);
        script.accept_login();
        pbx_asked.answer_all(script);
    });
    ami_fixture pbx;
    pbx.repair = &pbx.translator.repair();
    pbx.start(server.port());
    REQUIRE(pbx.run_until([&] { return pbx.count_of(event_type::source_resynced) == 1; }));
    CHECK(data_of<source_data>(*pbx.events.of_type(event_type::source_resynced)[0]).reason ==
          "CoreShowChannels: Permission denied");
    pbx.stop();
}

TEST_CASE("a list that does not come is left out after its deadline", "[ami]") {
    loopback_server server([](peer& client) {
        scripted_pbx script(client);
        script.accept_login();
        client.read_to_end();
    });
    ami_fixture pbx;
    pbx.repair = &pbx.translator.repair();
    pbx.settings.snapshot_timeout = std::chrono::milliseconds(1);
    pbx.start(server.port());
    REQUIRE(pbx.run_until([&] { return pbx.count_of(event_type::source_resynced) == 1; }));
    CHECK(data_of<source_data>(*pbx.events.of_type(event_type::source_resynced)[0]).reason ==
          "CoreShowChannels: no answer in time");
    pbx.stop();
}

TEST_CASE("another boot time says that the PBX began anew", "[ami]") {
    questions pbx_asked;
    loopback_server server([&](peer& client) {
        scripted_pbx script(client);
        script.accept_login();
        pbx_asked.answer_all(script);
    });
    ami_fixture pbx;
    pbx.repair = &pbx.translator.repair();
    pbx.boot = "2026-11-27 03:00:00";
    pbx.seen_until = now() - std::chrono::hours(1);
    pbx.start(server.port());
    REQUIRE(pbx.run_until([&] { return pbx.count_of(event_type::source_resynced) == 1; }));
    CHECK(data_of<source_data>(*pbx.events.of_type(event_type::source_resynced)[0]).reason ==
          "the PBX began anew");
    const auto& gap = data_of<source_data>(*pbx.events.of_type(event_type::source_gap)[0]);
    CHECK(gap.reason == "callstream did not run");
    CHECK(gap.from == pbx.seen_until);
    CHECK(pbx.client->status().boot == "2026-11-27 03:10:56");
    pbx.stop();
}
