// Calls that are alive while callstream is not.
#include <functional>
#include <map>
#include <string>

#include <catch2/catch.hpp>

#include "core/state_store.h"
#include "parsers/call_memory.h"
#include "tests/support/ami_rows.h"

using namespace callstream;
using namespace callstream::test;
using std::chrono::seconds;

namespace {

struct kept_state final : state_store {
    void put(text name, text value) override {
        if (value.empty())
            values.erase(std::string(name));
        else
            values[std::string(name)] = value;
    }
    std::size_t count_of(text kind) const {
        std::size_t count = 0;
        for (const auto& [name, value] : values)
            if (name.starts_with(kind)) ++count;
        return count;
    }

    std::map<std::string, std::string> values;
};

const scripted_channel alice{"PJSIP/101-00000001", "1795230000.1", "1795230000.1"};
const scripted_channel bob{"PJSIP/102-00000002", "1795230000.2", "1795230000.1", "102"};

// One run of the program; the next has what this one left.
struct run {
    explicit run(kept_state& store) : pbx(events, {}, &store) {
        for (const auto& [name, value] : std::map(store.values))
            restored_all = pbx.restore(name, value) && restored_all;
    }
    void talk() {
        pbx.begin(alice);
        pbx.begin(bob, 0);
        pbx.dial(alice, bob);
        pbx.clock += seconds(4);
        pbx.change(bob, 6);
        pbx.dialled(alice, bob, "ANSWER");
        pbx.change(alice, 6);
        pbx.enter(alice, "b1");
        pbx.enter(bob, "b1");
    }
    std::uint64_t view(std::initializer_list<row> channels, std::initializer_list<row> queues) {
        pbx.repair().begin_view(pbx.clock);
        for (const row& one : channels)
            pbx.repair().add_row(snapshot_part::channels, one, pbx.clock);
        pbx.repair().complete(snapshot_part::channels);
        for (const row& one : queues)
            pbx.repair().add_row(snapshot_part::queues, one, pbx.clock);
        pbx.repair().complete(snapshot_part::queues);
        return pbx.repair().end_view(pbx.clock, false);
    }

    recorded_events events;
    scripted_pbx pbx;
    bool restored_all = true;
};

}  // namespace

TEST_CASE("a call goes on over a restart, with its times, parties and outcome", "[restart]") {
    kept_state store;
    run before(store);
    before.talk();
    CHECK(store.count_of("call/") == 1);

    run after(store);
    REQUIRE(after.restored_all);
    after.pbx.clock = before.pbx.clock + seconds(60);
    CHECK(after.view({channel_row(alice, 6, "b1"), channel_row(bob, 6, "b1")}, {}) == 0);
    CHECK(after.events.all().empty());
    after.pbx.clock += seconds(30);
    after.pbx.leave(bob, "b1");
    after.pbx.hang_up(bob, 16);
    after.pbx.hang_up(alice, 16);
    CHECK(after.events.count_of(event_type::leg_unbridged) == 1);
    REQUIRE(after.events.count_of(event_type::call_ended) == 1);
    const event& ended = *after.events.of_type(event_type::call_ended)[0];
    const call_data& call = *call_data_of(ended);
    const call_data& answered = *call_data_of(*before.events.of_type(event_type::call_answered)[0]);
    CHECK_FALSE(ended.origin.synthetic);
    CHECK(call.call_id == alice.call_id);
    CHECK(call.started_at == answered.started_at);
    CHECK(call.answered_at == answered.answered_at);
    CHECK(call.calling.number == "101");
    CHECK(call.called.number == "102");
    CHECK(call.answering.number == "102");
    CHECK(call.direction == answered.direction);
    CHECK(call.disposition == disposition::answered);
    CHECK(call.talk_seconds >= seconds(90));
    CHECK(store.values.empty());
}

TEST_CASE("a call that ended while callstream did not run ends once", "[restart]") {
    kept_state store;
    run(store).talk();
    run after(store);
    CHECK(after.view({}, {}) == 3);
    CHECK(after.events.count_of(event_type::call_ended) == 1);
    CHECK(store.values.empty());
    run later(store);
    CHECK(later.view({}, {}) == 0);
}

TEST_CASE("who waited and who was paused is known after a restart", "[restart]") {
    kept_state store;
    {
        run before(store);
        before.pbx.begin(alice);
        before.pbx.say("QueueCallerJoin", scripted_pbx::snapshot(alice, 6) +
                                              "Queue: support\r\nPosition: 1\r\nCount: 1\r\n");
        before.view({channel_row(alice, 6)}, {caller_row(alice.id), member_row("1")});
    }
    {
        run same(store);
        REQUIRE(same.restored_all);
        CHECK(same.view({channel_row(alice, 6)}, {caller_row(alice.id), member_row("1")}) <= 1);
        CHECK(same.events.count_of(event_type::agent_not_ready) == 0);
        CHECK(same.events.count_of(event_type::queue_caller_joined) == 0);
    }
    run other(store);
    other.view({channel_row(alice, 6)}, {member_row("0")});
    CHECK(other.events.count_of(event_type::agent_ready) == 1);
    REQUIRE(other.events.count_of(event_type::queue_caller_left) == 1);
    CHECK(data_of<queue_data>(*other.events.of_type(event_type::queue_caller_left)[0]).call_id ==
          alice.call_id);
    CHECK(store.count_of("wait/") == 0);
}

TEST_CASE("what was stored is read whole or not at all", "[restart]") {
    kept_state store;
    run(store).talk();
    const std::string whole = store.values.begin()->second;
    for (std::size_t size = 0; size < whole.size(); ++size) {
        recorded_events events;
        scripted_pbx pbx(events);
        pbx.restore("call/1795230000.1", std::string_view(whole).substr(0, size));
        pbx.hang_up(alice, 16);  // whatever of it is there
        pbx.hang_up(bob, 16);
        CHECK(events.count_of(event_type::call_ended) <= 1);
    }
    CHECK_FALSE(run(store).pbx.restore("call/1795230000.1", whole));  // it is there already
    CHECK_FALSE(run(store).pbx.restore("other", whole));
}

TEST_CASE("who is in a conference is remembered over a restart", "[restart]") {
    kept_state store;
    {
        run before(store);
        before.talk();
        before.pbx.say("ConfbridgeStart", "Conference: 801\r\n");
        before.pbx.say("ConfbridgeJoin", "Conference: 801\r\n" + before.pbx.snapshot(alice, 6));
        before.pbx.say("ConfbridgeJoin", "Conference: 801\r\n" + before.pbx.snapshot(bob, 6));
        before.pbx.say("ConfbridgeLeave", "Conference: 801\r\n" + before.pbx.snapshot(bob, 6));
    }
    CHECK(store.count_of("room/") == 1);
    CHECK(store.count_of("in-room/") == 1);
    run after(store);
    REQUIRE(after.restored_all);
    view_repair& repair = after.pbx.repair();
    repair.begin_view(after.pbx.clock);
    repair.complete(snapshot_part::rooms);
    repair.complete(snapshot_part::participants);
    repair.end_view(after.pbx.clock, false);
    REQUIRE(after.events.count_of(event_type::conference_left) == 1);
    CHECK(data_of<conference_data>(*after.events.of_type(event_type::conference_left)[0]).leg_id ==
          alice.id);
    CHECK(after.events.count_of(event_type::conference_ended) == 1);
    CHECK(store.count_of("room/") == 0);
    CHECK(store.count_of("in-room/") == 0);
}
