// The identity of a PBX's counts, wherever an event ends.
#include <numeric>
#include <string>

#include <catch2/catch.hpp>

#include "core/publisher.h"
#include "tests/support/journal_events.h"

using namespace callstream;
using namespace callstream::test;

namespace {

event leg_event(std::string_view channel) {
    leg_event_data data;
    data.call_id = "1.1";
    data.leg_id = "1.1";
    data.channel = channel;
    event made;
    made.type = event_type::leg_created;
    made.subject = made.partition = data.call_id;
    made.data = data;
    return made;
}

std::uint64_t known(const publisher& pbx) {
    const publisher_counters& counted = pbx.counters();
    return counted.published + counted.rejected + counted.shed + counted.left_out;
}

std::uint64_t typed(const publisher& pbx) {
    const event_type_counts& types = pbx.published_types();
    return std::accumulate(types.begin(), types.end(), std::uint64_t{0});
}

}  // namespace

TEST_CASE("received is published, rejected, shed and left out, at every moment", "[core]") {
    journal_settings settings = small_journal(":memory:");
    settings.max_bytes = 2 * limits::segment_size_min;
    const auto log = open_journal(settings);
    const auto slow = open_reader(*log, "slow");  // acknowledges nothing: the journal fills
    batch_clock clock;
    const auto pbx = publisher::open(*log, clock, "hq").value();
    auto filter = event_filter::make({{}, {{}, {}, {"Local/*"}, {}, {}, {}}});
    REQUIRE(filter);
    pbx->set_filter(std::move(*filter));

    const std::string huge(2 * limits::record_size_max, 'x');
    const std::string large(100'000, 'x');
    std::uint64_t given = 0;
    for (int i = 0; i < 400; ++i) {
        const bool is_local = i % 7 == 0;
        const bool is_huge = i % 11 == 0;
        pbx->publish(leg_event(is_local ? "Local/1@a" : is_huge ? huge : large));
        ++given;
        CHECK(pbx->counters().received == known(*pbx));
        CHECK(pbx->counters().published == typed(*pbx));
        log->publish();
    }
    // What the publisher adds itself, small enough for the rest of a full segment.
    const auto overload = static_cast<std::size_t>(event_type::source_overload);
    CHECK(pbx->counters().received == given + pbx->published_types()[overload]);
    CHECK(pbx->published_types()[overload] > 0);
    CHECK(pbx->counters().published > 0);
    CHECK(pbx->counters().rejected > 0);
    CHECK(pbx->counters().shed > 0);
    CHECK(pbx->counters().left_out > 0);
}

TEST_CASE("a reader counts each event that it is done with, and how long it took", "[core]") {
    const auto log = open_journal(small_journal(":memory:"));
    const auto reader = open_reader(*log, "sink");
    const auto hq = *log->pbx_index("hq");
    const std::string payload(10'000, 'x');
    std::uint64_t count = 0;
    const auto sum = [&reader] {
        const latency_counts counts = reader->settled().read();
        return std::accumulate(counts.buckets.begin(), counts.buckets.end(), std::uint64_t{0});
    };
    for (int batch = 0; batch < 20; ++batch) {  // over several segments
        for (int i = 0; i < 50; ++i, ++count)
            REQUIRE(
                try_append(*log, hq, payload, now() - std::chrono::seconds(batch == 0 ? 10 : 0)));
        log->publish();
        std::uint64_t position = 0;
        while (const auto next = *reader->next())
            position = next->position_next;
        REQUIRE(reader->acknowledge(position));
        CHECK(sum() == count);
    }
    const latency_counts counts = reader->settled().read();
    CHECK(counts.buckets[17] == 50);  // 10 s: over 6.55 s, at most 13.1 s
}

TEST_CASE("each is counted once when more is unsettled than a reader remembers", "[core]") {
    const auto log = open_journal(small_journal(":memory:"));
    const auto reader = open_reader(*log, "sink");
    const auto hq = *log->pbx_index("hq");
    std::vector<std::uint64_t> ends;
    const auto publish = [&](int count) {
        for (int i = 0; i < count; ++i)
            append(*log, hq, "x");
        log->publish();
        while (const auto next = *reader->next())
            ends.push_back(next->position_next);
    };
    publish(30'000);
    const auto settled = [&](std::size_t count) {
        REQUIRE(reader->acknowledge(ends[count - 1]));
        const latency_counts counts = reader->settled().read();
        const auto sum =
            std::accumulate(counts.buckets.begin(), counts.buckets.end(), std::uint64_t{0});
        return sum == count && reader->acknowledged_sequence() == count;
    };
    CHECK(settled(5'000));
    CHECK(settled(25'000));  // beyond what is remembered
    publish(1'000);
    CHECK(settled(25'001));
    reader->seek(ends[25'000]);  // to send again what was not acknowledged
    ends.resize(25'001);
    publish(1);
    CHECK(settled(26'000));
    CHECK(settled(31'001));
}

TEST_CASE("what was settled before is not counted when it is read again", "[core]") {
    const auto count = GENERATE(10, 9'000);  // the latter more than a reader remembers
    const auto log = open_journal(small_journal(":memory:"));
    const auto reader = open_reader(*log, "sink");
    const auto hq = *log->pbx_index("hq");
    const auto settle = [&](int more) {
        for (int i = 0; i < more; ++i)
            append(*log, hq, "x");
        log->publish();
        std::uint64_t end = 0;
        while (const auto next = *reader->next())
            end = next->position_next;
        REQUIRE(reader->acknowledge(end));
        const latency_counts counts = reader->settled().read();
        return std::accumulate(counts.buckets.begin(), counts.buckets.end(), 0);
    };
    CHECK(settle(count) == count);
    reader->seek(0);
    CHECK(settle(1) == count + 1);
    CHECK(settle(1) == count + 2);
}
