// What a family of PBXes supplies so that it can be polled: how one logs in, what is asked for, and
// what an answer means. It is words only; poll_client does the asking: logins, rate, back-off,
// time-outs, source.connected and source.disconnected, and the log.
//
// To add a family: one poll_session, one cdr_api for its call records (cdr_poller walks its windows
// and pages, and sees to order, repeats and positions), and a poll_task for each further thing that
// is asked for again and again (active calls, trunks, storage). nexo_api.h is the smallest example.
// Rows are read by a cdr_row_decoder (core/cdr_row.h) that app takes from parsers/.
//
// Lifetime: the poll_client and the cdr_poller borrow them.
// Threads:  the home loop.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/cdr_row.h"
#include "core/http_client.h"
#include "core/result.h"
#include "core/time.h"

namespace callstream::sources {

// A whole answer. Valid until the call that it is given to returns.
struct poll_answer {
    int status = 0;
    std::string_view content_type{};
    std::string_view body{};
    timestamp at{};  // when it ended
};

enum class poll_finding : std::uint8_t {
    fine,
    logged_out,   // the session is over: log in again, then ask again
    credentials,  // the user name or the password is wrong
    locked,       // the account or our address is locked out for a while
    forbidden,    // logged in, but this user may not ask that
    disabled,     // the API is switched off, or this PBX has no such thing
    bad_request,  // the PBX dislikes a parameter; asking again changes nothing
    busy,         // it wants to be asked later, or failed for once
    foreign,      // not this API: a login page, HTML, another device
    damaged,      // this API, but cut off or not readable
};

struct poll_judgement {
    poll_finding finding = poll_finding::fine;
    std::string_view words{};  // static: what is wrong, also the reason of source.disconnected
    std::string detail{};      // the PBX's own code or words; no payload, no secret

    bool fine() const noexcept { return finding == poll_finding::fine; }
};

// The judgement of a status that no family means anything special by; fine for 200 to 299.
poll_judgement judge_status(int status);
// Where a path that begins with '/' is, below the address of the PBX.
std::string url_below(std::string_view url, std::string_view path);
// Whether a body is a web page instead of an API's answer.
bool looks_like_html(const poll_answer& answer) noexcept;

class poll_session {
public:
    virtual ~poll_session() = default;

    // What logs in; nothing if every request carries its own login, as with Digest.
    virtual result<std::optional<http_call_request>> make_login() = 0;
    // Keeps what later requests need: a token; cookies are kept by the client.
    virtual poll_judgement take_login(const poll_answer& answer) = 0;
    // Puts the login into a request.
    virtual void sign(http_call_request& request) = 0;
};

// Something that is asked for again and again. Never twice at a time.
class poll_task {
public:
    virtual ~poll_task() = default;

    virtual std::string_view name() const noexcept = 0;  // for logs, such as "cdr"
    // The next request, unsigned. Nothing: not now, as when the journal is full; asked again
    // after wait().
    virtual std::optional<http_call_request> make_request(timestamp now) = 0;
    // The answer was larger than is taken: ask for less, if that can be.
    virtual void on_too_large() {}
    virtual void on_too_slow() {}               // it did not come in time
    virtual void on_no_answer(const error&) {}  // for whatever reason, these two included
    // Publishes what the answer tells. What is not fine is asked for again, with back-off.
    virtual poll_judgement take(const poll_answer& answer) = 0;
    // From now until the next make_request(); 0 while there are more pages.
    virtual std::chrono::milliseconds wait() = 0;
};

// Part of a CDR table: by whichever time of the record the API filters.
struct poll_window {
    timestamp from{};
    timestamp to{};  // not included
};

struct cdr_question {
    poll_window window{};
    std::size_t page = 0;                  // 0: the first of this window
    std::size_t row_count = 0;             // rows that earlier pages of this window gave
    std::chrono::seconds duration_min{0};  // of the calls; 0: any. Only of who filters_duration()
};

struct cdr_reading {
    poll_judgement judgement{};
    bool is_last = true;                       // no further page in this window
    std::size_t rejected = 0;                  // rows that could not be read
    std::size_t outside = 0;                   // rows of calls before the window: not appended
    std::optional<std::size_t> count_total{};  // of the window, where the PBX says
};

// Takes the rows from `first` on whose calls began, or ended, before the window out again; how many
// those were.
inline std::size_t drop_older(std::vector<cdr_row>& rows, std::size_t first, timestamp from,
                              bool by_end = false) {
    const auto begin = rows.begin() + static_cast<std::ptrdiff_t>(first);
    const auto kept = std::remove_if(begin, rows.end(), [from, by_end](const cdr_row& row) {
        const std::optional<timestamp> time = by_end ? end_of(row) : row.started_at;
        return time && *time < from;
    });
    const auto count = static_cast<std::size_t>(rows.end() - kept);
    rows.erase(kept, rows.end());
    return count;
}

class cdr_api {
public:
    virtual ~cdr_api() = default;

    // The API takes times in such steps; windows are as long as one at least.
    virtual std::chrono::seconds granularity() const noexcept = 0;
    // Whether it can be asked for long calls alone.
    virtual bool filters_duration() const noexcept { return false; }
    // Whether a window holds all calls that ended in it, whenever they began.
    virtual bool finds_ended() const noexcept { return false; }
    // May ask for more than the window, never for less.
    virtual http_call_request make_question(const cdr_question& question) = 0;
    // Appends the page's rows.
    virtual cdr_reading read(const poll_answer& answer, std::vector<cdr_row>& rows) = 0;
};

}  // namespace callstream::sources
