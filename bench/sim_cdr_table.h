// The calls that a played PBX has on record, and those that go on: each follows from its number
// and the seed, so that a client which read the table can be told what it should have read.
//
// Threads: the loop's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace callstream::sim {

enum class cdr_direction : std::uint8_t { internal, inbound, outbound, callback };
enum class cdr_status : std::uint8_t { answered, no_answer, busy, failed };

// Times are UTC, seconds since 1970.
struct sim_cdr {
    std::uint64_t number = 0;       // from 1, in the order in which the calls ended
    std::uint64_t call_number = 0;  // of the call: an earlier row's where one call has two rows
    std::int64_t call_start = 0;    // that row's
    std::int64_t start = 0;
    std::int64_t answer = 0;  // 0: never
    std::int64_t end = 0;
    cdr_direction direction = cdr_direction::internal;
    cdr_status status = cdr_status::answered;
    std::string source;
    std::string source_name;
    std::string destination;  // as dialled
    std::string reached;      // the extension behind a queue or an IVR; else the destination
    std::string trunk;        // empty for an internal call
    unsigned leg_count = 1;
    bool recorded = false;

    std::int64_t duration() const noexcept { return end - start; }
    std::int64_t billed() const noexcept { return answer != 0 ? end - answer : 0; }
};

struct cdr_table_settings {
    std::uint64_t initial_count = 100;
    double days = 1;  // before the start, over which the initial ones are spread
    double calls_per_second = 0;
    std::uint64_t count_max = 0;  // does not grow beyond; 0: no end
    std::int64_t duration_max_s = 180;
    std::uint32_t seed = 1;
};

class cdr_table {
public:
    explicit cdr_table(const cdr_table_settings& settings) : settings_(settings) {}

    // Times are milliseconds since 1970.
    void begin(std::int64_t now_ms);
    void grow(std::int64_t now_ms);
    void add(std::uint64_t count, std::int64_t now_ms);  // calls that end at once

    std::uint64_t count() const noexcept { return ends_ms_.size(); }
    // Also of a call to come, if there is a rate.
    sim_cdr row(std::uint64_t number) const;
    // Those whose call began in from <= start <= to, the newest start first.
    std::vector<sim_cdr> started_between(std::int64_t from, std::int64_t to) const;
    // Those that go on.
    std::vector<sim_cdr> active(std::int64_t now_s) const;

private:
    bool is_full(std::uint64_t count) const noexcept {
        return settings_.count_max > 0 && count >= settings_.count_max;
    }
    std::int64_t end_ms(std::uint64_t number) const;
    std::int64_t start_of(std::uint64_t number) const;
    std::uint64_t random(std::uint64_t number, std::uint64_t use) const noexcept;
    void dial(sim_cdr& made) const;

    const cdr_table_settings& settings_;
    std::vector<std::int64_t> ends_ms_;
    double due_ms_ = 0;  // when the next call ends
};

}  // namespace callstream::sim
