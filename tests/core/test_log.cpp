#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "core/log.h"
#include "core/log_line.h"

using namespace callstream;
using namespace std::chrono_literals;

namespace {

constexpr timestamp noon{std::chrono::sys_days{std::chrono::year{2026} / 7 / 30} + 12h + 53min +
                         21s + 512345us};

std::string text_of(std::string_view words, std::vector<log_field> fields,
                    std::uint64_t suppressed_count = 0) {
    return format_log_line({noon, log_level::info, words, fields, suppressed_count},
                           log_format::words);
}

std::string json_of(std::string_view words, std::vector<log_field> fields,
                    std::uint64_t suppressed_count = 0) {
    return format_log_line({noon, log_level::warn, words, fields, suppressed_count},
                           log_format::json);
}

// What the process writes to stderr while this lives.
class captured_stderr {
public:
    captured_stderr() : file_(std::tmpfile()), saved_(::dup(2)) {
        REQUIRE(file_ != nullptr);
        ::dup2(::fileno(file_), 2);
    }
    ~captured_stderr() {
        restore();
        std::fclose(file_);
    }
    captured_stderr(const captured_stderr&) = delete;
    captured_stderr& operator=(const captured_stderr&) = delete;

    std::vector<std::string> lines() {
        restore();
        std::rewind(file_);
        std::vector<std::string> found(1);
        for (int c = std::fgetc(file_); c != EOF; c = std::fgetc(file_)) {
            if (c == '\n')
                found.emplace_back();
            else
                found.back() += static_cast<char>(c);
        }
        CHECK(found.back().empty());
        found.pop_back();
        return found;
    }

private:
    void restore() {
        if (saved_ < 0) return;
        std::fflush(stderr);
        ::dup2(saved_, 2);
        ::close(saved_);
        saved_ = -1;
    }

    std::FILE* file_;
    int saved_;
};

}  // namespace

TEST_CASE("a log line is time, level, words, then key=value", "[core]") {
    CHECK(text_of("started", {}) == "2026-07-30T12:53:21.512Z info   started");
    CHECK(text_of("connected", {{"pbx", "hq"}, {"port", 5038}}) ==
          "2026-07-30T12:53:21.512Z info   connected  pbx=hq port=5038");
    CHECK(text_of("cannot connect", {{"pbx", "hq"}}, 17) ==
          "2026-07-30T12:53:21.512Z info   cannot connect  pbx=hq suppressed=17");
    CHECK(text_of("started", {}, 2) == "2026-07-30T12:53:21.512Z info   started  suppressed=2");
}

TEST_CASE("a log value is quoted where it could be misread", "[core]") {
    CHECK(text_of("x", {{"k", "two words"}}).ends_with(R"(k="two words")"));
    CHECK(text_of("x", {{"k", ""}}).ends_with(R"(k="")"));
    CHECK(text_of("x", {{"k", "a=b"}}).ends_with(R"(k="a=b")"));
    CHECK(text_of("x", {{"k", R"(say "hi" \)"}}).ends_with(R"(k="say \"hi\" \\")"));
    CHECK(text_of("x", {{"k", true}}).ends_with("k=true"));
    CHECK(text_of("x", {{"k", -5}}).ends_with("k=-5"));
}

TEST_CASE("no value can start a line of its own or reach the terminal", "[core]") {
    const std::string hostile = "a\nb\rc\td\x1b[2Je\x7f";
    CHECK(text_of("x", {{"k", hostile}}).ends_with(R"(k="a\nb\rc\td\u001b[2Je\u007f")"));
    CHECK(json_of("x", {{"k", hostile}}).ends_with(R"("k":"a\nb\rc\td\u001b[2Je\u007f"})"));
    CHECK(text_of("a\nb", {}).ends_with(R"(a\nb)"));
}

TEST_CASE("a log line as JSON is one object", "[core]") {
    CHECK(json_of("slow", {{"sink", "live"}, {"lag", 12}, {"up", false}}, 3) ==
          R"({"time":"2026-07-30T12:53:21.512Z","level":"warn","message":"slow",)"
          R"("sink":"live","lag":12,"up":false,"suppressed":3})");
}

TEST_CASE("the same line comes once a second, then with the count of those left out", "[core]") {
    log_limiter limiter;
    const log_limiter::clock::time_point start{};
    const std::vector<log_field> hq{{"pbx", "hq"}};
    const std::vector<log_field> branch{{"pbx", "branch"}};
    CHECK(limiter.admit("lost", hq, start) == 0u);
    CHECK(limiter.admit("lost", hq, start + 1ms) == std::nullopt);
    CHECK(limiter.admit("lost", hq, start + 999ms) == std::nullopt);
    CHECK(limiter.admit("lost", branch, start + 999ms) == 0u);
    CHECK(limiter.admit("found", hq, start + 999ms) == 0u);
    CHECK(limiter.admit("lost", hq, start + 1s) == 2u);
    CHECK(limiter.admit("lost", hq, start + 2s) == 0u);
}

TEST_CASE("a flood of different lines is not remembered without bound", "[core]") {
    log_limiter limiter;
    const log_limiter::clock::time_point start{};
    for (int i = 0; i < 10'000; ++i)
        CHECK(limiter.admit(std::to_string(i), {}, start) == 0u);
    CHECK(limiter.admit("9999", {}, start) == 0u);
    CHECK(limiter.admit("later", {}, start + 1s) == 0u);
    CHECK(limiter.admit("later", {}, start + 1s) == std::nullopt);
}

TEST_CASE("what is below the level is not written", "[core]") {
    captured_stderr captured;
    set_log(log_level::warn, log_format::words);
    log_info("below the level");
    log_warn("at the level", {{"n", 1}});
    set_log(log_level::info, log_format::words);
    const auto lines = captured.lines();
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].ends_with("warn   at the level  n=1"));
}

TEST_CASE("lines of several threads are whole", "[core]") {
    captured_stderr captured;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([i] {
            for (int k = 0; k < 50; ++k)
                log_error("threaded", {{"id", i * 50 + k}});
        });
    for (std::thread& thread : threads)
        thread.join();
    const auto lines = captured.lines();
    CHECK(lines.size() == 200);
    for (const std::string& line : lines)
        CHECK(line.find("Z error  threaded  id=") == 23);
}
