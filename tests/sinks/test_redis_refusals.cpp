#include "tests/sinks/redis_bench.h"

using namespace callstream;
using namespace callstream::sinks;
using namespace std::chrono_literals;
using test::difference;
using test::redis_bench;
using test::redis_client;
using test::running_sink;
using test::sorted;

namespace {

// Nothing is stored while Redis refuses; after `mend` everything is, once.
void refuses_until(redis_bench& b, const std::function<void()>& mend) {
    running_sink running(b.settings, *b.events);
    b.feed.publish(100);
    running.sink().wake();
    running.turn_for(60ms);
    CHECK(running.counters().acknowledged == 0);
    mend();
    running.drain();
    CHECK(difference(b.stored_ids(), b.published_ids()) == "");
    CHECK(running.counters().rejected == 0);
}

}  // namespace

TEST_CASE("a wrong password is tried again until it is right", "[redis]") {
    redis_bench b({"--requirepass", "right"});
    const std::string said = GENERATE("", "wrong");
    b.settings.password = secret(said);
    refuses_until(b, [&] {
        redis_client client(b.server);
        client.command({"AUTH", "right"});
        client.command({"ACL", "SETUSER", "default", said.empty() ? "nopass" : ">" + said});
    });
}

TEST_CASE("a user with rights for the stream alone is enough", "[redis]") {
    redis_bench b;
    redis_client(b.server).command({"ACL", "SETUSER", "events", "on", ">secret", "~calls.events",
                                    "-@all", "+xadd", "+xinfo", "+xrange"});
    b.settings.username = "events";
    b.settings.password = secret("secret");
    b.feed.publish(100);
    running_sink(b.settings, *b.events).drain();
    CHECK(difference(b.stored_ids(), b.published_ids()) == "");
}

TEST_CASE("a user without the right to add is tried again until it has it", "[redis]") {
    redis_bench b;
    redis_client(b.server).command({"ACL", "SETUSER", "events", "on", ">secret", "~calls.events",
                                    "-@all", "+xinfo", "+xrange"});
    b.settings.username = "events";
    b.settings.password = secret("secret");
    refuses_until(b, [&] {
        redis_client(b.server).command({"ACL", "SETUSER", "events", "+xadd"});
    });
}

TEST_CASE("a key of another type is waited out", "[redis]") {
    redis_bench b;
    redis_client(b.server).command({"SET", "calls.events", "x"});
    refuses_until(b, [&] { redis_client(b.server).command({"DEL", "calls.events"}); });
}

TEST_CASE("a replica is waited out", "[redis]") {
    redis_bench b;
    redis_client(b.server).command({"REPLICAOF", "127.0.0.1", "1"});
    refuses_until(b, [&] { redis_client(b.server).command({"REPLICAOF", "NO", "ONE"}); });
}

TEST_CASE("a primary that becomes a replica in mid-flight loses nothing", "[redis]") {
    redis_bench b;
    running_sink running(b.settings, *b.events);
    for (int i = 0; i < 5; ++i) {
        b.feed.publish(3000);
        running.sink().wake();
        redis_client(b.server).command({"REPLICAOF", "127.0.0.1", "1"});
        running.turn_for(20ms);
        redis_client(b.server).command({"REPLICAOF", "NO", "ONE"});
        running.turn_for(5ms);
    }
    running.drain();
    CHECK(difference(sorted(b.stored_ids()), sorted(b.published_ids())) == "");
}

TEST_CASE("a server without memory is waited out", "[redis]") {
    redis_bench b;
    redis_client(b.server).command({"CONFIG", "SET", "maxmemory", "1"});
    refuses_until(b, [&] { redis_client(b.server).command({"CONFIG", "SET", "maxmemory", "0"}); });
}

TEST_CASE("memory that runs out and returns in mid-flight loses nothing", "[redis]") {
    redis_bench b;
    running_sink running(b.settings, *b.events);
    redis_client client(b.server);
    for (int i = 0; i < 10; ++i) {
        b.feed.publish(3000);
        running.sink().wake();
        client.command({"CONFIG", "SET", "maxmemory", "1"});
        running.turn_for(10ms);
        client.command({"CONFIG", "SET", "maxmemory", "0"});
        running.turn_for(10ms);
    }
    running.drain();
    CHECK(difference(sorted(b.stored_ids()), sorted(b.published_ids())) == "");
}

TEST_CASE("a server that does not reply in time is left, and nothing is twice", "[redis]") {
    redis_bench b;
    b.settings.reply_timeout = 50ms;
    running_sink running(b.settings, *b.events);
    running.turn_until([&] { return running.counters().connected.load(); });
    redis_client client(b.server);
    CHECK(client.command({"CLIENT", "PAUSE", "300", "WRITE"}) == "OK");
    b.feed.publish(500);
    running.sink().wake();
    running.drain();
    CHECK(running.counters().reconnects > 0);
    CHECK(difference(b.stored_ids(), b.published_ids()) == "");
}
