// The requests of a FIBERME FCM5600's API, and what its answers mean.
//
// A token that a login gives is good for a month; 401 asks for another login. What is listed comes
// in pages, the latest call first.
//
// Lifetime: settings outlive what is made with them.
// Threads:  the home loop.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/cdr_row.h"
#include "core/http_client.h"
#include "core/secret.h"
#include "sources/poll_family.h"

namespace callstream::sources {

struct fiberme_settings {
    std::string url{};  // such as https://192.0.2.10
    std::string username{};
    secret password{};
    std::string login_path{"/pbx/auth/login"};
    std::string token_header{"Authorization"};
    std::size_t page_size = 100;
    std::optional<unsigned> page_base{};  // the number of the first page; nothing: found out
};

enum class fiberme_list : std::uint8_t { calls, conference, one_touch };

// The state that can be asked for, by the last part of its path.
inline constexpr std::array<std::string_view, 8> fiberme_states{
    "calls", "extension-status", "trunk-info", "trunk-status", "cpu", "mem", "disk", "version"};

poll_judgement judge_fiberme(const poll_answer& answer);

http_call_request make_fiberme_list(const fiberme_settings& settings, fiberme_list which,
                                    const poll_window& window, unsigned page);
http_call_request make_fiberme_state(const fiberme_settings& settings, std::string_view state);
// `file` is a recording's playUrl, or its path on the PBX or below its folder; of these two the
// kind is not known, and most are general. Anything else is not found. Not signed: it has the
// token.
result<http_call_request> make_fiberme_download(const fiberme_settings& settings,
                                                std::string_view token, std::string_view file);

class fiberme_session final : public poll_session {
public:
    explicit fiberme_session(const fiberme_settings& settings) : settings_(settings) {}

    result<std::optional<http_call_request>> make_login() override;
    poll_judgement take_login(const poll_answer& answer) override;
    void sign(http_call_request& request) override;

    // As the login gave it; empty before.
    const std::string& token() const noexcept { return token_; }

private:
    const fiberme_settings& settings_;
    std::string token_;
};

// The document's examples begin with page 1, and another list of the same API with page 0. Where
// the settings do not say it, the count that comes with a page tells, or a page 0 that is asked
// for once.
class fiberme_cdr_api final : public cdr_api {
public:
    fiberme_cdr_api(const fiberme_settings& settings, cdr_row_decoder& decoder,
                    fiberme_list which = fiberme_list::calls)
        : settings_(settings), decoder_(decoder), which_(which), base_(settings.page_base) {}

    std::chrono::seconds granularity() const noexcept override { return std::chrono::hours(24); }
    http_call_request make_question(const cdr_question& question) override;
    cdr_reading read(const poll_answer& answer, std::vector<cdr_row>& rows) override;

    std::optional<unsigned> page_base() const noexcept { return base_; }

private:
    void learn_base(std::size_t item_count, std::size_t count_total);
    bool probe(const cdr_reading& told, const std::vector<cdr_row>& rows, std::size_t first);

    const fiberme_settings& settings_;
    cdr_row_decoder& decoder_;
    fiberme_list which_;
    std::optional<unsigned> base_;
    unsigned page_ = 1;  // that is asked for
    poll_window window_{};
    std::size_t row_count_ = 0;   // of the pages before
    bool probes_ = false;         // page 0 is asked for behind page 1
    bool ends_ = false;           // as the page before a probe said
    std::set<std::string> keys_;  // of that page
};

}  // namespace callstream::sources
