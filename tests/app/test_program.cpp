// The program from outside: what it prints and how it exits.
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/program.h"
#include "tests/support/temporary_directory.h"

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
    for (const char* name : {"run", "check", "capture", "replay", "import", "tail", "top",
                             "journal", "nexo", "schema"})
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

namespace {

// `callstream run` whose stdout nobody reads, with a PBX that is not there.
class unread_run {
public:
    explicit unread_run(const std::string& config) {
        std::array<int, 2> closed{};
        std::array<int, 2> log{};
        REQUIRE((::pipe2(closed.data(), O_CLOEXEC) == 0 && ::pipe2(log.data(), O_CLOEXEC) == 0));
        ::close(closed[0]);
        process_ = ::fork();
        REQUIRE(process_ >= 0);
        if (process_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that is cut short leaves nothing behind
            ::dup2(closed[1], STDOUT_FILENO);
            ::dup2(log[1], STDERR_FILENO);
            ::execl(CALLSTREAM_PROGRAM, "callstream", "run", "-c", config.c_str(), nullptr);
            ::_exit(127);
        }
        ::close(closed[1]);
        ::close(log[1]);
        log_ = log[0];
    }
    ~unread_run() { ::close(log_); }
    unread_run(const unread_run&) = delete;
    unread_run& operator=(const unread_run&) = delete;

    // Reads the log until it has said `words`, or ends.
    bool says(const std::string& words) {
        std::array<char, 4096> part;
        while (!contains(said_, words)) {
            const ssize_t size = ::read(log_, part.data(), part.size());
            if (size <= 0) return false;
            said_.append(part.data(), static_cast<std::size_t>(size));
        }
        return true;
    }
    void tell(int signal) const { ::kill(process_, signal); }
    int exit_code() const {
        int status = 0;
        REQUIRE(::waitpid(process_, &status, 0) == process_);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

private:
    pid_t process_ = -1;
    int log_ = -1;
    std::string said_;
};

constexpr const char* unread =
    "[journal]\npath = ':memory:'\n[pbx.hq]\nfamily = 'asterisk'\n"
    "ami = { address = '127.0.0.1:1', username = 'u', secret = 's' }\n[sink.screen]\nstdout = "
    "true\n";

}  // namespace

TEST_CASE("run ends when nobody reads the stdout that it is for", "[app]") {
    const config_file file(unread);
    unread_run run(file.path());
    CHECK(run.says("stdout was closed"));
    CHECK(run.says("clean=yes"));
    CHECK(run.exit_code() == 0);
}

TEST_CASE("run goes on without a stdout that nobody reads when there are other sinks", "[app]") {
    const temporary_directory directory;
    const config_file file(unread + ("[sink.kept]\nfile = { path = '" + directory.path()) +
                           "/kept' }\n");
    unread_run run(file.path());
    CHECK(run.says("a sink is over"));
    run.tell(SIGTERM);
    CHECK(run.says("clean=yes"));
    CHECK(run.exit_code() == 0);
}

TEST_CASE("replay takes the zone of the PBX's clock", "[app]") {
    const temporary_directory directory;
    const std::string file = directory.path() + "/cdr.ami";
    std::ofstream(file) << "Asterisk Call Manager/1.1\r\nEvent: Cdr\r\nPrivilege: cdr,all\r\n"
                           "Source: 101\r\nDestination: 102\r\nChannel: SIP/101-1\r\n"
                           "StartTime: 2026-07-01 12:00:00\r\nAnswerTime: 2026-07-01 12:00:05\r\n"
                           "EndTime: 2026-07-01 12:00:15\r\nDuration: 15\r\n"
                           "BillableSeconds: 10\r\nDisposition: ANSWERED\r\n"
                           "UniqueID: 1.1\r\n\r\n";
    const std::string replay = "replay --output ndjson " + file;
    CHECK(contains(run_program(replay).output, "\"ended_at\":\"2026-07-01T12:00:15.000000Z\""));
    CHECK(contains(run_program(replay + " --timezone Europe/Berlin").output,
                   "\"ended_at\":\"2026-07-01T10:00:15.000000Z\""));
    CHECK(run_program(replay + " --timezone Europe/Berlyn").exit_code == 1);
}
