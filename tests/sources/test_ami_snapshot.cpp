#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/sources/ami_fixture.h"

using namespace callstream;
using namespace callstream::test;

namespace {

struct questions {
    // Until the client is gone; lists but that of conferences are empty.
    void answer_all(scripted_pbx& script) {
        asked.clear();
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
                script.answer("Error", "Message: " + refusal + "\r\n");
            else if (action == "ConfbridgeListRooms")
                script.answer_list(action, rooms);
            else if (action == "ConfbridgeList")
                answer_parties(script);
            else
                script.answer_list();
            if (asked.size() == ends_after) return;
        }
    }
    void answer_parties(scripted_pbx& script) {
        asked.back() += ' ' + script.asked_for("Conference");
        if (asked.back().ends_with("closed"))
            script.answer("Error", "Message: No Conference by that name found.\r\n");
        else
            script.answer_list("ConfbridgeList",
                               {"Conference: " + script.asked_for("Conference") +
                                "\r\nChannel: PJSIP/101-00000001\r\nUniqueid: 1795230000.1\r\n"});
    }

    std::vector<std::string> asked;
    std::vector<std::string> rooms;
    std::string refused;
    std::string refusal = "Permission denied";
    std::string boot = "03:10:56";
    std::size_t ends_after = 0;
};

// A PBX that answers, and a client that asks it after each login.
struct scene {
    explicit scene(questions& asked, const std::string& version = "12.0.0", int connections = 1)
        : server({.connection_count = connections}, [&asked, version](peer& client) {
              scripted_pbx script(client);
              script.accept_login(version);
              asked.answer_all(script);
          }) {
        pbx.repair = &pbx.translator.repair();
    }
    void run_until_resynced(std::size_t count = 1) {
        pbx.start(server.port());
        REQUIRE(pbx.run_until([&] { return count_of(event_type::source_resynced) == count; }));
    }
    // Until the server's thread has written all that it was asked.
    void end() {
        pbx.stop();
        server.wait();
    }
    std::size_t count_of(event_type type) const { return pbx.count_of(type); }
    const source_data& first(event_type type) const {
        return data_of<source_data>(*pbx.events.of_type(type)[0]);
    }

    loopback_server server;
    ami_fixture pbx;
};

}  // namespace

TEST_CASE("a loss is a gap with its bounds, and the state is told to be right again", "[ami]") {
    questions pbx_asked;
    pbx_asked.ends_after = 11;
    scene played(pbx_asked, "12.0.0", 2);
    played.run_until_resynced(2);
    played.end();
    std::vector<event_type> told;
    for (const event& one : played.pbx.events.all())
        told.push_back(one.type);
    using enum event_type;
    CHECK(std::vector(told.begin(), told.begin() + 6) ==
          std::vector{source_connected, source_resynced, source_disconnected, source_connected,
                      source_gap, source_resynced});
    const source_data& gap = played.first(source_gap);
    REQUIRE(gap.from);
    REQUIRE(gap.to);
    CHECK(*gap.from <= *gap.to);
    CHECK(*gap.from <= played.pbx.events.of_type(source_disconnected)[0]->time);
    CHECK(gap.reason == "the peer closed the connection");
    CHECK(pbx_asked.asked == std::vector<std::string>{"CoreStatus", "BridgeList",
                                                      "CoreShowChannels", "ConfbridgeListRooms",
                                                      "ParkedCalls", "QueueStatus",
                                                      "DeviceStateList", "ExtensionStateList",
                                                      "PJSIPShowContacts", "SIPpeers", "Ping"});
}

TEST_CASE("a PBX of the old dialect is asked in it", "[ami]") {
    questions pbx_asked;
    scene played(pbx_asked, "1.1");
    played.run_until_resynced();
    played.end();
    REQUIRE(pbx_asked.asked.size() >= 2);
    CHECK(pbx_asked.asked[1] == "Status");
}

TEST_CASE("each conference is asked for its parties, one that closed meanwhile has none", "[ami]") {
    questions pbx_asked;
    pbx_asked.rooms = {"Conference: 801\r\n", "Conference: closed\r\n", "Conference: 802\r\n"};
    scene played(pbx_asked);
    played.run_until_resynced();
    played.end();
    CHECK(std::vector(pbx_asked.asked.begin() + 3, pbx_asked.asked.begin() + 8) ==
          std::vector<std::string>{"ConfbridgeListRooms", "ConfbridgeList 802",
                                   "ConfbridgeList closed", "ConfbridgeList 801", "ParkedCalls"});
    CHECK(played.count_of(event_type::conference_started) == 3);
    CHECK(played.count_of(event_type::conference_joined) == 2);
}

TEST_CASE("that there is no conference is an answer", "[ami]") {
    questions pbx_asked;
    scene played(pbx_asked);
    pbx_asked.refused = "ConfbridgeListRooms";
    pbx_asked.refusal = "No active conferences.";
    played.pbx.translator.restore("room/801", "1", now());
    played.run_until_resynced();
    played.end();
    CHECK(played.count_of(event_type::conference_ended) == 1);
}

TEST_CASE("what the user may not ask is named, and the rest is asked", "[ami]") {
    questions pbx_asked;
    pbx_asked.refused = "CoreShowChannels";
    scene played(pbx_asked);
    played.run_until_resynced();
    CHECK(played.first(event_type::source_resynced).reason ==
          "CoreShowChannels: Permission denied");
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
    scene played(pbx_asked);
    played.pbx.boot = "2026-11-27 03:00:00";
    played.pbx.seen_until = now() - std::chrono::hours(1);
    played.run_until_resynced();
    CHECK(played.first(event_type::source_resynced).reason == "the PBX began anew");
    const source_data& gap = played.first(event_type::source_gap);
    CHECK(gap.reason == "callstream did not run");
    CHECK(gap.from == played.pbx.seen_until);
    CHECK(played.pbx.client->status().boot == "2026-11-27 03:10:56");
}
