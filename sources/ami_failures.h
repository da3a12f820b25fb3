// What the log says about a PBX that comes and goes: each new failure in its own words, with what
// to do about it; the same one again at most once a minute, with how often it was met.
//
// Lifetime: the settings outlive it.
// Threads:  one.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/stream.h"
#include "sources/repeated_failure.h"

namespace callstream::sources {

struct ami_snapshot_result;

inline constexpr std::string_view login_refused = "the PBX refused the AMI login";

class ami_failures {
public:
    using milliseconds = std::chrono::milliseconds;

    ami_failures(const std::string& pbx, const stream_settings& connection)
        : pbx_(pbx), connection_(connection) {}

    void tell_connected(const std::string& address, const std::string& version);
    void tell_snapshot(const ami_snapshot_result& done);
    void tell_unusable(const error& wrong);  // the settings themselves
    // `detail`: the peer's or the system's own words. `time` only grows.
    void tell(const error& reason, const std::string& detail, milliseconds wait, milliseconds time);

private:
    const std::string& pbx_;
    const stream_settings& connection_;
    repeated_failure failures_;
};

}  // namespace callstream::sources
