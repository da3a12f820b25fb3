#include "app/tail_command.h"

#include <chrono>
#include <cstdio>
#include <string>
#include <thread>

#include <unistd.h>

#include "core/journal_file.h"
#include "sinks/readable_line.h"

namespace callstream::app {

namespace {

constexpr std::chrono::milliseconds poll_interval{50};
constexpr std::size_t buffer_size = 64 * 1024;

class line_printer {
public:
    explicit line_printer(bool readable) : readable_(readable) {}

    void print(const record& event) {
        if (readable_)
            lines_.append(waiting_, event);
        else
            waiting_.append(event.payload).append(1, '\n');
        if (waiting_.size() >= buffer_size) flush();
    }

    // False when nobody reads any more.
    bool flush() {
        good_ = good_ &&
                std::fwrite(waiting_.data(), 1, waiting_.size(), stdout) == waiting_.size() &&
                std::fflush(stdout) == 0;
        waiting_.clear();
        return good_;
    }

private:
    bool readable_;
    bool good_ = true;
    sinks::readable_line lines_{::isatty(STDOUT_FILENO) == 1};
    std::string waiting_;
};

}  // namespace

tail_command::tail_command(CLI::App& program)
    : journal_looker(program, "tail", "Print the events of the journal as they come",
                     "  callstream tail\n"
                     "  callstream tail --from-start --no-follow --format ndjson | jq .type\n"
                     "  callstream tail --journal /var/lib/callstream\n") {
    add("--format", format_, "automatic: readable on a terminal, NDJSON otherwise")
        .one_of({"automatic", "ndjson", "readable"})
        .shown_as("FORMAT");
    add("--from-start", from_start_, "Begin with the oldest event that is kept");
    add("--no-follow", no_follow_,
        "Print the events that are kept and end; otherwise wait for more");
}

int tail_command::run() {
    const auto path = directory();
    if (!path) return exit_failed;
    auto follower = journal_follower::open(*path, from_start_ || no_follow_);
    if (!follower) return complain(*path, follower.error());

    const bool terminal = ::isatty(STDOUT_FILENO) == 1;
    const bool readable = format_ == "readable" || (format_ == "automatic" && terminal);
    line_printer printer(readable);
    for (;;) {
        const auto event = (*follower)->next();
        if (!event) {
            printer.flush();
            return complain(*path, event.error());
        }
        if (*event) {
            printer.print(**event);
            continue;
        }
        if (!printer.flush()) return exit_failed;
        if (no_follow_) return exit_fine;
        std::this_thread::sleep_for(poll_interval);
    }
}

}  // namespace callstream::app
