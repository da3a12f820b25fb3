#include <csignal>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "core/backoff.h"
#include "core/loop.h"
#include "core/mailbox.h"

using namespace callstream;
using std::chrono::milliseconds;

TEST_CASE("timers come due in the order of their times", "[loop]") {
    loop home;
    std::string order;
    timer late(home, [&] { order += 'b'; });
    timer early(home, [&] { order += 'a'; });
    timer stopped(home, [&] { order += 'x'; });
    late.start(milliseconds(2));
    early.start(milliseconds(1));
    stopped.start(milliseconds(1));
    stopped.stop();
    home.run();
    CHECK(order == "ab");
}

TEST_CASE("a repeating timer goes on until it is stopped", "[loop]") {
    loop home;
    int count = 0;
    timer ticking(home, [&] {
        if (++count == 3) ticking.stop();
    });
    ticking.repeat(milliseconds(1));
    home.run();
    CHECK(count == 3);
}

TEST_CASE("a timer is destroyed from its own call", "[loop]") {
    loop home;
    std::unique_ptr<timer> own;
    own = std::make_unique<timer>(home, [&] { own.reset(); });
    own->start(milliseconds(0));
    home.run();
    CHECK(own == nullptr);
}

TEST_CASE("many notifications before a turn are one call", "[loop]") {
    loop home;
    int count = 0;
    wakeup woken(home, [&] { ++count; });
    for (int i = 0; i < 100; ++i)
        woken.notify();
    home.run_ready();
    home.run_ready();
    CHECK(count == 1);
}

TEST_CASE("a loop without handles does not wait", "[loop]") {
    loop home;
    CHECK_FALSE(home.run_once());
}

TEST_CASE("a process with a loop ignores SIGPIPE", "[loop]") {
    const loop home;
    struct sigaction now {};
    REQUIRE(sigaction(SIGPIPE, nullptr, &now) == 0);
    CHECK(now.sa_handler == SIG_IGN);
}

TEST_CASE("messages of other threads arrive whole and in each thread's order", "[mailbox]") {
    constexpr std::size_t sender_count = 4;
    constexpr int message_count = 1000;
    loop home;
    std::size_t received = 0;
    bool in_order = true;
    std::vector<int> last(sender_count, -1);
    std::unique_ptr<mailbox<std::pair<std::size_t, int>>> box;
    box = std::make_unique<mailbox<std::pair<std::size_t, int>>>(
        home, sender_count * message_count, [&](std::pair<std::size_t, int>&& message) {
            in_order = in_order && message.second == last[message.first] + 1;
            last[message.first] = message.second;
            ++received;
        });
    std::vector<std::thread> senders;
    for (std::size_t sender = 0; sender < sender_count; ++sender)
        senders.emplace_back([&box, sender] {
            for (int i = 0; i < message_count; ++i)
                box->try_post({sender, i});
        });
    while (received < sender_count * message_count)
        home.run_once();
    for (std::thread& sender : senders)
        sender.join();
    CHECK(in_order);
    box.reset();
    home.run();
}

TEST_CASE("a full mailbox refuses and takes again once it was drained", "[mailbox]") {
    loop home;
    std::vector<int> received;
    mailbox<int> box(home, 2, [&](int&& message) { received.push_back(message); });
    CHECK(box.try_post(1));
    CHECK(box.try_post(2));
    CHECK_FALSE(box.try_post(3));
    home.run_ready();
    CHECK(box.try_post(4));
    home.run_ready();
    CHECK(received == std::vector<int>{1, 2, 4});
}

TEST_CASE("waits double up to the longest, within the upper half, and start anew", "[backoff]") {
    const auto seed = GENERATE(0u, 1u, 12345u);
    backoff waits(milliseconds(100), milliseconds(500), seed);
    for (const int most : {100, 200, 400, 500, 500, 500}) {
        const auto wait = waits.next().count();
        CHECK(wait >= most / 2);
        CHECK(wait <= most);
    }
    waits.reset();
    CHECK(waits.next().count() <= 100);
}

TEST_CASE("no wait is longer than the longest, even the first", "[backoff]") {
    backoff waits(milliseconds(1000), milliseconds(10), 1);
    CHECK(waits.next().count() <= 10);
}
