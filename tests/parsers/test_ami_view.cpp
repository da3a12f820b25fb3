#include <catch2/catch.hpp>

#include "tests/parsers/seen_pbx.h"

using namespace callstream;
using namespace callstream::test;
using std::chrono::seconds;

TEST_CASE("a call that is not shown any longer ends once, and says why", "[view]") {
    seen_pbx seen;
    seen.talk();
    seen.pbx.clock += seconds(30);
    CHECK(seen.view(snapshot_part::channels, {}) == 3);  // two legs, one call
    REQUIRE(seen.count_of(event_type::call_ended) == 1);
    const event& ended = seen.last(event_type::call_ended);
    CHECK(ended.origin.synthetic);
    CHECK(ended.origin.quality == time_quality::received);
    CHECK(call_data_of(ended)->cause->description == "ended while the PBX was not seen");
    CHECK(call_data_of(ended)->disposition == disposition::answered);
    CHECK(seen.count_of(event_type::leg_ended) == 2);
    CHECK(seen.view(snapshot_part::channels, {}) == 0);
    seen.pbx.hang_up(alice, 16);
    CHECK(seen.count_of(event_type::call_ended) == 1);
    CHECK(seen.count_of(event_type::leg_ended) == 2);
}

TEST_CASE("what the PBX did not list ends nothing", "[view]") {
    seen_pbx seen;
    seen.talk();
    seen.begin();
    CHECK(seen.end() == 0);
    CHECK(seen.count_of(event_type::call_ended) == 0);
}

TEST_CASE("a PBX that began anew ends every call, listed or not", "[view]") {
    seen_pbx seen;
    seen.talk();
    seen.begin();
    CHECK(seen.end(true) == 3);
    CHECK(call_data_of(seen.last(event_type::call_ended))->cause->description ==
          "the PBX began anew");
}

TEST_CASE("a call that is shown goes on, and nothing is told of it", "[view]") {
    seen_pbx seen;
    seen.talk();
    CHECK(seen.view(snapshot_part::channels,
                    {channel_row(alice, 6, "b1"), channel_row(bob, 6, "b1")}) == 0);
}

TEST_CASE("a call that began unseen starts with the one who called, as old as it is", "[view]") {
    seen_pbx seen;
    seen.begin();
    seen.show(snapshot_part::channels, {channel_row(bob, 6, "b1"), channel_row(alice, 6, "b1")});
    CHECK(seen.count_of(event_type::call_initiated) == 0);
    const std::uint64_t made_up = seen.end();
    REQUIRE(seen.count_of(event_type::call_initiated) == 1);
    const event& began = seen.last(event_type::call_initiated);
    CHECK(began.origin.synthetic);
    CHECK(began.origin.said.event == "CoreShowChannel");
    CHECK(call_data_of(began)->calling.number == "101");
    CHECK(call_data_of(began)->calling.name == "Zo\"e");
    CHECK(call_data_of(began)->called.number == "102");
    CHECK(call_data_of(began)->started_at == seen.pbx.clock - seconds(60));
    CHECK(call_data_of(began)->state == call_state::connected);
    CHECK(seen.count_of(event_type::leg_created) == 2);
    CHECK(seen.count_of(event_type::leg_bridged) == 2);
    CHECK(data_of<leg_event_data>(seen.last(event_type::leg_bridged)).bridge_id == "b1");
    CHECK(made_up == 5);
    seen.pbx.clock += seconds(10);
    seen.pbx.hang_up(bob, 16);
    seen.pbx.hang_up(alice, 16);
    REQUIRE(seen.count_of(event_type::call_ended) == 1);
    CHECK_FALSE(seen.last(event_type::call_ended).origin.synthetic);
    CHECK(call_data_of(seen.last(event_type::call_ended))->answering.number == "102");
}

TEST_CASE("a call of which an event told after the view began is not gone", "[view]") {
    seen_pbx seen;
    seen.begin();
    seen.show(snapshot_part::channels, {});
    seen.pbx.begin(alice);
    seen.end();
    CHECK(seen.count_of(event_type::call_ended) == 0);
}

TEST_CASE("a channel that ended behind its row is not started", "[view]") {
    seen_pbx seen;
    seen.begin();
    seen.show(snapshot_part::channels, {channel_row(alice, 6)});
    seen.pbx.hang_up(alice, 16);
    seen.end();
    CHECK(seen.count_of(event_type::call_initiated) == 0);
}

TEST_CASE("a channel that left its bridge behind its row is in none", "[view]") {
    seen_pbx seen;
    seen.begin();
    seen.show(snapshot_part::channels, {channel_row(alice, 6, "b1")});
    seen.pbx.leave(alice, "b1");
    seen.end();
    CHECK(seen.count_of(event_type::call_initiated) == 1);
    CHECK(seen.count_of(event_type::leg_bridged) == 0);
}

TEST_CASE("who was moved while nobody looked is moved, once", "[view]") {
    seen_pbx seen;
    seen.talk();
    const scripted_channel carol{"PJSIP/103-00000003", "1795230000.3", alice.call_id, "103"};
    seen.begin();
    seen.show(snapshot_part::channels, {channel_row(alice, 6, "b2"), channel_row(carol, 6, "b2")});
    seen.end();
    const auto& moved = data_of<leg_event_data>(*seen.events.of_type(event_type::leg_bridged)[2]);
    CHECK(moved.leg_id == alice.id);
    CHECK(moved.bridge_id == "b2");
    CHECK(seen.count_of(event_type::leg_unbridged) == 1);
    CHECK(seen.count_of(event_type::call_ended) == 0);
    CHECK(seen.view(snapshot_part::channels,
                    {channel_row(alice, 6, "b2"), channel_row(carol, 6, "b2")}) == 0);
}

TEST_CASE("an event is newer than a row that is read before it", "[view]") {
    seen_pbx seen;
    seen.talk();
    seen.begin();
    seen.pbx.leave(alice, "b1");
    seen.pbx.enter(alice, "b3");
    seen.show(snapshot_part::channels, {channel_row(alice, 4, "b1"), channel_row(bob, 6, "b1")});
    CHECK(seen.end() == 0);
}

TEST_CASE("an answer that was not seen is told", "[view]") {
    seen_pbx seen;
    seen.pbx.begin(alice);
    seen.pbx.begin(bob, 0);
    seen.view(snapshot_part::channels, {channel_row(alice, 6, "b1"), channel_row(bob, 6, "b1")});
    REQUIRE(seen.count_of(event_type::call_answered) == 1);
    CHECK(seen.last(event_type::call_answered).origin.synthetic);
    CHECK(seen.count_of(event_type::leg_answered) == 2);
}

TEST_CASE("callers that joined or left a queue unseen are told", "[view]") {
    seen_pbx seen;
    seen.pbx.begin(alice);
    seen.pbx.say("QueueCallerJoin", scripted_pbx::snapshot(alice, 6) +
                                        "Queue: support\r\nPosition: 1\r\nCount: 1\r\n");
    seen.pbx.clock += seconds(5);
    CHECK(seen.view(snapshot_part::queues, {caller_row(alice.id)}) == 0);
    CHECK(seen.view(snapshot_part::queues, {}) == 1);
    const auto& left = data_of<queue_data>(seen.last(event_type::queue_caller_left));
    CHECK(left.call_id == alice.call_id);
    CHECK(left.wait_seconds >= seconds(5));
    CHECK(seen.view(snapshot_part::queues, {}) == 0);
    CHECK(seen.view(snapshot_part::queues, {caller_row(alice.id)}) == 1);
    const event& joined = seen.last(event_type::queue_caller_joined);
    CHECK(joined.origin.synthetic);
    CHECK(data_of<queue_data>(joined).call_id == alice.call_id);
    CHECK(joined.partition == alice.call_id);
}

TEST_CASE("agents that paused, came or went unseen are told", "[view]") {
    seen_pbx seen;
    CHECK(seen.view(snapshot_part::queues, {member_row("0")}) == 1);
    CHECK(seen.count_of(event_type::agent_logged_on) == 1);
    CHECK(seen.view(snapshot_part::queues, {member_row("0")}) == 0);
    CHECK(seen.view(snapshot_part::queues, {member_row("1")}) == 1);
    CHECK(seen.count_of(event_type::agent_not_ready) == 1);
    CHECK(seen.view(snapshot_part::queues, {member_row("1", "2")}) == 1);
    CHECK(data_of<agent_data>(seen.last(event_type::agent_state_changed)).state == "in-use");
    CHECK(seen.view(snapshot_part::queues, {member_row("0", "2")}) == 1);
    CHECK(seen.count_of(event_type::agent_ready) == 1);
    CHECK(seen.view(snapshot_part::queues, {}) == 1);
    CHECK(seen.count_of(event_type::agent_logged_off) == 1);
    // A pause that an event tells behind the row.
    seen.view(snapshot_part::queues, {member_row("0")});
    seen.begin();
    seen.pbx.say("QueueMemberPause",
                 "Queue: support\r\nMemberName: Carol\r\n"
                 "Interface: PJSIP/113\r\nPaused: 1\r\n");
    seen.show(snapshot_part::queues, {member_row("0")});
    CHECK(seen.end() == 0);
}

TEST_CASE("a caller whose leaving was not seen has left, also after giving up", "[view]") {
    seen_pbx seen;
    seen.pbx.begin(alice);
    seen.pbx.say("QueueCallerJoin",
                 "Queue: support\r\nPosition: 1\r\n" + seen.pbx.snapshot(alice, 6));
    seen.pbx.say("HangupRequest", seen.pbx.snapshot(alice, 6));
    seen.pbx.say("QueueCallerAbandon",
                 "Queue: support\r\nPosition: 1\r\nHoldTime: 9\r\n" + seen.pbx.snapshot(alice, 6));
    REQUIRE(seen.count_of(event_type::queue_caller_abandoned) == 1);
    CHECK(seen.view(snapshot_part::queues, {}) == 1);
    CHECK(seen.count_of(event_type::queue_caller_left) == 1);
    CHECK(seen.view(snapshot_part::queues, {}) == 0);
}

TEST_CASE("the state of a phone puts nobody into a queue", "[view]") {
    seen_pbx seen;
    seen.pbx.say("QueueMemberStatus",
                 "Queue: support\r\nMemberName: Carol\r\nInterface: PJSIP/113\r\nStatus: 1\r\n"
                 "Paused: 0\r\n");
    CHECK(seen.count_of(event_type::agent_state_changed) == 1);
    CHECK(seen.view(snapshot_part::queues, {member_row("0")}) == 1);
    CHECK(seen.count_of(event_type::agent_logged_on) == 1);
}

TEST_CASE("the state of a device is told when it is another", "[view]") {
    seen_pbx seen;
    CHECK(seen.view(snapshot_part::devices, {device_row("NOT_INUSE")}) == 1);
    CHECK(seen.view(snapshot_part::devices, {device_row("NOT_INUSE")}) == 0);
    CHECK(seen.view(snapshot_part::devices, {device_row("INUSE")}) == 1);
    CHECK(data_of<device_data>(seen.last(event_type::device_state_changed)).state == "in-use");
}

TEST_CASE("a contact that went away unseen is told", "[view]") {
    const row contact{{"Event", "ContactList"},
                      {"Endpoint", "101"},
                      {"Uri", "sip:101@192.0.2.7:5060"},
                      {"Status", "NonQualified"}};
    seen_pbx seen;
    CHECK(seen.view(snapshot_part::contacts, {contact}) == 1);
    CHECK(seen.view(snapshot_part::contacts, {contact}) == 0);
    CHECK(seen.view(snapshot_part::contacts, {}) == 1);
    const auto& gone = data_of<device_data>(seen.last(event_type::device_registration_changed));
    CHECK(gone.device == "PJSIP/101");
    CHECK(gone.state == "removed");
    CHECK(seen.view(snapshot_part::contacts, {}) == 0);
}
