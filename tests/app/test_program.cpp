// The program from outside: what it prints and how it exits.
#include <cstdio>
#include <cstdlib>
#include <string>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "tests/support/program.h"

using namespace callstream::test;

namespace {

class config_file {
public:
    explicit config_file(const std::string& content) {
        const int file = ::mkstemp(path_.data());
        REQUIRE(file >= 0);
        REQUIRE(::write(file, content.data(), content.size()) ==
                static_cast<ssize_t>(content.size()));
        ::close(file);
    }
    ~config_file() { std::remove(path_.c_str()); }
    config_file(const config_file&) = delete;
    config_file& operator=(const config_file&) = delete;

    const std::string& path() const noexcept { return path_; }

private:
    std::string path_ = "/tmp/callstream-XXXXXX";
};

constexpr const char* good =
    "[pbx.hq]\nfamily = 'asterisk'\n"
    "ami = { address = '192.0.2.10', username = 'u', secret = { env = 'HQ_AMI' } }\n"
    "[sink.live]\nredis = { url = 'redis://app:hunter3@127.0.0.1' }\n"
    "[sink.bus]\nkafka = { brokers = 'k:9092', librdkafka.sasl.password = 'hunter4' }\n";

}  // namespace

TEST_CASE("--version names the program and its libraries", "[app]") {
    const outcome out = run_program("--version");
    CHECK(out.exit_code == 0);
    CHECK(out.output.starts_with("callstream "));
    CHECK(contains(out.output, "librdkafka 2."));
}

TEST_CASE("--help names every command", "[app]") {
    const outcome out = run_program("--help");
    CHECK(out.exit_code == 0);
    for (const char* name : {"run", "check", "replay", "tail", "journal", "schema"})
        CHECK(contains(out.output, std::string("\n  ") + name + " "));
    CHECK(contains(out.output, "Exit codes: 0 fine, 78 bad configuration, 1 otherwise."));
}

TEST_CASE("a wrong command line is told what was meant", "[app]") {
    CHECK(run_program("chek").exit_code == 1);
    CHECK(
        contains(run_program("chek").output, "there is no command 'chek'; did you mean 'check'?"));
    CHECK(run_program("").exit_code == 1);
    CHECK(contains(run_program("").output, "Usage: callstream"));
    CHECK(run_program("check --nonsense").exit_code == 1);
}

TEST_CASE("check says what it understood, and no secret", "[app]") {
    const config_file file(good);
    const outcome out = run_program("check -c " + file.path());
    CHECK(out.exit_code == 78);
    CHECK(contains(out.output, "pbx.hq.ami.secret: environment variable HQ_AMI is not set\n"));
    CHECK(contains(out.output, ": 1 problem\n"));

    ::setenv("HQ_AMI", "hunter2", 1);
    const outcome fine = run_program("check -c " + file.path());
    ::unsetenv("HQ_AMI");
    CHECK(fine.exit_code == 0);
    CHECK(contains(fine.output,
                   "pbx hq: asterisk, time zone UTC\n    AMI 192.0.2.10:5038, no TLS\n"
                   "    user u, secret (from env HQ_AMI), "));
    CHECK(contains(fine.output, "password (from the URL)"));
    CHECK(contains(fine.output, "librdkafka sasl.password"));
    CHECK(contains(fine.output, file.path() + ": fine\n"));
    CHECK_FALSE(contains(fine.output, "hunter"));
}

TEST_CASE("check fails on a file that is not there", "[app]") {
    const outcome out = run_program("check -c /nowhere/callstream.toml");
    CHECK(out.exit_code == 78);
    CHECK(out.output ==
          "/nowhere/callstream.toml: the file cannot be opened: No such file or directory\n"
          "/nowhere/callstream.toml: 1 problem\n");
}

TEST_CASE("the configuration may be named by the environment", "[app]") {
    ::setenv("CALLSTREAM_CONFIG", "/nowhere/else.toml", 1);
    const outcome out = run_program("check");
    ::unsetenv("CALLSTREAM_CONFIG");
    CHECK(contains(out.output, "/nowhere/else.toml: the file cannot be opened"));
}

TEST_CASE("schema prints one type, all of them, or their list", "[app]") {
    CHECK(contains(run_program("schema call.answered").output, "\"title\": \"call.answered\""));
    CHECK(contains(run_program("schema").output, "call.transferred"));
    const outcome list = run_program("schema --list");
    CHECK(list.exit_code == 0);
    CHECK(contains(list.output, "vendor.event"));
    const outcome wrong = run_program("schema call.answerd");
    CHECK(wrong.exit_code == 1);
    CHECK(contains(wrong.output, "did you mean 'call.answered'?"));
}
