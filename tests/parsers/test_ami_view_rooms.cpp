// Conferences, parking lots, holds and SIP peers after a time in which nothing was seen.
#include <catch2/catch.hpp>

#include "tests/parsers/seen_pbx.h"

using namespace callstream;
using namespace callstream::test;
using std::chrono::seconds;

namespace {

const row room{{"Event", "ConfbridgeListRooms"}, {"Conference", "801"}, {"Parties", "2"}};

row party_row(const scripted_channel& shown) {
    return {{"Event", "ConfbridgeList"},
            {"Conference", "801"},
            {"Channel", shown.name},
            {"CallerIDNum", shown.number},
            {"Uniqueid", shown.id},
            {"Admin", "No"},
            {"Muted", "Yes"}};
}

row parked_row(const scripted_channel& shown) {
    return {{"Event", "ParkedCall"},      {"ParkeeChannel", shown.name},
            {"ParkeeUniqueid", shown.id}, {"Parkinglot", "default"},
            {"ParkingSpace", "701"},      {"ParkingTimeout", "45"},
            {"ParkingDuration", "12"},    {"ParkerDialString", "PJSIP/104"}};
}

row peer_row(const std::string& address, const std::string& status) {
    return {{"Event", "PeerEntry"},
            {"Channeltype", "SIP"},
            {"ObjectName", "101"},
            {"IPaddress", address},
            {"Status", status}};
}

struct seen_room : seen_pbx {
    void join(const scripted_channel& who) {
        pbx.say("ConfbridgeJoin", "Conference: 801\r\n" + pbx.snapshot(who, 6));
    }
    void leave(const scripted_channel& who) {
        pbx.say("ConfbridgeLeave", "Conference: 801\r\n" + pbx.snapshot(who, 6));
    }
    std::uint64_t view_rooms(std::initializer_list<row> rooms, std::initializer_list<row> parties) {
        begin();
        show(snapshot_part::rooms, rooms);
        show(snapshot_part::participants, parties);
        return end();
    }
};

}  // namespace

TEST_CASE("who came into a conference unseen is told, and who left it", "[view]") {
    seen_room seen;
    seen.talk();
    CHECK(seen.view_rooms({room}, {party_row(alice), party_row(bob)}) == 3);
    REQUIRE(seen.count_of(event_type::conference_started) == 1);
    REQUIRE(seen.count_of(event_type::conference_joined) == 2);
    const event& joined = seen.last(event_type::conference_joined);
    const auto& data = data_of<conference_data>(joined);
    CHECK(joined.origin.synthetic);
    CHECK(data.conference == "801");
    CHECK(data.leg_id == bob.id);
    CHECK(data.call_id == alice.call_id);
    CHECK(data.muted == true);
    CHECK(seen.view_rooms({room}, {party_row(alice), party_row(bob)}) == 0);
    CHECK(seen.view_rooms({room}, {party_row(bob)}) == 1);
    CHECK(data_of<conference_data>(seen.last(event_type::conference_left)).leg_id == alice.id);
    CHECK(seen.view_rooms({}, {}) == 2);
    CHECK(seen.count_of(event_type::conference_ended) == 1);
    CHECK(seen.view_rooms({}, {}) == 0);
}

TEST_CASE("an event about a conference is newer than the list of its parties", "[view]") {
    seen_room seen;
    seen.talk();
    seen.join(alice);
    seen.begin();
    seen.show(snapshot_part::rooms, {room});
    seen.show(snapshot_part::participants, {party_row(alice)});
    seen.leave(alice);
    seen.join(bob);
    CHECK(seen.end() == 0);
    CHECK(seen.count_of(event_type::conference_joined) == 2);
    CHECK(seen.count_of(event_type::conference_left) == 1);
}

TEST_CASE("without the list of conferences nobody leaves one", "[view]") {
    seen_room seen;
    seen.talk();
    seen.join(alice);
    CHECK(seen.view(snapshot_part::rooms, {}) == 0);
    seen.begin();
    CHECK(seen.end(true) > 0);
    CHECK(seen.count_of(event_type::conference_left) == 1);
    CHECK(seen.count_of(event_type::conference_ended) == 1);
}

TEST_CASE("a call that was parked unseen is told, and one that is parked no longer", "[view]") {
    seen_pbx seen;
    seen.talk();
    CHECK(seen.view(snapshot_part::parked_calls, {parked_row(bob)}) == 1);
    const event& parked = seen.last(event_type::call_parked);
    CHECK(parked.origin.synthetic);
    const auto& data = data_of<call_parked_data>(parked);
    CHECK(data.leg_id == bob.id);
    CHECK(data.state == call_state::parked);
    CHECK(data.lot == "default");
    CHECK(data.space == "701");
    CHECK(data.parker == "PJSIP/104");
    CHECK(data.parked_seconds == seconds(12));
    CHECK(seen.view(snapshot_part::parked_calls, {parked_row(bob)}) == 0);
    CHECK(seen.view(snapshot_part::parked_calls, {}) == 1);
    const auto& fetched = data_of<call_parked_data>(seen.last(event_type::call_unparked));
    CHECK(fetched.state == call_state::connected);
    CHECK(fetched.reason == unpark_reason::none);
}

TEST_CASE("an event about a parked call is newer than the list of them", "[view]") {
    seen_pbx seen;
    seen.talk();
    seen.begin();
    seen.show(snapshot_part::parked_calls, {});
    seen.pbx.say("ParkedCall", seen.pbx.snapshot(bob, 6, "Parkee") + "Parkinglot: default\r\n");
    CHECK(seen.end() == 0);
    CHECK(seen.count_of(event_type::call_unparked) == 0);
}

TEST_CASE("a hold that the devices prove goes on; any other is over", "[view]") {
    seen_pbx seen;
    seen.talk();
    seen.pbx.say("Hold", seen.pbx.snapshot(alice, 6));
    REQUIRE(seen.count_of(event_type::call_held) == 1);
    seen.begin();
    seen.show(snapshot_part::devices, {device_row("ONHOLD", "PJSIP/102")});
    seen.end();
    CHECK(seen.count_of(event_type::call_retrieved) == 0);
    seen.begin();
    seen.show(snapshot_part::devices, {device_row("INUSE", "PJSIP/102")});
    seen.end();
    REQUIRE(seen.count_of(event_type::call_retrieved) == 1);
    const event& retrieved = seen.last(event_type::call_retrieved);
    CHECK(retrieved.origin.synthetic);
    CHECK(call_data_of(retrieved)->leg_id == alice.id);
    CHECK(call_data_of(retrieved)->state == call_state::connected);
}

TEST_CASE("a hold that nobody saw is told if the device shows it", "[view]") {
    seen_pbx seen;
    seen.talk();
    seen.begin();
    seen.show(snapshot_part::devices, {device_row("ONHOLD", "PJSIP/102")});
    seen.end();
    REQUIRE(seen.count_of(event_type::call_held) == 1);
    CHECK(call_data_of(seen.last(event_type::call_held))->leg_id == alice.id);
    CHECK(seen.last(event_type::call_held).origin.synthetic);
}

TEST_CASE("an event about a hold is newer than the device's row", "[view]") {
    seen_pbx seen;
    seen.talk();
    seen.begin();
    seen.show(snapshot_part::devices, {device_row("INUSE", "PJSIP/102")});
    seen.pbx.say("Hold", seen.pbx.snapshot(alice, 6));
    seen.end();
    CHECK(seen.count_of(event_type::call_held) == 1);
    CHECK(seen.count_of(event_type::call_retrieved) == 0);
}

TEST_CASE("a SIP peer that came or went unseen is told, wherever it is now", "[view]") {
    seen_pbx seen;
    CHECK(seen.view(snapshot_part::peers, {peer_row("192.0.2.1", "OK (3 ms)")}) == 1);
    CHECK(data_of<device_data>(seen.last(event_type::device_registration_changed)).state ==
          "reachable");
    CHECK(seen.view(snapshot_part::peers, {peer_row("192.0.2.9", "LAGGED (3000 ms)")}) == 0);
    CHECK(seen.view(snapshot_part::peers, {peer_row("192.0.2.9", "UNREACHABLE")}) == 1);
    CHECK(seen.view(snapshot_part::peers, {peer_row("-none-", "Unmonitored")}) == 0);
    CHECK(seen.view(snapshot_part::peers, {peer_row("192.0.2.9", "Unmonitored")}) == 1);
    const auto& back = data_of<device_data>(seen.last(event_type::device_registration_changed));
    CHECK(back.device == "SIP/101");
    CHECK(back.state == "registered");
    CHECK(back.address == "192.0.2.9");
    seen.pbx.say("PeerStatus", "ChannelType: SIP\r\nPeer: SIP/101\r\nPeerStatus: Unregistered\r\n");
    CHECK(seen.view(snapshot_part::peers, {peer_row("-none-", "UNKNOWN")}) == 0);
}

TEST_CASE("an endpoint is reachable again when one of its contacts is", "[view]") {
    seen_pbx seen;
    seen.pbx.say("PeerStatus",
                 "ChannelType: PJSIP\r\nPeer: PJSIP/101\r\nPeerStatus: Unreachable\r\n");
    const row contact{{"Event", "ContactList"},
                      {"Endpoint", "101"},
                      {"Uri", "sip:101@192.0.2.1"},
                      {"Status", "Reachable"}};
    CHECK(seen.view(snapshot_part::contacts, {contact}) == 2);
    const auto& told = data_of<device_data>(seen.last(event_type::device_registration_changed));
    CHECK(told.state == "reachable");
    CHECK(told.address.data() == nullptr);
    CHECK(seen.view(snapshot_part::contacts, {contact}) == 0);
}
