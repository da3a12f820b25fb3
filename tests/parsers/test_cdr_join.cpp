#include <map>

#include <catch2/catch.hpp>

#include "parsers/cdr_join.h"
#include "tests/support/recorded_events.h"

using namespace callstream;
using namespace callstream::parsers;
using namespace callstream::test;
using std::chrono::seconds;

namespace {

struct kept_values final : state_store {
    std::map<std::string, std::string, std::less<>> values;

    void put(std::string_view name, std::string_view value) override {
        REQUIRE(value.size() <= 4096);
        if (value.empty())
            values.erase(std::string(name));
        else
            values[std::string(name)] = value;
    }
};

struct scene {
    scene() { begin(); }
    void begin() {
        join = std::make_unique<cdr_join>(cdr_join::parts{events, kept, room},
                                          cdr_join::words{"nexo", "9006", keyed_alike});
        for (const auto& [name, value] : kept.values)
            REQUIRE(join->restore(name, value));
    }
    // As the manager interface tells it.
    void say(const cdr_row& row) {
        std::vector<header> headers;
        event told;
        told.type = event_type::cdr_created;
        told.time = *row.ended_at;
        told.subject = told.partition = row.call_id;
        told.natural_key = row.key;
        cdr_data data = data_of(row, headers);
        data.channel = "SIP/205-1";
        data.destination_channel = "SIP/204-1";
        told.data = data;
        join->publish(told);
    }
    std::size_t created() const { return events.count_of(event_type::cdr_created); }
    std::size_t updated() const { return events.count_of(event_type::cdr_updated); }

    recorded_events events;
    kept_values kept;
    bool has_room = true;
    std::function<bool()> room = [this] { return has_room; };
    bool keyed_alike = false;
    std::unique_ptr<cdr_join> join;
};

// The record of the documentation's call from 205 to 204.
cdr_row sample(const std::string& id = "1619082110.0") {
    cdr_row row;
    row.call_id = row.leg_id = id;
    row.calling.number = "205";
    row.called.number = "204";
    row.direction = direction::internal;
    row.started_at = timestamp(seconds(1'619'082'110));
    row.ended_at = timestamp(seconds(1'619'082'115));
    row.duration_seconds = seconds(5);
    row.billable_seconds = seconds(3);
    row.disposition = disposition::answered;
    return row;
}

const std::string file = "20210422/20210422-010152-1619082112-Internal-205-204.wav";

}  // namespace

TEST_CASE("a record is told once, whichever way was first", "[cdr]") {
    const bool event_first = GENERATE(true, false);
    scene one;
    if (event_first) one.say(sample());
    CHECK(one.join->take(sample()) == !event_first);
    if (!event_first) one.say(sample());
    CHECK(one.created() == 1);
    CHECK_FALSE(one.join->take(sample()));
    CHECK(one.created() == 1);
    // The event knows channels that the row does not.
    CHECK(one.updated() == (event_first ? 0u : 1u));
    const auto& first = one.events.all().front();
    CHECK(first.natural_key.substr(0, 13) == "1619082110.0:");
}

TEST_CASE("a recording that a poll finds later is an update, once, and tells of the file",
          "[cdr]") {
    scene one;
    one.say(sample());
    one.join->take(sample());
    cdr_row row = sample();
    row.recordings = {file};
    CHECK(one.join->take(row));
    CHECK_FALSE(one.join->take(row));
    REQUIRE(one.updated() == 1);
    const event& update = *one.events.of_type(event_type::cdr_updated).front();
    const event& created = *one.events.of_type(event_type::cdr_created).front();
    CHECK(data_of<cdr_data>(update).recording == file);
    CHECK(update.natural_key.starts_with(created.natural_key));
    CHECK(update.natural_key != created.natural_key);
    REQUIRE(one.events.count_of(event_type::recording_available) == 1);
    const auto& told =
        data_of<recording_data>(*one.events.of_type(event_type::recording_available).front());
    CHECK(told.file == file);
    CHECK(told.format == "wav");
}

TEST_CASE("records that are alike are counted, not taken for one", "[cdr]") {
    scene one;
    one.say(sample());
    one.say(sample());  // as two members of a group that nobody answered
    cdr_row other = sample();
    other.called.number = "206";
    CHECK_FALSE(one.join->take(sample()));
    CHECK_FALSE(one.join->take(other));
    CHECK_FALSE(one.join->take(sample()));
    cdr_row third = sample();
    third.called.number = "207";
    CHECK(one.join->take(third));
    CHECK(one.created() == 3);
    CHECK(one.updated() == 0);
}

TEST_CASE("rows that say the same to the letter are as many records", "[cdr]") {
    scene one;
    cdr_row twin = sample();
    twin.alike = 1;
    CHECK(one.join->take(sample()));
    CHECK(one.join->take(twin));
    CHECK_FALSE(one.join->take(sample()));
    CHECK_FALSE(one.join->take(twin));
    CHECK(one.created() == 2);
}

TEST_CASE("a vendor's own key is the record's", "[cdr]") {
    scene one;
    cdr_row row = sample();
    row.key = "7788";
    CHECK(one.join->take(row));
    CHECK_FALSE(one.join->take(row));
    CHECK(one.events.all().front().natural_key == "7788");
}

TEST_CASE("an event has the key of its row where both have one, also of records that are alike",
          "[cdr]") {
    scene one;
    one.keyed_alike = true;
    one.begin();
    cdr_row first = sample();
    first.key = "1619082110.0:a1";
    cdr_row second = first;  // in the row, the number of the record tells it apart
    second.key += "#2";
    const bool events_first = GENERATE(true, false);
    if (events_first) {
        one.say(first);
        one.say(first);
    }
    one.join->take(first);
    one.join->take(second);
    if (!events_first) {
        one.say(first);
        one.say(first);
    }
    CHECK(one.created() == 2);
    CHECK(one.events.all()[0].natural_key == first.key);
    CHECK(one.events.of_type(event_type::cdr_created)[1]->natural_key == second.key);
    one.say(first);
    CHECK(one.created() == 3);
}

TEST_CASE("what was told is known after a restart", "[cdr]") {
    scene one;
    constexpr int count = 1000;
    for (int i = 0; i < count; ++i)
        CHECK(one.join->take(sample("c" + std::to_string(i))));
    one.say(sample("by event"));
    one.join->store();
    one.begin();
    for (int i = 0; i < count; ++i)
        CHECK_FALSE(one.join->take(sample("c" + std::to_string(i))));
    CHECK_FALSE(one.join->take(sample("by event")));
    CHECK(one.join->take(sample("new")));
}

TEST_CASE("what is not going to be read again is forgotten", "[cdr]") {
    scene one;
    for (int i = 0; i < 1000; ++i) {
        cdr_row row = sample("c" + std::to_string(i));
        row.ended_at = *row.started_at + seconds(i);
        one.join->take(row);
    }
    one.join->store();
    const std::size_t before = one.kept.values.size();
    const timestamp since = timestamp(seconds(1'619'082'110 + 500));
    one.join->forget_before(since);
    one.join->store();
    CHECK(one.kept.values.size() < before);
    CHECK(one.join->remembers_since() == since);
    one.begin();
    CHECK(one.join->remembers_since() == since);
    cdr_row late = sample("c900");
    late.ended_at = *late.started_at + seconds(900);
    CHECK_FALSE(one.join->take(late));
}

TEST_CASE("a PBX with too many records forgets the oldest, and says from when it knows", "[cdr]") {
    scene one;
    for (int i = 0; i < 70'000; ++i) {
        cdr_row row = sample("c" + std::to_string(i));
        row.ended_at = *row.started_at + seconds(i);
        one.join->take(row);
    }
    CHECK(one.join->counters().forgotten > 0);
    CHECK(one.join->remembers_since() > *sample().started_at);
    one.join->store();
    CHECK(one.kept.values.size() < 500);
}

TEST_CASE("an event that finds no room is left for the rows", "[cdr]") {
    scene one;
    one.has_room = false;
    one.say(sample());
    one.has_room = true;
    CHECK(one.created() == 0);
    CHECK(one.join->take(sample()));
    CHECK(one.created() == 1);
}

TEST_CASE("an event that finds no room is told where no rows come: its loss is counted", "[cdr]") {
    scene one;
    one.room = nullptr;
    one.has_room = false;
    one.begin();
    one.say(sample());
    one.say(sample());
    CHECK(one.created() == 2);
}

TEST_CASE("a live record among a past that is filled does not make the past forgotten", "[cdr]") {
    scene one;
    cdr_row live = sample("live");
    live.ended_at = *live.started_at + std::chrono::hours(24 * 30);
    one.say(live);
    const timestamp begun = *sample().started_at;
    for (int i = 0; i < 70'000; ++i) {
        cdr_row row = sample("c" + std::to_string(i));
        row.ended_at = begun + seconds(i);
        one.join->take(row);
        if (i % 1000 == 0) one.join->forget_before(begun + seconds(i) - std::chrono::hours(4));
    }
    CHECK(one.join->counters().forgotten == 0);
    CHECK(one.join->remembers_since() < begun + seconds(70'000) - std::chrono::hours(4));
    CHECK_FALSE(one.join->take(live));
}
