#include <csignal>
#include <random>

#include <sys/wait.h>
#include <unistd.h>

#include "tests/sinks/redis_bench.h"
#include "tests/support/cutting_proxy.h"

using namespace callstream;
using namespace callstream::sinks;
using namespace std::chrono_literals;
using test::difference;
using test::redis_bench;
using test::redis_client;
using test::running_sink;
using test::sorted;

TEST_CASE("a server killed twenty times in mid-flight misses nothing, nothing twice", "[redis]") {
    redis_bench b({"--appendonly", "yes", "--appendfsync", "always"});
    b.settings.in_flight_max = 512;
    b.settings.batch_size_max = 64;
    running_sink running(b.settings, *b.events);
    std::minstd_rand random(7);
    for (std::uint64_t round = 0; round < 20; ++round) {
        const auto is_back = [&] { return running.counters().reconnects == round; };
        running.turn_until([&] { return is_back() && running.counters().connected; });
        b.feed.publish(1500);
        running.sink().wake();
        const auto some = running.counters().acknowledged + 1 + random() % 900;
        running.turn_until([&] { return running.counters().acknowledged >= some; });
        b.server.kill();
        b.server.launch();
    }
    running.drain();
    CHECK(running.counters().reconnects >= 19);  // the last kill may come when all is done
    CHECK(difference(b.stored_ids(), b.published_ids()) == "");
    CHECK(running.counters().acknowledged == 30'000);
}

TEST_CASE("a process killed twenty times in mid-flight stores nothing twice", "[redis]") {
    redis_bench b;
    b.feed.publish(30'000);
    const auto published = b.published_ids();
    b.settings.in_flight_max = 2048;
    b.events.reset();
    std::minstd_rand random(11);
    redis_client client(b.server);
    std::size_t target = 0;
    for (int round = 0; round < 20; ++round) {
        target = std::min<std::size_t>(target + 1 + random() % 1500, published.size());
        const pid_t child = fork();
        if (child == 0) {
            b.events = test::open_journal(test::small_journal(b.folder / "journal"));
            loop own;
            const auto reader = test::open_reader(*b.events, "live");
            redis_sink sink(b.settings, own, *reader);
            sink.start();
            own.run();
            _exit(0);
        }
        while (std::stoul(client.command({"XLEN", "calls.events"})) < target)
            continue;
        ::kill(child, SIGKILL);
        int status = 0;
        waitpid(child, &status, 0);
    }
    b.events = test::open_journal(test::small_journal(b.folder / "journal"));
    running_sink(b.settings, *b.events).drain();
    CHECK(difference(b.stored_ids(), published) == "");
}

TEST_CASE("another writer costs no event and doubles none", "[redis]") {
    redis_bench b;
    const std::string foreign_id = GENERATE("*", "ahead");
    running_sink running(b.settings, *b.events);
    running.turn_until([&] { return running.counters().connected.load(); });
    redis_client client(b.server);
    for (int i = 0; i < 200; ++i) {
        b.feed.publish(20);
        running.sink().wake();
        if (foreign_id == "*" || i % 50 == 7)
            client.command({"XADD", "calls.events",
                            foreign_id == "*" ? "*" : std::to_string(4'000'000'000'000 + i) + "-5",
                            "x", "y"});
        running.turn_for(0ms);
    }
    running.drain();
    CHECK(difference(sorted(b.stored_ids()), sorted(b.published_ids())) == "");
    CHECK(running.counters().acknowledged == 4000);
}

TEST_CASE("a stream whose top is ahead of the clock is continued above its top", "[redis]") {
    redis_bench b;
    redis_client client(b.server);
    client.command({"XADD", "calls.events", "4000000000000-7", "x", "y"});
    b.feed.publish(3);
    running_sink(b.settings, *b.events).drain();
    b.feed.publish(2);
    running_sink(b.settings, *b.events).drain();
    CHECK(difference(b.stored_ids(), b.published_ids()) == "");
    CHECK(client.entries("calls.events")[1].id == "4000000000001-1");
}

TEST_CASE("a stream whose entries were deleted is continued above its last ID", "[redis]") {
    redis_bench b;
    redis_client client(b.server);
    client.command({"XADD", "calls.events", "4000000000000-7", "x", "y"});
    client.command({"XDEL", "calls.events", "4000000000000-7"});
    b.feed.publish(3);
    running_sink(b.settings, *b.events).drain();
    CHECK(difference(b.stored_ids(), b.published_ids()) == "");
}

TEST_CASE("a cursor older than the stream stores nothing twice", "[redis]") {
    redis_bench b;
    b.settings.in_flight_max = GENERATE(7u, 4096u);
    b.feed.publish(1000);
    running_sink(b.settings, *b.events).drain();
    const bool foreign = GENERATE(false, true);
    if (foreign) redis_client(b.server).command({"XADD", "calls.events", "*", "x", "y"});
    b.feed.publish(10);
    b.settings.name = "second";
    running_sink running(b.settings, *b.events);
    running.drain();
    CHECK(running.counters().sent == 10);
    CHECK(difference(b.stored_ids(), b.published_ids()) == "");
}

TEST_CASE("a consumer that deletes what it read sees no event again", "[redis]") {
    redis_bench b;
    b.feed.publish(100);
    running_sink(b.settings, *b.events).drain();
    redis_client client(b.server);
    for (const test::stream_entry& entry : client.entries("calls.events"))
        client.command({"XDEL", "calls.events", entry.id});
    b.settings.name = "second";
    b.feed.publish(1);
    running_sink(b.settings, *b.events).drain();
    CHECK(b.length() == "1");
}

TEST_CASE("wherever a connection breaks off, each event is stored once", "[redis]") {
    redis_bench b;
    b.settings.in_flight_max = 3;
    b.settings.batch_size_max = 2;
    test::cutting_proxy proxy(b.server.port());
    b.settings.connection.port = proxy.port();
    const auto published = test::open_reader(*b.events, "");
    const bool of_requests = GENERATE(false, true);
    const std::size_t step = of_requests ? 7 : 1;
    std::size_t size = 0;
    do {
        b.settings.stream = "cut." + std::to_string(size);
        b.feed.publish(5);
        proxy.cut_next(of_requests, size);
        running_sink(b.settings, *b.events).drain();
        std::vector<std::string> expected;
        while (const auto next = published->next().value())
            expected.emplace_back((*next)[attribute::id]);
        REQUIRE(expected.size() == 5);
        REQUIRE(difference(b.stored_ids(), expected) == "");
        redis_client(b.server).command({"DEL", b.settings.stream});
        size += step;
        // The exchange is longer than this; the proxy may say late that it has cut.
    } while (proxy.has_cut() || size <= 500);
}
