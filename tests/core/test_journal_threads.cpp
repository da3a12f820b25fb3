#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/support/journal_events.h"
#include "tests/support/temporary_directory.h"

using namespace callstream;
using namespace callstream::test;

namespace {

// A sink on a thread of its own: reads, now and then goes back to what it acknowledged.
struct reading_thread {
    reading_thread(journal& source, const std::string& name, std::uint64_t count)
        : reader(open_reader(source, name)), worker([this, count] { run(count); }) {}

    void run(std::uint64_t count) {
        std::uint64_t expected = 1;
        std::uint64_t acknowledged = 0;
        while (expected <= count) {
            const auto next = reader->next();
            if (!next) break;
            if (!*next) {
                std::this_thread::yield();
                continue;
            }
            const record& found = **next;
            sound = sound && found.sequence == expected && found.pbx == "hq" &&
                    found.payload == payload_of(expected, expected % 5000);
            ++expected;
            if (found.sequence % 100 == 0) {
                sound = sound && reader->acknowledge(found.position_next).has_value();
                acknowledged = found.sequence;
            }
            if (found.sequence % 777 == 0 && acknowledged > 0) {
                reader->seek(reader->acknowledged());
                expected = acknowledged + 1;
                acknowledged = 0;  // once for each, or it would never end
            }
        }
        finished = expected > count;
    }

    std::unique_ptr<journal_reader> reader;
    bool sound = true;
    bool finished = false;
    std::thread worker;
};

}  // namespace

TEST_CASE("readers on threads of their own follow a writer", "[journal]") {
    const temporary_directory directory;
    auto settings = small_journal(GENERATE(false, true) ? directory / "journal" : ":memory:");
    settings.max_bytes = 24 << 20;
    settings.fsync = fsync_mode::batch;
    constexpr std::uint64_t count = 20'000;
    const auto log = open_journal(settings);
    const std::uint16_t hq = *log->pbx_index("hq");
    reading_thread first(*log, "first", count);
    reading_thread second(*log, "second", count);
    for (std::uint64_t number = 1; number <= count; ++number) {
        while (!try_append(*log, hq, payload_of(number, number % 5000)))
            std::this_thread::yield();
        if (number % 16 == 0) log->publish();
        if (number % 1000 == 0) log->reclaim(at_second(1000));
    }
    log->publish();
    first.worker.join();
    second.worker.join();
    CHECK(first.finished);
    CHECK(first.sound);
    CHECK(second.finished);
    CHECK(second.sound);
    CHECK(log->usage().bytes <= settings.max_bytes);
}

TEST_CASE("publishing is heard at once, durability from the sync thread", "[journal]") {
    const temporary_directory directory;
    auto settings = small_journal(GENERATE(false, true) ? directory / "journal" : ":memory:");
    settings.fsync = GENERATE(fsync_mode::batch, fsync_mode::interval, fsync_mode::never);
    settings.fsync_interval = std::chrono::milliseconds(1);
    std::mutex mutex;
    std::condition_variable called;
    std::uint64_t durable = 0;
    int published_count = 0;

    const auto log = open_journal(settings);
    log->on_published([&] { ++published_count; });
    log->on_durable([&](std::uint64_t position) {
        const std::lock_guard lock(mutex);
        durable = position;
        called.notify_one();
    });
    const std::uint16_t hq = *log->pbx_index("hq");
    for (std::uint64_t number = 0; number < 100; ++number) {
        append(*log, hq, payload_of(number, 60'000));
        log->publish();
        log->publish();  // of nothing new
        if (settings.fsync == fsync_mode::never) REQUIRE(log->durable() == log->published());
    }
    CHECK(published_count == 100);
    std::unique_lock lock(mutex);
    called.wait(lock, [&] { return durable == log->published(); });
    CHECK(log->durable() == log->published());
}
