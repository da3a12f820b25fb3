#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "sinks/redis_window.h"
#include "tests/sinks/sample_record.h"

using namespace callstream;
using namespace callstream::sinks;
using test::sample_record;

namespace {

// Records with sequence n, recorded at n milliseconds, with the id "id-n".
struct bench {
    std::vector<std::unique_ptr<sample_record>> samples;
    redis_window window{8};
    redis_stream_info info;

    bench() { info.first = redis_id::last(); }

    void push(std::uint64_t sequence, bool uncertain = false) {
        auto sample =
            std::make_unique<sample_record>(std::vector<std::pair<attribute, std::string>>{
                {attribute::source, "/pbx/hq"}, {attribute::id, "id-" + std::to_string(sequence)}});
        sample->viewed.sequence = sequence;
        sample->viewed.position = 100 * (sequence - 1) + 1;
        sample->viewed.position_next = 100 * sequence;
        sample->viewed.recorded_time = timestamp{std::chrono::milliseconds(sequence)};
        window.push(sample->viewed, uncertain);
        samples.push_back(std::move(sample));
    }
    void push_and_send(std::uint64_t first, std::uint64_t last) {
        for (std::uint64_t i = first; i <= last; ++i)
            push(i);
        send_all();
    }
    std::vector<redis_id> send_all() {
        std::vector<redis_id> sent;
        while (const record* next = window.next_to_send()) {
            sent.push_back(window.id_of(*next));
            window.on_sent();
        }
        return sent;
    }
    bool found(redis_id id) {
        return window.on_entry(id, "/pbx/hq", "id-" + std::to_string(id.sequence));
    }
};

using ids = std::vector<redis_id>;

}  // namespace

TEST_CASE("stored records leave in unbroken order", "[sinks]") {
    bench b;
    b.push_and_send(1, 3);
    CHECK(b.window.in_flight() == 3);
    b.window.on_stored();
    b.window.on_stored();
    const auto taken = b.window.take_stored();
    CHECK(taken.count == 2);
    CHECK(taken.position_next == 200);
    CHECK(b.window.in_flight() == 1);
    b.window.on_stored();
    CHECK(b.window.take_stored().count == 1);
    CHECK(b.window.empty());
    CHECK(b.window.take_stored().count == 0);
}

TEST_CASE("the ring goes round", "[sinks]") {
    bench b;
    for (std::uint64_t i = 1; i <= 100; ++i) {
        b.push(i);
        CHECK(b.send_all() == ids{{i, i}});
        b.window.on_stored();
        CHECK(b.window.take_stored().position_next == 100 * i);
    }
}

TEST_CASE("a refused record keeps those behind it from being acknowledged", "[sinks]") {
    bench b;
    b.push_and_send(1, 3);
    b.window.on_stored();
    b.window.on_refused();
    b.window.on_stored();
    CHECK(b.window.take_stored().count == 1);
    b.info.last = {3, 3};
    CHECK(b.window.needs_check(b.info.last));
    CHECK(b.found({3, 3}));
    CHECK(b.window.end_check(b.info).floor_raised);
    CHECK(b.send_all() == ids{{4, 2}});
    b.window.on_stored();
    CHECK(b.window.take_stored().position_next == 300);
}

TEST_CASE("after a lost connection only what is not in the stream is sent again", "[sinks]") {
    bench b;
    b.push_and_send(1, 4);
    b.window.on_disconnected();
    CHECK(b.window.in_flight() == 0);
    b.info.last = {2, 2};
    REQUIRE(b.window.needs_check(b.info.last));
    CHECK(b.window.check_from() == redis_id{1, 1});
    CHECK(b.found({1, 1}));
    CHECK(b.found({2, 2}));
    CHECK_FALSE(b.window.end_check(b.info).floor_raised);
    CHECK(b.window.take_stored().position_next == 200);
    CHECK(b.send_all() == ids{{3, 3}, {4, 4}});
}

TEST_CASE("a stream below the first record needs no check", "[sinks]") {
    bench b;
    CHECK_FALSE(b.window.needs_check(redis_id::last()));
    b.push(5);
    CHECK_FALSE(b.window.needs_check({4, 100}));
    CHECK_FALSE(b.window.needs_check({5, 4}));
    CHECK(b.window.needs_check({5, 5}));
}

TEST_CASE("another writer's entry is not ours, whatever its ID is", "[sinks]") {
    bench b;
    b.push_and_send(1, 2);
    b.window.on_disconnected();
    CHECK_FALSE(b.window.on_entry({1, 1}, "/pbx/other", "id-1"));
    CHECK_FALSE(b.window.on_entry({1, 1}, "/pbx/hq", "id-2"));
    CHECK_FALSE(b.window.on_entry({0, 1}, "/pbx/hq", "id-1"));
    CHECK_FALSE(b.found({9, 9}));
    b.info.last = {1000, 7};
    CHECK(b.window.end_check(b.info).floor_raised);
    CHECK(b.send_all() == ids{{1001, 1}, {1001, 2}});
    b.push(3);
    CHECK(b.send_all() == ids{{1001, 3}});
}

TEST_CASE("IDs above another writer's fall back to the time when it has caught up", "[sinks]") {
    bench b;
    b.push(1);
    b.info.last = {50, 0};
    CHECK(b.window.end_check(b.info).floor_raised);
    b.push(51);
    b.push(52);
    CHECK(b.send_all() == ids{{51, 1}, {51, 51}, {52, 52}});
}

TEST_CASE("an entry stored with raised IDs is recognised without knowing the floor", "[sinks]") {
    bench b;
    b.push(1, true);
    b.push(2, true);
    CHECK(b.found({1001, 1}));
    b.info.last = {1001, 1};
    CHECK(b.window.end_check(b.info).floor_raised);
    CHECK(b.window.take_stored().count == 1);
    CHECK(b.send_all() == ids{{1002, 2}});
}

TEST_CASE("entries that were trimmed were stored if a later one is there", "[sinks]") {
    bench b;
    b.push_and_send(1, 4);
    b.window.on_disconnected();
    CHECK(b.found({3, 3}));
    b.info.first = {3, 3};
    b.info.last = {3, 3};
    b.window.end_check(b.info);
    CHECK(b.window.take_stored().position_next == 300);
    CHECK(b.send_all() == ids{{4, 4}});
}

TEST_CASE("entries that a consumer deleted were stored if the top ID is ours", "[sinks]") {
    bench b;
    b.push_and_send(1, 3);
    b.window.on_disconnected();
    b.info.last = {2, 2};
    b.info.deleted_max = {2, 2};
    CHECK_FALSE(b.window.end_check(b.info).floor_raised);
    CHECK(b.window.take_stored().position_next == 200);
    CHECK(b.send_all() == ids{{3, 3}});
}

TEST_CASE("a record missing between stored ones, with nothing deleted, was refused", "[sinks]") {
    bench b;
    b.push_and_send(1, 3);
    b.window.on_disconnected();
    b.info.first = {1, 1};
    b.info.last = {3, 3};
    CHECK(b.found({1, 1}));
    CHECK(b.found({3, 3}));
    CHECK(b.window.end_check(b.info).floor_raised);
    CHECK(b.send_all() == ids{{4, 2}});
}

TEST_CASE("a refused record is sent again even if the stream was trimmed since", "[sinks]") {
    bench b;
    b.push_and_send(1, 2);
    b.window.on_refused();
    b.window.on_stored();
    b.info.first = b.info.last = {2, 2};
    CHECK(b.found({2, 2}));
    b.window.end_check(b.info);
    CHECK(b.send_all() == ids{{3, 1}});
}

TEST_CASE("a stream whose last ID is the highest of all leaves what room there is", "[sinks]") {
    bench b;
    b.push(5);
    b.info.last = {redis_id::last().milliseconds, 3};
    CHECK(b.window.end_check(b.info).floor_raised);
    CHECK(b.send_all() == ids{{redis_id::last().milliseconds, 5}});
}

TEST_CASE("escaped ids are compared as text", "[sinks]") {
    sample_record sample({{attribute::source, "/pbx/hq"}, {attribute::id, R"(a\"b)"}});
    sample.viewed.sequence = 1;
    sample.viewed.escaped = true;
    redis_window window(1);
    window.push(sample.viewed, true);
    CHECK_FALSE(window.on_entry({0, 1}, "/pbx/hq", R"(a\"b)"));
    CHECK(window.on_entry({0, 1}, "/pbx/hq", "a\"b"));
}

TEST_CASE("records trimmed from the stream in number are left out, if a later one is there",
          "[sinks]") {
    bench b;
    for (std::uint64_t i = 1; i <= 8; ++i)
        b.push(i, true);
    b.info.first = {10, 10};
    b.info.last = {10, 10};
    for (std::uint64_t i = 9; i <= 10; ++i) {
        REQUIRE(b.window.is_behind({10, 10}));
        REQUIRE(b.window.try_leave_out(b.info));
        b.push(i, true);
    }
    CHECK_FALSE(b.window.is_behind({10, 10}));
    CHECK(b.window.take_stored().count == 0);
    SECTION("it is there") {
        CHECK(b.found({10, 10}));
        CHECK_FALSE(b.window.end_check(b.info).position_again);
        const auto taken = b.window.take_stored();
        CHECK(taken.count == 10);
        CHECK(taken.position_next == 1000);
    }
    SECTION("it is another writer's") {
        CHECK_FALSE(b.window.on_entry({10, 10}, "/pbx/other", "id-10"));
        // Nothing but the very ID speaks for us; an entry that can be read speaks louder.
        b.info.last = {11, 0};
        CHECK(b.window.end_check(b.info).position_again == 1);
        CHECK(b.window.empty());
    }
}
