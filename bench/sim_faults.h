// Answers that go wrong, one in so many, each kind in its turn.
//
// Threads: the loop's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bench/sim_poll_family.h"

namespace callstream::sim {

enum class poll_fault : std::uint8_t {
    none,
    server_error,  // 500 and a page
    page,          // 200 and a login page
    mistaken,      // 200 and an error in the family's words
    cut,           // less of the body than was announced
    cut_gzip,      // packed, and the packed bytes end too early
    busy,          // 503 with Retry-After
    empty,         // 200 and no body
    huge,          // 10 GB announced; only when it is asked for
};

// By its name, such as "cut-gzip"; none if it is no such name.
poll_fault fault_named(std::string_view name);

class fault_plan {
public:
    explicit fault_plan(std::uint64_t every) : every_(every) {}

    // What becomes of the next answer.
    poll_fault next();
    void want(poll_fault once) { wanted_ = once; }
    void want_always(poll_fault kind) { always_ = kind; }  // none: no more
    void set_every(std::uint64_t every) { every_ = every; }
    std::uint64_t count() const noexcept { return count_; }

private:
    std::uint64_t every_;  // 0: never
    std::uint64_t answers_ = 0;
    std::uint64_t count_ = 0;
    poll_fault wanted_ = poll_fault::none;
    poll_fault always_ = poll_fault::none;
};

// `closes` when the connection has to end with the answer.
poll_reply spoil(poll_fault fault, poll_reply reply, const poll_reply& mistaken, bool takes_gzip,
                 bool& closes);

}  // namespace callstream::sim
