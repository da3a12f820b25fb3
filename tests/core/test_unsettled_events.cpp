#include <cstdint>
#include <vector>

#include <catch2/catch.hpp>

#include "core/unsettled_events.h"

using callstream::unsettled_events;

namespace {

void add(unsettled_events& to, std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t number = first; number <= last; ++number)
        to.add({number * 10, number, static_cast<std::int64_t>(number)});
}

std::vector<std::uint64_t> take(unsettled_events& from, std::uint64_t position) {
    std::vector<std::uint64_t> taken;
    from.take(position,
              [&](const unsettled_events::event& passed) { taken.push_back(passed.sequence); });
    return taken;
}

}  // namespace

TEST_CASE("events that end at or before a position are taken once, in order", "[journal]") {
    unsettled_events events;
    events.reserve();
    events.restart(0);
    add(events, 1, 5);
    CHECK(take(events, 9).empty());
    CHECK(take(events, 30) == std::vector<std::uint64_t>{1, 2, 3});
    CHECK(take(events, 30).empty());
    CHECK(events.begin() == 30);
    CHECK(events.end() == 50);
    CHECK(take(events, 1'000) == std::vector<std::uint64_t>{4, 5});
}

TEST_CASE("unsettled events go around the end of their ring", "[journal]") {
    unsettled_events events;
    events.reserve();
    events.restart(0);
    std::uint64_t first = 1;
    for (std::uint64_t last = 5'000; last <= 50'000; last += 5'000) {
        add(events, first, last);
        const auto taken = take(events, last * 10 - 20'000);
        REQUIRE_FALSE(taken.empty());
        CHECK(taken.back() == last - 2'000);
        first = last + 1;
    }
    const auto rest = take(events, 500'000);
    REQUIRE(rest.size() == 2'000);
    for (std::size_t i = 0; i < rest.size(); ++i)
        REQUIRE(rest[i] == 48'001 + i);
}

TEST_CASE("where no room is left, what is covered ends until a restart", "[journal]") {
    constexpr std::uint64_t room = 8192;
    unsettled_events events;
    events.reserve();
    events.restart(0);
    add(events, 1, room + 3);
    CHECK(events.end() == room * 10);
    CHECK(take(events, 10).size() == 1);
    add(events, room + 4, room + 4);  // not behind the gap
    CHECK(events.end() == room * 10);
    CHECK(take(events, ~std::uint64_t{0}).size() == room - 1);
    events.restart(50);
    CHECK(events.begin() == 50);
    CHECK(events.end() == 50);
    events.add({60, 7, 7});
    CHECK(take(events, 60) == std::vector<std::uint64_t>{7});
}
