#include <algorithm>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include "sinks/delivery_window.h"

using namespace callstream;
using namespace callstream::sinks;

namespace {

void push(delivery_window& window, std::uint64_t position_next) {
    window.push({position_next, 0, event_type::call_ended, false});
}

}  // namespace

TEST_CASE("a window advances over an unbroken row only", "[kafka]") {
    delivery_window window(3, 100);
    push(window, 110);
    push(window, 120);
    push(window, 130);
    CHECK(window.full());

    window.settle(1);
    CHECK_FALSE(window.advance());
    CHECK(window.position() == 100);

    window.settle(0);
    CHECK(window.advance());
    CHECK(window.position() == 120);
    CHECK(window.first() == 2);
    CHECK_FALSE(window.full());

    push(window, 140);
    CHECK(window[3].position_next == 140);
    window.settle(3);
    window.settle(2);
    CHECK(window.advance());
    CHECK(window.position() == 140);
    CHECK(window.empty());
}

TEST_CASE("a window says where each record is read again", "[kafka]") {
    delivery_window window(4, 100);
    push(window, 110);
    push(window, 120);
    push(window, 130);
    CHECK(window.position_of(0) == 100);
    CHECK(window.position_of(2) == 120);
    window.settle(0);
    window.advance();
    CHECK(window.position_of(1) == 110);
    CHECK(window.position_of(3) == 130);  // the one that comes next
}

TEST_CASE("in whatever order records settle, the position never passes an unsettled one",
          "[kafka]") {
    const unsigned seed = GENERATE(range(1u, 20u));
    CAPTURE(seed);
    std::minstd_rand random(seed);
    delivery_window window(64, 0);
    std::vector<std::uint64_t> open;
    std::uint64_t settled_count = 0;
    while (settled_count < 1000) {
        while (!window.full()) {
            open.push_back(window.end());
            push(window, window.end() + 1);
        }
        std::shuffle(open.begin(), open.end(), random);
        window.settle(open.back());
        open.pop_back();
        ++settled_count;
        window.advance();
        REQUIRE(window.position() <= settled_count);
        if (!open.empty())
            REQUIRE(window.position() == *std::min_element(open.begin(), open.end()));
    }
}
