// The web API of Nexo IP PBXes: the login (8404), and the table of CDRs (9006).
//
// Lifetime: settings outlive what borrows them.
// Threads:  the home loop.
#pragma once

#include <string>
#include <string_view>

#include "core/cdr_row.h"
#include "core/json_reader.h"
#include "core/secret.h"
#include "sources/poll_family.h"
#include "sources/poll_time.h"

namespace callstream::sources {

// Which CDRs; as the API calls them, and as its documentation fills them in. Empty: any.
struct nexo_filter {
    std::string src{};
    std::string dst{};
    std::string disposition{"All"};
    std::string userfield{"All"};
    std::string minbillsec{};
    std::string maxbillsec{};
    std::string cidname{};
    std::string in_route{};
    std::string ivr{};
    std::string port{"-1"};
};

// Which recordings.
struct nexo_recording_filter {
    std::string src{};
    std::string dst{};
    std::string trunk{"All"};
    std::string calltype{"All"};
    std::string minduration{};
    std::string maxduration{};
};

// Local times as YYYY-MM-DD HH:MM, both included; empty: without such a bound.
struct nexo_range {
    std::string startdate{};
    std::string enddate{};
};

struct nexo_settings {
    std::string url{};  // such as https://192.0.2.10:4430
    std::string username{};
    secret password{};
    nexo_filter filter{};
};

// Fails with bad_config where the system's OpenSSL forbids MD5.
result<http_call_request> make_nexo_login(const nexo_settings& settings);
http_call_request make_nexo_cdr_query(const std::string& url, const nexo_range& range,
                                      const nexo_filter& filter);
http_call_request make_nexo_cdr_download(const std::string& url, const nexo_range& range,
                                         const nexo_filter& filter);
http_call_request make_nexo_cdr_deletion(const std::string& url, const nexo_range& range,
                                         const nexo_filter& filter);
http_call_request make_nexo_recording_query(const std::string& url, const nexo_range& range,
                                            const nexo_recording_filter& filter);
// Paths as 20053 gives them, separated by semicolons.
http_call_request make_nexo_recording_download(const std::string& url, std::string_view wavfiles);
http_call_request make_nexo_recording_deletion(const std::string& url, std::string_view wavfiles);

// Whether an answer is a list named `list`, of the range that was asked for: of what it does not
// like, this API gives an empty one, or that of today. An empty date: of any.
poll_judgement judge_nexo_list(const poll_answer& answer, std::string_view list,
                               const nexo_range& asked);

class nexo_session final : public poll_session {
public:
    explicit nexo_session(const nexo_settings& settings) : settings_(settings) {}

    result<std::optional<http_call_request>> make_login() override;
    poll_judgement take_login(const poll_answer& answer) override;
    void sign(http_call_request&) override {}  // its cookie is the client's

private:
    const nexo_settings& settings_;
    json_document document_;
};

class nexo_cdr_api final : public cdr_api {
public:
    nexo_cdr_api(const nexo_settings& settings, cdr_row_decoder& rows, zone_offset offset)
        : settings_(settings), rows_(rows), offset_(std::move(offset)) {}

    std::chrono::seconds granularity() const noexcept override { return std::chrono::minutes(1); }
    bool filters_duration() const noexcept override { return true; }
    http_call_request make_question(const cdr_question& question) override;
    cdr_reading read(const poll_answer& answer, std::vector<cdr_row>& rows) override;

private:
    const nexo_settings& settings_;
    cdr_row_decoder& rows_;
    zone_offset offset_;
    nexo_range asked_;  // by the last question
};

}  // namespace callstream::sources
