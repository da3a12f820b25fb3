// What is said to Redis before the first XADD: who we are, and whether it can take a stream.
//
// Threads: one at a time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sinks/redis_refusal.h"
#include "sinks/redis_sink.h"
#include "sinks/resp_reader.h"

namespace callstream::sinks {

class redis_handshake {
public:
    // The settings outlive the handshake.
    explicit redis_handshake(const redis_settings& settings) : settings_(settings) {}

    // All commands in one piece; their replies are expected from the first again.
    std::string begin();
    bool done() const noexcept { return next_ == steps_.size(); }
    // The reply to the next command. A refusal ends the handshake.
    std::optional<refusal> on_reply(resp_reply reply);

private:
    enum class step : std::uint8_t { authenticate, name, select, server, role };

    static std::optional<refusal> on_error(step answered, std::string_view said);
    static std::optional<refusal> check_version(std::string_view info);

    const redis_settings& settings_;
    std::vector<step> steps_;
    std::size_t next_ = 0;
};

}  // namespace callstream::sinks
