#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <sys/mount.h>
#include <sys/stat.h>

#include "core/journal_directory.h"
#include "core/journal_file.h"
#include "core/limits.h"
#include "core/segment.h"
#include "tests/support/journal_events.h"
#include "tests/support/temporary_directory.h"

using namespace callstream;
using namespace callstream::test;

namespace {

constexpr std::size_t event_size = 100'000;

// Appends until the journal is full; what number comes next.
std::uint64_t fill(journal& target, std::uint64_t number) {
    while (try_append(target, 0, payload_of(number, event_size))) {
        target.publish();
        ++number;
    }
    return number;
}

// A file system of its own, of this size; only root can have one.
class small_disk {
public:
    explicit small_disk(const std::string& size)
        : mounted_(::mount("tmpfs", directory_.path().c_str(), "tmpfs", 0,
                           ("size=" + size).c_str()) == 0) {}
    ~small_disk() {
        if (mounted_) ::umount(directory_.path().c_str());
    }
    small_disk(const small_disk&) = delete;
    small_disk& operator=(const small_disk&) = delete;

    bool mounted() const noexcept { return mounted_; }
    const std::string& path() const noexcept { return directory_.path(); }

private:
    temporary_directory directory_;
    bool mounted_;
};

}  // namespace

TEST_CASE("a journal at max_bytes is full until its readers go on", "[journal]") {
    const temporary_directory directory;
    auto settings = small_journal(GENERATE(false, true) ? directory / "journal" : ":memory:");
    settings.max_bytes = 16 << 20;
    const auto log = open_journal(settings);
    REQUIRE(log->pbx_index("hq"));
    const auto fast = open_reader(*log, "fast");
    const auto slow = open_reader(*log, "slow");
    const std::uint64_t count = fill(*log, 0);
    CHECK(count > 150);
    CHECK(log->usage().bytes <= settings.max_bytes);
    CHECK(log->usage().segment_count == 4);
    CHECK(log->room(event_size).error().code == errc::full);

    CHECK(read_payloads(*fast, true) == payloads_of(0, count, event_size));
    CHECK(log->room(event_size).error().code == errc::full);
    CHECK(read_payloads(*slow, true) == payloads_of(0, count, event_size));
    append(*log, 0, payload_of(count, event_size));
    log->publish();
    CHECK(log->usage().bytes <= settings.max_bytes);
    CHECK(log->usage().position_first > 0);
    CHECK(read_payloads(*fast).size() == 1);
    CHECK(log->next_pbx_sequence(0) == count + 2);
}

TEST_CASE("a full journal opens, and has room again when its readers go on", "[journal]") {
    const temporary_directory directory;
    auto settings = small_journal(directory / "journal");
    settings.max_bytes = 8 << 20;
    std::uint64_t count = 0;
    {
        const auto log = open_journal(settings);
        REQUIRE(log->pbx_index("hq"));
        const auto sink = open_reader(*log, "sink");
        count = fill(*log, 0);
    }
    const auto log = open_journal(settings);
    CHECK(log->room(event_size).error().code == errc::full);
    const auto sink = open_reader(*log, "sink");
    CHECK(read_payloads(*sink, true) == payloads_of(0, count, event_size));
    append_numbers(*log, 0, count, count + 1, event_size);
    CHECK(read_payloads(*sink, true).size() == 1);
}

TEST_CASE("a full disk is an error, and room again once there is some", "[journal]") {
    const small_disk disk("18m");
    if (!disk.mounted()) {
        WARN("only root can mount the small file system that this needs");
        return;
    }
    const auto settings = small_journal(disk.path() + "/journal");
    const auto log = open_journal(settings);
    REQUIRE(log->pbx_index("hq"));
    const auto sink = open_reader(*log, "sink");
    std::uint64_t count = fill(*log, 0);
    CHECK(count > 100);
    const error failed = log->room(event_size).error();
    CHECK(failed.code == errc::full);
    CHECK(failed.sys == ENOSPC);
    log->reclaim(at_second(1001));
    CHECK(fill(*log, count) == count);

    SECTION("because the readers went on") {
        REQUIRE(read_payloads(*sink, true) == payloads_of(0, count, event_size));
        // The sync thread deletes; how soon is its affair.
        while (!try_append(*log, 0, payload_of(count, event_size)))
            log->reclaim(at_second(1002));
    }
    SECTION("because the disk grew") {
        REQUIRE(::mount("tmpfs", disk.path().c_str(), "tmpfs", MS_REMOUNT, "size=40m") == 0);
        CHECK_FALSE(try_append(*log, 0, payload_of(count, event_size)));
        while (!try_append(*log, 0, payload_of(count, event_size)))
            log->reclaim(at_second(1002));
        CHECK(read_payloads(*sink).size() == count);
    }
    log->publish();
    CHECK(read_payloads(*sink) == payloads_of(count, count + 1, event_size));
    CHECK(inspect_journal(settings.path)->faults.empty());
}

TEST_CASE("a disk without room for a first segment is an error of opening", "[journal]") {
    const small_disk disk("1m");
    if (!disk.mounted()) return;
    CHECK(journal::open(small_journal(disk.path() + "/journal")).error().code == errc::full);
    CHECK(list_segments(disk.path() + "/journal")->empty());
}

TEST_CASE("a segment is kept for its retention, unless room is needed", "[journal]") {
    auto settings = small_journal(":memory:");
    settings.max_bytes = 16 << 20;
    settings.retention = std::chrono::hours{1};
    const auto log = open_journal(settings);
    REQUIRE(log->pbx_index("hq"));
    const auto sink = open_reader(*log, "sink");
    append_numbers(*log, 0, 0, 60, event_size);
    REQUIRE(read_payloads(*sink, true).size() == 60);
    REQUIRE(log->usage().segment_count == 2);
    log->reclaim(at_second(1000 + 3599));
    CHECK(log->usage().segment_count == 2);
    SECTION("time goes by") {
        log->reclaim(at_second(1000 + 3600));
        CHECK(log->usage().segment_count == 1);
    }
    SECTION("room is needed") {
        for (std::uint64_t number = 60; number < 400; ++number) {
            append_numbers(*log, 0, number, number + 1, event_size);
            REQUIRE(read_payloads(*sink, true).size() == 1);
        }
        CHECK(log->usage().bytes <= settings.max_bytes);
    }
}

TEST_CASE("the cursor of a sink that is gone holds segments for a minute only", "[journal]") {
    const temporary_directory directory;
    const auto settings = small_journal(directory / "journal");
    {
        const auto log = open_journal(settings);
        const auto removed = open_reader(*log, "removed");
        append_numbers(*log, *log->pbx_index("hq"), 0, 60, event_size);
    }
    const auto log = open_journal(settings);
    log->reclaim(at_second(5000));
    log->reclaim(at_second(5059));
    CHECK(log->usage().segment_count == 2);
    SECTION("it comes back in time") {
        const auto back = open_reader(*log, "removed");
        log->reclaim(at_second(9000));
        CHECK(log->usage().segment_count == 2);
        CHECK(back->skipped_count() == 0);
        CHECK(read_payloads(*back) == payloads_of(0, 60, event_size));
    }
    SECTION("it comes back too late, and is told what it missed") {
        log->reclaim(at_second(5060));
        CHECK(log->usage().segment_count == 1);
        const auto back = open_reader(*log, "removed");
        CHECK(back->skipped_count() > 0);
        const auto payloads = read_payloads(*back);
        CHECK(payloads.size() + back->skipped_count() == 60);
        CHECK(payloads == payloads_of(back->skipped_count(), 60, event_size));
    }
}

TEST_CASE("positions and sequences outlive the segments in which they were written", "[journal]") {
    const temporary_directory directory;
    const auto settings = small_journal(directory / "journal");
    const std::string long_name(limits::position_name_size_max, 'n');
    {
        const auto log = open_journal(settings);
        const std::uint16_t hq = *log->pbx_index("hq");
        const std::uint16_t branch = *log->pbx_index("branch");
        append(*log, branch, "once");
        REQUIRE(log->set_position("poll.branch", std::string(4000, 'p')));
        REQUIRE(log->set_position("poll.hq", "1"));
        REQUIRE(log->set_position("poll.hq", ""));  // which removes it
        REQUIRE(log->set_position(long_name, "2"));
        append_numbers(*log, hq, 0, 2000, event_size);
        CHECK(log->usage().position_first > 0);
    }
    const auto log = open_journal(settings);
    CHECK(log->position("poll.branch") == std::string(4000, 'p'));
    CHECK(log->position(long_name) == "2");
    CHECK_FALSE(log->position("poll.hq").has_value());
    CHECK(log->next_pbx_sequence(*log->pbx_index("branch")) == 2);
    CHECK(log->next_pbx_sequence(*log->pbx_index("hq")) == 2001);
    CHECK(inspect_journal(settings.path)->faults.empty());
}

TEST_CASE("names, positions and PBXes have bounds", "[journal]") {
    const auto log = open_journal(small_journal(":memory:"));
    CHECK(log->pbx_index("").error().code == errc::too_large);
    CHECK(log->pbx_index(std::string(limits::name_size_max + 1, 'x')).error().code ==
          errc::too_large);
    for (std::size_t i = 0; i < limits::pbx_count_max; ++i)
        REQUIRE(log->pbx_index("pbx" + std::to_string(i)));
    CHECK(log->pbx_index("one more").error().code == errc::too_large);
    CHECK(log->set_position("", "x").error().code == errc::too_large);
    CHECK(log->set_position("p", std::string(limits::position_size_max + 1, 'x')).error().code ==
          errc::too_large);
    // All that is remembered has to fit into a part of a segment, for each begins with it.
    const std::string large(limits::position_size_max, 'x');
    std::size_t count = 0;
    while (log->set_position("position" + std::to_string(count), large))
        ++count;
    CHECK(count > 50);
    append_numbers(*log, 0, 0, 100, event_size);
    CHECK(read_payloads(*open_reader(*log, "")).size() == 100);
}

TEST_CASE("a reader without a name keeps what it borrows, and is told what it missed",
          "[journal]") {
    auto settings = small_journal(":memory:");
    settings.max_bytes = 16 << 20;
    const auto log = open_journal(settings);
    REQUIRE(log->pbx_index("hq"));
    const auto slow = open_reader(*log, "");
    append_numbers(*log, 0, 0, 1, event_size);
    const auto borrowed = **slow->next();
    append_numbers(*log, 0, 1, 1000, event_size);
    log->reclaim(at_second(5000));
    CHECK(borrowed.payload == payload_of(0, event_size));
    const auto payloads = read_payloads(*slow);
    CHECK(payloads.front() == payload_of(1, event_size));
    CHECK(payloads.back() == payload_of(999, event_size));
    CHECK(slow->skipped_count() > 0);
    CHECK(payloads.size() + slow->skipped_count() == 999);
}

namespace {

// What the sync thread does takes as long as the disk likes, but not for ever.
struct deadline {
    bool left() const { return std::chrono::steady_clock::now() < end; }
    std::chrono::steady_clock::time_point end =
        std::chrono::steady_clock::now() + std::chrono::seconds(60);
};

// The files in a journal's directory whose names end like that, by number.
std::vector<ino_t> files_like(const std::string& path, std::string_view suffix) {
    std::vector<ino_t> found;
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
        struct stat status {};
        const std::string name = entry.path().string();
        if (name.ends_with(suffix) && ::stat(name.c_str(), &status) == 0)
            found.push_back(status.st_ino);
    }
    std::sort(found.begin(), found.end());
    return found;
}

// Appends and reads a whole segment more than once, so that the first ones go.
std::uint64_t lap(journal& target, journal_reader& sink, std::uint64_t number) {
    const std::uint64_t end = number + 100;
    append_numbers(target, 0, number, end, event_size);
    ensure(read_payloads(sink, true) == payloads_of(number, end, event_size), "all is read");
    return end;
}

}  // namespace

TEST_CASE("the file of a segment that is gone serves again", "[journal]") {
    const deadline patience;
    const temporary_directory directory;
    const auto settings = small_journal(directory / "journal");
    auto log = open_journal(settings);
    REQUIRE(log->pbx_index("hq"));
    auto sink = open_reader(*log, "sink");
    std::uint64_t count = lap(*log, *sink, 0);
    std::vector<ino_t> spares;
    while ((spares = files_like(settings.path, ".spare")).empty()) {
        log->reclaim(at_second(1001));
        REQUIRE(patience.left());
    }
    std::vector<ino_t> both;
    while (both.empty()) {
        REQUIRE(patience.left());
        count = lap(*log, *sink, count);
        const auto segments = files_like(settings.path, ".segment");
        std::set_intersection(spares.begin(), spares.end(), segments.begin(), segments.end(),
                              std::back_inserter(both));
        log->reclaim(at_second(1002));
    }
    CHECK(inspect_journal(settings.path)->faults.empty());
    sink.reset();
    log.reset();
    CHECK(files_like(settings.path, ".spare").empty());

    std::ofstream(settings.path + "/00000000000000000000.segment.spare") << "of a killed run";
    log = open_journal(settings);
    CHECK(files_like(settings.path, ".spare").empty());
    sink = open_reader(*log, "sink");
    lap(*log, *sink, count);
    CHECK(sink->skipped_count() == 0);
}

TEST_CASE("a segment that another program has open is not written over", "[journal]") {
    const deadline patience;
    const temporary_directory directory;
    const auto settings = small_journal(directory / "journal");
    const auto log = open_journal(settings);
    REQUIRE(log->pbx_index("hq"));
    const auto sink = open_reader(*log, "sink");
    const std::string first = segment_file(settings.path, 0);
    const auto borrowed = segment::open({first, 0});
    REQUIRE(borrowed);
    std::uint64_t count = lap(*log, *sink, 0);
    const auto seen = [&borrowed] {
        const auto bytes = (*borrowed)->view().bytes;
        return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    };
    const std::string records = seen();
    CHECK(records.find(payload_of(0, 100)) != std::string::npos);
    while (std::filesystem::exists(first)) {
        log->reclaim(at_second(1001));
        REQUIRE(patience.left());
    }
    for (int laps = 0; laps < 5; ++laps) {
        count = lap(*log, *sink, count);
        log->reclaim(at_second(1002));
    }
    CHECK(seen() == records);
}
