#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sinks/file_sink.h"
#include "tests/support/event_feed.h"
#include "tests/support/journal_events.h"
#include "tests/support/temporary_directory.h"

using namespace callstream;
using namespace callstream::sinks;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

std::string content(const std::string& name) {
    std::ifstream in(name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> lines_of(const std::string& bytes) {
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < bytes.size();) {
        const std::size_t end = bytes.find('\n', begin);
        if (end == std::string::npos) break;
        lines.push_back(bytes.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

// Everything of a journal, as a reader without a cursor sees it.
std::vector<std::string> all_payloads(journal& source) {
    const auto reader = test::open_reader(source, "");
    return test::read_payloads(*reader);
}

struct bench {
    test::temporary_directory folder;
    std::string path = folder / "events.ndjson";
    std::unique_ptr<journal> events = test::open_journal(test::small_journal(folder / "journal"));
    test::event_feed feed{*events};
    file_settings settings;

    bench() {
        settings.name = "log";
        settings.path = path;
    }

    // Runs a sink until it has written all that is published.
    void run() {
        const auto reader = test::open_reader(*events, "log");
        run(*reader, [](loop& own) { own.run_once(); });
    }
    void run(journal_reader& reader, const std::function<void(loop&)>& turn) {
        loop own;
        file_sink sink(settings, own, reader);
        sink.start();
        sink.drain(10s);
        while (!sink.drained())
            turn(own);
        sink.stop();
        own.run();
    }
    std::vector<std::string> rotated() const {
        std::vector<std::string> found;
        for (const auto& entry : fs::directory_iterator(folder.path()))
            if (entry.is_regular_file() && entry.path().string() != path)
                found.push_back(entry.path().string());
        std::sort(found.begin(), found.end());
        return found;
    }
    std::vector<std::string> all_lines() const {
        std::string bytes;
        for (const std::string& name : rotated())
            bytes += content(name);
        return lines_of(bytes + content(path));
    }
};

// Makes another descriptor stdout while it lives.
class stdout_as {
public:
    explicit stdout_as(int descriptor) : saved_(dup(STDOUT_FILENO)) {
        dup2(descriptor, STDOUT_FILENO);
        ::close(descriptor);
    }
    ~stdout_as() {
        dup2(saved_, STDOUT_FILENO);
        ::close(saved_);
    }
    stdout_as(const stdout_as&) = delete;
    stdout_as& operator=(const stdout_as&) = delete;

private:
    int saved_;
};

}  // namespace

TEST_CASE("every event is a line of the file, in order", "[sinks]") {
    bench b;
    b.feed.publish(3000);
    b.run();
    CHECK(lines_of(content(b.path)) == all_payloads(*b.events));
    b.feed.publish(10);
    b.run();
    CHECK(lines_of(content(b.path)) == all_payloads(*b.events));
}

TEST_CASE("a file that is ahead of the cursor gets no event twice", "[sinks]") {
    bench b;
    b.feed.publish(40);
    const std::size_t written = GENERATE(0u, 1u, 20u, 40u);
    const auto payloads = all_payloads(*b.events);
    {
        std::ofstream out(b.path, std::ios::binary);
        for (std::size_t i = 0; i < written; ++i)
            out << payloads[i] << '\n';
        out << (written < payloads.size() ? payloads[written].substr(0, 300) : "");
    }
    b.run();
    CHECK(lines_of(content(b.path)) == payloads);
}

TEST_CASE("a last line whose event is older than the cursor does not stop the sink", "[sinks]") {
    bench b;
    b.feed.publish(5);
    b.run();
    const auto before = lines_of(content(b.path));
    {
        std::ofstream out(b.path, std::ios::binary);
        out << before[1] << '\n';
    }
    b.feed.publish(5);
    b.run();
    const auto payloads = all_payloads(*b.events);
    auto expected = std::vector<std::string>{before[1]};
    expected.insert(expected.end(), payloads.begin() + 5, payloads.end());
    CHECK(lines_of(content(b.path)) == expected);
}

TEST_CASE("a process killed at any moment leaves each event once", "[sinks]") {
    bench b;
    b.settings.rotate_size = 60'000;
    b.feed.publish(2000);
    const auto payloads = all_payloads(*b.events);
    b.events.reset();
    for (int round = 0; round < 20; ++round) {
        const pid_t child = fork();
        if (child == 0) {
            // A limit on the file's size ends the process with SIGXFSZ within a write.
            const rlimit limit{static_cast<rlim_t>(3000 + 3500 * round),
                               static_cast<rlim_t>(3000 + 3500 * round)};
            b.events = test::open_journal(test::small_journal(b.folder / "journal"));
            setrlimit(RLIMIT_FSIZE, &limit);
            b.run();
            _exit(0);
        }
        int status = 0;
        waitpid(child, &status, 0);
        CHECK((round > 15 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ)));
    }
    b.events = test::open_journal(test::small_journal(b.folder / "journal"));
    b.run();
    CHECK(b.all_lines() == payloads);
}

TEST_CASE("files are rotated by size, and hold every event once", "[sinks]") {
    bench b;
    b.feed.publish(200);
    b.settings.rotate_size = 20'000;
    b.run();
    CHECK(b.all_lines() == all_payloads(*b.events));
    CHECK(b.rotated().size() > 5);
    for (const std::string& name : b.rotated())
        CHECK(content(name).size() <= 20'000);
}

TEST_CASE("a file is rotated by age, also while nothing happens", "[sinks]") {
    bench b;
    b.settings.rotate_every = 1s;
    b.feed.publish(3, now() - 2s);
    loop own;
    const auto reader = test::open_reader(*b.events, "log");
    file_sink sink(b.settings, own, *reader);
    sink.start();
    while (b.rotated().empty())
        own.run_once();
    CHECK(content(b.path).empty());
    CHECK(b.all_lines().size() == 3);
    sink.stop();
    own.run();
}

TEST_CASE("a line longer than the rotation size has a file of its own", "[sinks]") {
    bench b;
    b.settings.rotate_size = 100;
    b.feed.publish(3);
    b.run();
    CHECK(b.all_lines().size() == 3);
    CHECK(b.rotated().size() == 2);
}

TEST_CASE("a folder that is not there yet is waited for", "[sinks]") {
    bench b;
    b.settings.path = b.folder / "later/events.ndjson";
    b.feed.publish(3);
    loop own;
    const auto reader = test::open_reader(*b.events, "log");
    file_sink sink(b.settings, own, *reader);
    sink.start();
    CHECK_FALSE(sink.counters().connected);
    fs::create_directory(b.folder / "later");
    sink.drain(10s);
    while (!sink.drained())
        own.run_once();
    CHECK(lines_of(content(b.settings.path)).size() == 3);
    sink.stop();
    own.run();
}

TEST_CASE("a synced file holds every event", "[sinks]") {
    bench b;
    b.settings.sync = true;
    b.feed.publish(1000);
    b.run();
    CHECK(lines_of(content(b.path)) == all_payloads(*b.events));
}

TEST_CASE("a file moved away by logrotate is opened anew", "[sinks]") {
    bench b;
    b.feed.publish(3);
    loop own;
    const auto reader = test::open_reader(*b.events, "log");
    file_sink sink(b.settings, own, *reader);
    sink.start();
    fs::rename(b.path, b.path + ".1");
    while (!fs::exists(b.path))
        own.run_once();
    b.feed.publish(2);
    sink.wake();
    CHECK(lines_of(content(b.path + ".1")).size() == 3);
    CHECK(lines_of(content(b.path)).size() == 2);
    sink.stop();
    own.run();
}

TEST_CASE("a slow reader of stdout loses nothing", "[sinks]") {
    bench b;
    b.settings.path = "-";
    b.feed.publish(2000);
    std::array<int, 2> ends{};
    REQUIRE(pipe2(ends.data(), O_CLOEXEC) == 0);
    std::string received;
    {
        const stdout_as pipe_end(ends[1]);
        const auto reader = test::open_reader(*b.events, "log");
        b.run(*reader, [&](loop& own) {
            own.run_ready();
            std::array<char, 7777> bytes;
            const ssize_t size = read(ends[0], bytes.data(), bytes.size());
            REQUIRE(size > 0);
            received.append(bytes.data(), static_cast<std::size_t>(size));
        });
        CHECK((fcntl(STDOUT_FILENO, F_GETFL) & O_NONBLOCK) == 0);
    }
    for (std::array<char, 7777> bytes;;) {
        const ssize_t size = read(ends[0], bytes.data(), bytes.size());
        if (size <= 0) break;
        received.append(bytes.data(), static_cast<std::size_t>(size));
    }
    ::close(ends[0]);
    CHECK(lines_of(received) == all_payloads(*b.events));
}

TEST_CASE("a closed stdout ends the sink, and its cursor stays", "[sinks]") {
    bench b;
    b.settings.path = "-";
    b.feed.publish(3);
    std::array<int, 2> ends{};
    REQUIRE(pipe2(ends.data(), O_CLOEXEC) == 0);
    const bool closed_early = GENERATE(true, false);
    if (closed_early) ::close(ends[0]);
    const stdout_as pipe_end(ends[1]);
    loop own;
    const auto reader = test::open_reader(*b.events, "log");
    file_sink sink(b.settings, own, *reader);
    sink.start();
    CHECK(sink.counters().acknowledged == (closed_early ? 0u : 3u));
    if (!closed_early) ::close(ends[0]);
    b.feed.publish(3);
    sink.wake();
    CHECK(sink.drained());
    CHECK_FALSE(sink.counters().connected);
    CHECK(sink.counters().acknowledged == (closed_early ? 0u : 3u));
    sink.stop();
    own.run();
}

TEST_CASE("stdout redirected to a file is appended to", "[sinks]") {
    bench b;
    b.settings.path = "-";
    b.feed.publish(3);
    {
        const int file = open(b.path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        REQUIRE(write(file, "before\n", 7) == 7);
        const stdout_as redirected(file);
        b.run();
    }
    CHECK(lines_of(content(b.path)).size() == 4);
}

TEST_CASE("a full disk is waited out", "[sinks]") {
    bench b;
    b.settings.path = "-";
    b.feed.publish(3);
    loop own;
    const auto reader = test::open_reader(*b.events, "log");
    {
        const stdout_as full(open("/dev/full", O_WRONLY | O_CLOEXEC));
        file_sink sink(b.settings, own, *reader);
        sink.start();
        CHECK_FALSE(sink.counters().connected);
        CHECK(sink.counters().acknowledged == 0);
        sink.stop();
        own.run();
    }
    reader->seek(reader->acknowledged());
    const stdout_as room(open(b.path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    b.run(*reader, [](loop& turn) { turn.run_once(); });
    CHECK(lines_of(content(b.path)) == all_payloads(*b.events));
}

TEST_CASE("a readable file has a line for each event", "[sinks]") {
    bench b;
    b.settings.format = file_format::readable;
    b.feed.publish(3);
    b.run();
    const auto lines = lines_of(content(b.path));
    REQUIRE(lines.size() == 3);
    CHECK(lines[2].find("call.ringing         #3     +49301234 \"Alice\" -> 200") !=
          std::string::npos);
}

TEST_CASE("draining gives up at the deadline", "[sinks]") {
    bench b;
    b.settings.path = "-";
    b.feed.publish(2000);
    std::array<int, 2> ends{};
    REQUIRE(pipe2(ends.data(), O_CLOEXEC) == 0);
    {
        const stdout_as pipe_end(ends[1]);
        loop own;
        const auto reader = test::open_reader(*b.events, "log");
        file_sink sink(b.settings, own, *reader);
        sink.start();
        sink.drain(20ms);
        own.run();
        CHECK_FALSE(sink.drained());
        CHECK(sink.counters().acknowledged < 2000);
    }
    ::close(ends[0]);
}
