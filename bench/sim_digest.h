// HTTP Digest with MD5, as the server sees it.
//
// Threads: the loop's.
#pragma once

#include <string>
#include <string_view>

#include "bench/sim_poll_family.h"

namespace callstream::sim {

enum class digest_verdict : std::uint8_t { right, wrong, stale, absent };

class digest_guard {
public:
    explicit digest_guard(played_pbx& pbx) : pbx_(pbx) {}

    digest_verdict judge(const poll_question& question) const;
    // 401 and a new nonce.
    poll_reply challenge(const poll_question& question, bool stale) const;

private:
    played_pbx& pbx_;
};

}  // namespace callstream::sim
