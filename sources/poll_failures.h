// What failed while a PBX was polled: as an error, and in the log, where like failures come at most
// once a minute, with what an operator can do.
//
// Lifetime: the texts given to the constructor outlive it.
// Threads:  the home loop.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/error.h"
#include "sources/poll_family.h"
#include "sources/repeated_failure.h"

namespace callstream::sources {

struct poll_failure {
    poll_finding finding = poll_finding::busy;
    error reason{errc::refused, {}};
    std::string detail{};
};

poll_failure failure_of(const poll_judgement& judged);
poll_failure failure_of(const error& reason, const std::string& detail);

class poll_failures {
public:
    using milliseconds = std::chrono::milliseconds;

    poll_failures(const std::string& pbx, const std::string& url) : pbx_(pbx), url_(url) {}

    void tell_connected(std::string_view asked);
    void tell_login_again(std::string_view why);
    // `asked` is "login" or a task; `time` is the loop's.
    void tell(std::string_view asked, const poll_failure& failed, milliseconds wait,
              milliseconds time);

private:
    const std::string& pbx_;
    const std::string& url_;
    repeated_failure failures_;
};

}  // namespace callstream::sources
