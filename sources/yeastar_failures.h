// The log lines of a session with a PBX's API: like failures come at most once a minute, with what
// an operator can do where that is not plain from the words.
//
// Lifetime: the texts given to the constructor outlive it.
// Threads:  the home loop.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/error.h"
#include "sources/repeated_failure.h"

namespace callstream::sources {

inline constexpr std::string_view api_login_refused = "the PBX refused the API login";

class yeastar_failures {
public:
    using milliseconds = std::chrono::milliseconds;

    yeastar_failures(const std::string& pbx, const std::string& url) : pbx_(pbx), url_(url) {}

    void tell_connected();
    void tell_login_again(std::string_view why);
    // `time` is the loop's; `wait` that until the next try.
    void tell(const error& reason, const std::string& detail, milliseconds wait, milliseconds time);
    void tell_subscribed();

private:
    const std::string& pbx_;
    const std::string& url_;
    repeated_failure failures_;
};

}  // namespace callstream::sources
