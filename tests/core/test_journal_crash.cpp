#include <array>
#include <atomic>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <new>
#include <random>
#include <string>
#include <thread>

#include <catch2/catch.hpp>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/journal_core.h"
#include "core/journal_file.h"
#include "tests/support/journal_events.h"
#include "tests/support/temporary_directory.h"

using namespace callstream;
using namespace callstream::test;

namespace {

constexpr std::size_t page_size = 4096;

// What a child tells its parent up to the moment of its death.
struct shared_counts {
    std::atomic<std::uint64_t> published{0};
    std::atomic<std::uint64_t> acknowledged{0};
};

class shared_page {
public:
    shared_page()
        : at_(::mmap(nullptr, page_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                     0)),
          counts_(new (at_) shared_counts) {}
    ~shared_page() { ::munmap(at_, page_size); }
    shared_page(const shared_page&) = delete;
    shared_page& operator=(const shared_page&) = delete;
    shared_counts& counts() noexcept { return *counts_; }

private:
    void* at_;
    shared_counts* counts_;
};

// Appends numbered events in batches, and reads them with a sink that acknowledges, until killed.
[[noreturn]] void write_until_killed(const journal_settings& settings, shared_counts& counts) {
    const auto log = open_journal(settings);
    const std::uint16_t hq = *log->pbx_index("hq");
    const auto sink = open_reader(*log, "sink");
    for (std::uint64_t number = log->next_pbx_sequence(hq);;) {
        for (int i = 0; i < 7; ++i, ++number)
            append(*log, hq, payload_of(number, 1 + number % 3000));
        ensure(log->set_position("poll", std::to_string(number - 1)).has_value(), "it is set");
        log->publish();
        counts.published = number - 1;
        while (const auto next = *sink->next())
            if (next->sequence % 5 == 0) {
                ensure(sink->acknowledge(next->position_next).has_value(), "it is stored");
                counts.acknowledged = next->sequence;
            }
        log->reclaim(at_second(1000));
    }
}

// Waits for the child, and what it died of.
int reap(pid_t child) {
    int status = 0;
    ensure(::waitpid(child, &status, 0) == child, "the child is ours");
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

}  // namespace

TEST_CASE("a writer killed at any moment loses nothing that was published", "[journal]") {
    const temporary_directory directory;
    auto settings = small_journal(directory / "journal");
    settings.max_bytes = 20 << 20;
    std::mt19937 random(Catch::rngSeed());
    std::uint64_t last = 0;
    for (int round = 0; round < 50; ++round) {
        shared_page shared;
        const pid_t child = ::fork();
        if (child == 0) write_until_killed(settings, shared.counts());
        const std::uint64_t enough = last + random() % 3000;
        while (shared.counts().published <= enough)
            std::this_thread::yield();
        ::kill(child, SIGKILL);
        REQUIRE(reap(child) == SIGKILL);
        const std::uint64_t published = shared.counts().published;

        const auto report = inspect_journal(settings.path);
        REQUIRE(report);
        REQUIRE(report->faults.empty());
        const auto log = open_journal(settings);
        REQUIRE(log->next_pbx_sequence(0) > published);
        last = log->next_pbx_sequence(0) - 1;
        REQUIRE(std::stoull(std::string(*log->position("poll"))) >= published);
        REQUIRE(std::stoull(std::string(*log->position("poll"))) <= last);

        const auto sink = open_reader(*log, "sink");
        REQUIRE(sink->skipped_count() == 0);
        std::uint64_t expected = 0;
        while (const auto next = *sink->next()) {
            if (expected == 0) expected = next->sequence;
            REQUIRE(next->sequence == expected);
            REQUIRE(next->pbx_sequence == expected);
            REQUIRE(next->payload == payload_of(expected, 1 + expected % 3000));
            ++expected;
            // The cursor is not behind what was acknowledged.
            REQUIRE(expected > shared.counts().acknowledged + 1);
        }
        REQUIRE((expected == 0 || expected == last + 1));
    }
}

TEST_CASE("a writer whose disk fails aborts and says why", "[journal]") {
    const temporary_directory directory;
    auto settings = small_journal(directory / "journal");
    settings.fsync = fsync_mode::batch;
    const bool at_sync = GENERATE(true, false);
    std::array<int, 2> words{};
    REQUIRE(::pipe(words.data()) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        ::signal(SIGABRT, SIG_DFL);  // Catch would speak in between
        ::dup2(words[1], STDERR_FILENO);
        const auto log = open_journal(settings);
        append(*log, *log->pbx_index("hq"), "lost");
        if (at_sync) {
            // msync fails where nothing is mapped, as it does where a disk is broken.
            const segment_view view = log->core().segments().hold_at(log->published()).view();
            ::munmap(const_cast<std::byte*>(view.bytes.data()), page_size);
        } else {
            ::signal(SIGXFSZ, SIG_IGN);
            const rlimit none{1, 1};
            ::setrlimit(RLIMIT_FSIZE, &none);
        }
        log->publish();
        for (;;)
            ::pause();
    }
    ::close(words[1]);
    CHECK(reap(child) == SIGABRT);
    std::array<char, 200> said{};
    CHECK(::read(words[0], said.data(), said.size() - 1) > 0);
    ::close(words[0]);
    const char* const wanted = at_sync ? "cannot make the journal durable" : "cannot write a file";
    CHECK(std::strstr(said.data(), wanted) != nullptr);
}

namespace {

using directory_image = std::map<std::string, std::string>;

directory_image image_of(const std::string& path) {
    directory_image image;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
        if (!entry.is_regular_file()) continue;
        std::ifstream source(entry.path(), std::ios::binary);
        image[std::filesystem::relative(entry.path(), path).string()] =
            std::string(std::istreambuf_iterator<char>(source), {});
    }
    return image;
}

const std::string& old_records(const directory_image& image) {
    for (const auto& [name, bytes] : image)
        if (name.ends_with(".segment")) return bytes;
    ensure(false, "there is a segment");
    std::abort();
}

// A machine that lost its memory: of each page that was written after the sync, the disk has the
// old or the new state, in any order; of a file made since, perhaps nothing, or where it is that of
// a segment that is gone, its old records.
directory_image lose_memory(const directory_image& synced, const directory_image& latest,
                            std::mt19937& random) {
    directory_image lost;
    for (const auto& [name, newer] : latest) {
        const auto before = synced.find(name);
        if (before == synced.end() && random() % 3 == 0) continue;
        std::string mixed;
        if (before != synced.end())
            mixed = before->second;
        else if (name.ends_with(".segment") && random() % 2 == 0)
            mixed = std::string(page_size, '\0') + old_records(synced).substr(page_size);
        mixed.resize(newer.size());
        for (std::size_t at = 0; at < newer.size(); at += page_size)
            if (random() % 2 == 0) mixed.replace(at, page_size, newer, at, page_size);
        lost[name] = std::move(mixed);
    }
    return lost;
}

void restore(const directory_image& image, const std::string& path) {
    std::filesystem::remove_all(path);
    std::filesystem::create_directories(path + "/cursors");
    for (const auto& [name, bytes] : image)
        std::ofstream(path + '/' + name, std::ios::binary) << bytes;
}

}  // namespace

TEST_CASE("what was durable survives a machine that loses its memory", "[journal]") {
    const temporary_directory directory;
    auto settings = small_journal(directory / "journal");
    settings.fsync = fsync_mode::batch;
    std::mt19937 random(Catch::rngSeed());
    const std::uint64_t before = GENERATE(std::uint64_t{3}, 400, 1900);
    const std::uint64_t after = before + GENERATE(std::uint64_t{5}, 300);

    directory_image synced;
    directory_image latest;
    {
        const auto log = open_journal(settings);
        // Nothing is synced again until this is set: else a header may tell of a sync that the
        // first image does not show.
        std::promise<void> imaged;
        log->on_durable([done = imaged.get_future().share()](std::uint64_t) { done.wait(); });
        const std::uint16_t hq = *log->pbx_index("hq");
        for (std::uint64_t number = 0; number < before; ++number)
            append(*log, hq, payload_of(number, 2000));
        log->publish();
        while (log->durable() < log->published())
            std::this_thread::yield();
        synced = image_of(settings.path);
        append_numbers(*log, hq, before, after, 2000);
        const auto sink = open_reader(*log, "sink");
        read_payloads(*sink, true);
        latest = image_of(settings.path);
        imaged.set_value();
    }
    settings.path = directory / "restored";
    for (int round = 0; round < 10; ++round) {
        restore(lose_memory(synced, latest, random), settings.path);
        const auto log = open_journal(settings);
        const std::uint64_t count = log->next_pbx_sequence(0) - 1;
        REQUIRE(count >= before);
        REQUIRE(read_payloads(*open_reader(*log, "")) == payloads_of(0, count, 2000));
        // A cursor that survived its events does not hide those that take their place.
        const auto sink = open_reader(*log, "sink");
        append_numbers(*log, 0, count, count + 3, 2000);
        const auto payloads = read_payloads(*sink);
        REQUIRE(payloads.size() >= 3);
        REQUIRE(payloads == payloads_of(count + 3 - payloads.size(), count + 3, 2000));
        REQUIRE(inspect_journal(settings.path)->faults.empty());
    }
}
