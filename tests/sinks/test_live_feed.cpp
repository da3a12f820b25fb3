#include <filesystem>
#include <vector>

#include <catch2/catch.hpp>

#include "sinks/live_feed.h"
#include "sinks/state_file.h"
#include "tests/sinks/journal_feed.h"
#include "tests/sinks/live_scene.h"
#include "tests/support/temporary_directory.h"

namespace {

using namespace callstream;
using namespace callstream::sinks;
using callstream::sinks::test::journal_feed;
using std::chrono::seconds;

struct scene {
    journal_feed journal;
    std::unique_ptr<journal_reader> reader = journal.reader("bus.state");
    callstream::test::temporary_directory directory;
    live_feed_settings settings{"bus.state", {}, directory / "bus.state"};
    live_feed feed{settings, *reader};

    std::vector<live_change> take_all() {
        std::vector<live_change> changes;
        while (auto change = feed.next())
            changes.push_back(std::move(*change));
        return changes;
    }
};

// That began in the one minute that the journal's events are of.
std::uint64_t calls_in(const live_feed& feed) {
    json_document document;
    const auto& all = feed.state().of(live_kind::activity);
    const auto parsed = document.parse(all.at("hq"));
    return static_cast<std::uint64_t>((*parsed)["minutes"][0]["calls"].number().value());
}

}  // namespace

TEST_CASE("the cursor moves although something is always on its way", "[live]") {
    scene at;
    CHECK_FALSE(at.feed.restore());
    std::vector<live_change> in_flight;
    std::uint64_t before = at.reader->acknowledged();
    int moves = 0;
    for (int turn = 1; turn < 12; ++turn) {
        at.journal.publish(10, 1000);
        at.feed.read();
        const auto changes = at.take_all();
        for (const live_change& change : in_flight)
            at.feed.settle(change);
        in_flight = changes;
        CHECK_FALSE(at.feed.is_settled());
        at.feed.store(seconds(10 * turn), false);
        if (at.reader->acknowledged() > before) ++moves;
        before = at.reader->acknowledged();
    }
    CHECK(moves > 3);
}

TEST_CASE("the cursor waits for what was given back, or for what is newer", "[live]") {
    scene at;
    at.feed.restore();
    at.journal.publish(3, 3);
    at.feed.read();
    const auto changes = at.take_all();
    REQUIRE(changes.size() == 1);  // the minute
    at.feed.store(seconds(10), false);
    for (const live_change& change : changes)
        at.feed.give_back(change);
    at.feed.store(seconds(20), false);
    const std::uint64_t begin = at.reader->acknowledged();
    CHECK_FALSE(std::filesystem::exists(at.settings.state_path));
    for (const live_change& change : at.take_all())
        at.feed.settle(change);
    at.feed.store(seconds(30), false);
    CHECK(at.reader->acknowledged() > begin);
    CHECK(at.feed.is_settled());
}

TEST_CASE("an entry's next value waits until the one before is settled", "[live]") {
    scene at;
    at.feed.restore();
    at.journal.publish(1, 1);
    at.feed.read();
    const auto first = at.take_all();
    at.feed.tell_all();
    CHECK(at.take_all().empty());
    for (const live_change& change : first)
        at.feed.settle(change);
    CHECK(at.take_all().size() == first.size());
}

TEST_CASE("a state that another version stored is made from the journal", "[live]") {
    scene at;
    at.journal.publish(5, 5);
    REQUIRE(store_state_text(at.settings.state_path, R"({"at":"0-0","state":{"format":0}})"));
    CHECK_FALSE(at.feed.restore());
    at.feed.read();
    CHECK(calls_in(at.feed) == 5);
}

TEST_CASE("a stored state goes on behind its place", "[live]") {
    scene at;
    at.feed.restore();
    at.journal.publish(5, 5);
    at.feed.read();
    for (const live_change& change : at.take_all())
        at.feed.settle(change);
    at.feed.store(seconds(10), true);
    at.journal.publish(2, 1000);
    const auto again = at.journal.reader("other.state");
    live_feed next(at.settings, *again);
    REQUIRE(next.restore());
    CHECK(calls_in(next) == 5);
    next.read();
    CHECK(calls_in(next) == 7);
}

TEST_CASE("a state of events that the journal has lost is not gone on from, and taken back",
          "[live]") {
    scene at;
    at.journal.publish(3, 3);
    // Of a run before a power cut, which took the end of the journal with it.
    callstream::sinks::test::live_scene lost;
    lost.tell("call.answered", 0, R"("call_id":"c9","state":"connected")");
    const stream_place place{at.reader->position() + 1'000'000, 77};
    REQUIRE(store_state_text(at.settings.state_path, state_text(lost.state, place)));
    CHECK_FALSE(at.feed.restore());
    at.feed.read();
    const auto changes = at.take_all();
    CHECK(std::count_if(changes.begin(), changes.end(), [](const live_change& change) {
              return change.kind == live_kind::call && change.key == "hq:c9" &&
                     change.value.empty();
          }) == 1);
    CHECK(at.feed.state().of(live_kind::call).count("hq:c9") == 0);
}
