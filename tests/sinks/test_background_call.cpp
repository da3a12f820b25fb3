#include <memory>
#include <optional>
#include <thread>

#include <catch2/catch.hpp>

#include "sinks/background_call.h"

using namespace callstream;
using namespace callstream::sinks;

TEST_CASE("a background call runs on another thread and ends on the loop's", "[kafka]") {
    loop own_loop;
    std::optional<background_call> background(own_loop);
    std::thread::id called_on;
    std::thread::id done_on;
    background->start([&] { called_on = std::this_thread::get_id(); },
                      [&] {
                          done_on = std::this_thread::get_id();
                          background.reset();
                      });
    CHECK(background->busy());
    own_loop.run();
    CHECK_FALSE(background);
    CHECK(done_on == std::this_thread::get_id());
    CHECK(called_on != done_on);
}

TEST_CASE("the end of a background call may start the next", "[kafka]") {
    loop own_loop;
    std::optional<background_call> background(own_loop);
    int call_count = 0;
    background->start([&] { ++call_count; },
                      [&] {
                          CHECK_FALSE(background->busy());
                          background->start([&] { ++call_count; }, [&] { background.reset(); });
                      });
    own_loop.run();
    CHECK(call_count == 2);
}

TEST_CASE("a background call that is destroyed waits for its thread", "[kafka]") {
    loop own_loop;
    bool called = false;
    {
        background_call background(own_loop);
        background.start([&] { called = true; }, [] { FAIL("nobody is left to tell"); });
    }
    CHECK(called);
    own_loop.run();
}
