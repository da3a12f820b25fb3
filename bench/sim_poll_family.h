// What every played poll API has: the question as it was read, the reply, sessions, ways to refuse.
//
// Lifetime: the parts of played_pbx outlive the families.
// Threads:  the loop's.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/sim_cdr_table.h"

namespace callstream::sim {

struct poll_question {
    std::string method;
    std::string path;
    std::string target;                                           // with the query, undecoded
    std::vector<std::pair<std::string, std::string>> parameters;  // decoded, in their order
    std::string cookie;
    std::string authorization;
    bool takes_gzip = false;
    std::string body;
    std::int64_t now_s = 0;  // UTC since 1970

    // Empty if it is absent.
    std::string_view find(std::string_view name) const noexcept;
    bool has(std::string_view name) const noexcept;
};

// A query or a form, decoded: '+' is a space.
std::vector<std::pair<std::string, std::string>> parse_parameters(std::string_view text);
void read_target(poll_question& question, std::string_view path, std::string_view query);

struct poll_reply {
    std::string body;
    unsigned status = 200;
    std::string content_type = "application/json";
    std::string headers = {};  // whole lines
    bool is_refusal = false;   // it is no answer to what was asked
};

enum class poll_refusal : std::uint8_t { none, password, locked, permission, disabled };

struct poll_pbx_settings {
    std::string username = "admin";
    std::string password = "secret";
    std::int64_t session_life_s = 1800;
    std::int64_t offset_s = 0;           // of the PBX's clock from UTC
    std::int64_t recording_delay_s = 0;  // until a row has its recording
    std::uint32_t seed = 1;
};

class poll_sessions {
public:
    explicit poll_sessions(const poll_pbx_settings& settings)
        : settings_(settings), random_(settings.seed) {}

    std::string open(std::int64_t now_s);
    bool is_open(std::string_view id, std::int64_t now_s) const;
    void forget() { until_.clear(); }
    std::size_t count() const noexcept { return until_.size(); }

private:
    const poll_pbx_settings& settings_;
    std::mt19937_64 random_;
    std::map<std::string, std::int64_t, std::less<>> until_;
};

// What a family answers from.
struct played_pbx {
    const poll_pbx_settings& settings;
    const cdr_table& table;
    poll_sessions& sessions;
    poll_refusal refuse = poll_refusal::none;
    std::set<std::uint64_t> deleted{};             // rows
    std::set<std::uint64_t> deleted_recordings{};  // of rows
    std::uint64_t logins = 0;
    std::uint64_t logins_refused = 0;
    std::uint64_t expired = 0;  // questions without a session that is open
    std::uint64_t downloads = 0;

    // "2021-05-07 01:05:02" on the PBX's clock.
    std::string local_time(std::int64_t utc_s) const;
    // Of a date, or a date and a time to the minute or second; `otherwise` if it is none.
    std::int64_t utc_of(std::string_view local, std::int64_t otherwise) const;
    bool has_recording(const sim_cdr& row, std::int64_t now_s) const;
    std::vector<sim_cdr> rows(std::int64_t from, std::int64_t to) const;  // without the deleted
};

class poll_family {
public:
    virtual ~poll_family() = default;

    virtual poll_reply answer(const poll_question& question) = 0;
    // The row as the PBX names it; of a row's recording the path, empty if it has none.
    virtual std::string key(const sim_cdr& row) const = 0;
    virtual std::string recording(const sim_cdr& row) const = 0;
    // 200, and nevertheless an error.
    virtual poll_reply mistaken() const = 0;
};

std::unique_ptr<poll_family> make_nexo(played_pbx& pbx);
std::unique_ptr<poll_family> make_fiberme(played_pbx& pbx);
std::unique_ptr<poll_family> make_grandstream(played_pbx& pbx);
std::unique_ptr<poll_family> make_voipmonitor(played_pbx& pbx);

// The page of a web interface, where an API's answer was expected.
poll_reply login_page();

}  // namespace callstream::sim
