#include <fstream>
#include <map>
#include <random>

#include <catch2/catch.hpp>

#include "core/limits.h"
#include "tests/parsers/ami_stream.h"
#include "tests/support/capture.h"
#include "tests/support/paths.h"

using namespace callstream;
using namespace callstream::parsers;
using namespace callstream::test;

namespace {

// Arrives in reads of at most `size_max` bytes.
stream_digest digest_of_pieces(std::string_view bytes, std::size_t size_max, unsigned seed) {
    std::mt19937 random(seed);
    std::uniform_int_distribution<std::size_t> size(1, size_max);
    stream_reader reader;
    for (std::size_t arrived = 0; arrived < bytes.size();) {
        arrived = std::min(bytes.size(), arrived + size(random));
        reader.read(bytes.substr(0, arrived));
    }
    return reader.digest;
}

std::string with_bare_line_feeds(std::string_view bytes) {
    std::string changed;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (bytes[i] != '\r' || bytes[i + 1] != '\n') changed += bytes[i];
    }
    return changed;
}

std::map<std::string, std::size_t> events_counted_elsewhere() {
    std::ifstream file(callstream::test::data_folder() / "asterisk/counts.txt");
    std::map<std::string, std::size_t> counts;
    std::string name;
    for (std::size_t size = 0, events = 0; file >> name >> size >> events;)
        counts[name] = events;
    return counts;
}

}  // namespace

TEST_CASE("a recorded stream holds as many events as another program counted", "[parsers][ami]") {
    const auto counts = events_counted_elsewhere();
    REQUIRE(counts.size() > 60);
    for (const auto& [name, events] : counts) {
        INFO(name);
        const capture recorded = load_capture(name);
        const stream_digest digest = digest_of(recorded.bytes());
        CHECK(digest.greetings == 1);
        CHECK(digest.events == events);
        CHECK(digest.rejected == 0);
    }
}

TEST_CASE("where a recorded stream was cut makes no difference", "[parsers][ami]") {
    for (const std::string& name : capture_names()) {
        const capture recorded = load_capture(name);
        const std::string_view bytes = recorded.bytes();
        const stream_digest whole = digest_of(bytes);
        INFO(name);
        CHECK(digest_of_pieces(bytes, 1, 0) == whole);
        for (const unsigned seed : {1U, 2U, 3U}) {
            INFO("seed " << seed);
            CHECK(digest_of_pieces(bytes, 100, seed) == whole);
            CHECK(digest_of_pieces(bytes, 5'000, seed) == whole);
        }
        stream_reader as_it_came;
        for (const capture_segment& segment : recorded.segments) {
            as_it_came.read(bytes.substr(0, segment.offset + segment.size));
        }
        CHECK(as_it_came.digest == whole);
    }
}

// A cut matters to the message that it is in and to the one behind: those two are read again for
// each place, as reading all would take hours.
TEST_CASE("every single cut in a recorded stream makes no difference", "[parsers][ami]") {
    constexpr std::size_t size_max = 60'000;
    for (const std::string& name : capture_names()) {
        const capture recorded = load_capture(name);
        const std::string_view bytes = recorded.bytes();
        if (bytes.size() > size_max) continue;
        INFO(name);
        std::vector<std::size_t> ends;
        ami_framer framer;
        for (std::size_t done = 0;; ends.push_back(done)) {
            const auto found = framer.next(bytes.substr(done));
            REQUIRE(found.has_value());
            done += framer.frame().size_wire;
            if (found == ami_found::nothing) break;
        }
        ends.push_back(bytes.size());
        for (std::size_t i = 0; i + 2 < ends.size(); ++i) {
            const std::string_view two = bytes.substr(ends[i], ends[i + 2] - ends[i]);
            stream_reader whole(true);
            whole.read(two);
            for (std::size_t cut = 1; cut < two.size(); ++cut) {
                stream_reader torn(true);
                torn.read(two.substr(0, cut));
                torn.read(two);
                if (!(torn.digest == whole.digest)) FAIL("cut " << cut << " behind " << ends[i]);
            }
        }
    }
}

TEST_CASE("a stream whose lines end with a bare LF gives the same messages", "[parsers][ami]") {
    std::size_t compared = 0;
    for (const std::string& name : capture_names()) {
        const capture recorded = load_capture(name);
        const std::string_view bytes = recorded.bytes();
        bool value_has_line_feeds = false;
        stream_reader reader;
        reader.on_message = [&](const ami_message& message) {
            for (const header& each : message.headers()) {
                value_has_line_feeds |= each.value.find('\n') != std::string_view::npos;
            }
        };
        reader.read(bytes);
        if (value_has_line_feeds) continue;  // there it is a different stream
        INFO(name);
        const padded changed(with_bare_line_feeds(bytes));
        stream_digest expected = reader.digest;
        stream_digest digest = digest_of(changed.view());
        digest.torn_size = expected.torn_size = 0;
        CHECK(digest == expected);
        ++compared;
    }
    CHECK(compared > 50);
}

TEST_CASE("the load capture is read without a rejected message", "[parsers][ami]") {
    const capture recorded = load_capture("m_mixed");
    const stream_digest digest = digest_of(recorded.bytes());
    CHECK(digest.messages > 200'000);
    CHECK(digest.rejected == 0);
    CHECK(digest.empty == 0);
}

TEST_CASE("genuine events have Privilege second, answers an ActionID", "[parsers][ami]") {
    std::map<ami_kind, std::size_t> seen;
    for (const std::string& name : capture_names()) {
        if (name.starts_with("l2_") || name.find("n4_actions") == 0) continue;
        const capture recorded = load_capture(name);
        stream_reader reader;
        reader.on_message = [&](const ami_message& message) { ++seen[kind_of(message)]; };
        reader.read(recorded.bytes());
        INFO(name);
        CHECK(seen[ami_kind::unverified] == 0);
        CHECK(seen[ami_kind::malformed] == 0);
    }
    CHECK(seen[ami_kind::event] > 10'000);
    CHECK(seen[ami_kind::reply] > 50);
}
