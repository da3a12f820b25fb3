// The requests of VoIPmonitor's web interface and API, and what their answers mean.
//
// The listing of CDRs wants the session of a bypass_login, whose cookie has another name in each
// installation; api.php wants user and password with each request.
//
// Lifetime: settings outlive what is made with them.
// Threads:  the home loop.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/cdr_row.h"
#include "core/http_client.h"
#include "core/secret.h"
#include "sources/poll_family.h"
#include "sources/poll_time.h"

namespace callstream::sources {

// Which of its ways gives the CDRs.
enum class voipmonitor_list : std::uint8_t {
    listing,  // module=CDR, in pages, by the session
    calls,    // getVoipCalls, a window at once
    ids,      // listCdrIds, by number
};

enum class voipmonitor_sound : std::uint8_t { wav, ogg, zip };

struct voipmonitor_settings {
    std::string url{};  // of the web interface, such as https://192.0.2.10/demo
    std::string username{};
    secret password{};
    voipmonitor_list list = voipmonitor_list::listing;
    std::size_t page_size = 500;
    std::uint64_t first_id = 1;  // where listCdrIds begins
    std::string sensor_id{};     // of listActiveCalls; empty: all sensors
    // As the listing calls them, fcaller or fsipresponse; or getVoipCalls, caller or a header's
    // name.
    std::map<std::string, std::string> filter{};
    std::string audit_reason{};                // for its audit log; empty: none
    bool after_connect = false;                // of recordings: from the answer on
    std::chrono::milliseconds legs_within{0};  // of captures: with the other legs of that time
};

// What is wrong with a filter of that name, for that way of asking; empty: nothing. Those that
// windows are made of are none, and any name that getVoipCalls does not know is that of a header.
std::string_view problem_of_voipmonitor_filter(voipmonitor_list list,
                                               std::string_view name) noexcept;

// Of the listing and its session, and of api.php. `success` false alone says nothing more of the
// first than that there is no session, of the second than that a parameter is bad.
poll_judgement judge_voipmonitor_page(const poll_answer& answer);
poll_judgement judge_voipmonitor_api(const poll_answer& answer);

// Windows and times are those of the server's clock.
http_call_request make_voipmonitor_login(const voipmonitor_settings& settings);
http_call_request make_voipmonitor_listing(const voipmonitor_settings& settings,
                                           const poll_window& window, std::size_t start);
// A task of api.php; `params` is JSON.
http_call_request make_voipmonitor_task(const voipmonitor_settings& settings, std::string_view task,
                                        std::string_view params);
http_call_request make_voipmonitor_calls(const voipmonitor_settings& settings,
                                         const poll_window& window);
http_call_request make_voipmonitor_ids(const voipmonitor_settings& settings, std::uint64_t offset);
http_call_request make_voipmonitor_active_calls(const voipmonitor_settings& settings);
// licenseCheck or licenseCallsLimitCheck; no login is asked for.
http_call_request make_voipmonitor_licence(const voipmonitor_settings& settings,
                                           std::string_view task);
http_call_request make_voipmonitor_report(const voipmonitor_settings& settings,
                                          std::string_view report, timestamp local);

// Of the CDR with this number.
http_call_request make_voipmonitor_recording(const voipmonitor_settings& settings,
                                             std::string_view cdr_id, voipmonitor_sound sound);
// Of the call with this Call-ID.
http_call_request make_voipmonitor_capture(const voipmonitor_settings& settings,
                                           std::string_view call_id);

class voipmonitor_session final : public poll_session {
public:
    explicit voipmonitor_session(const voipmonitor_settings& settings) : settings_(settings) {}

    result<std::optional<http_call_request>> make_login() override;
    poll_judgement take_login(const poll_answer& answer) override;
    void sign(http_call_request& request) override;

private:
    const voipmonitor_settings& settings_;
    std::string cookie_;  // NAME=SID
};

class voipmonitor_cdr_api final : public cdr_api {
public:
    voipmonitor_cdr_api(const voipmonitor_settings& settings, cdr_row_decoder& decoder,
                        zone_offset offset)
        : settings_(settings),
          decoder_(decoder),
          offset_(std::move(offset)),
          next_id_(settings.first_id) {}

    std::chrono::seconds granularity() const noexcept override { return std::chrono::seconds(1); }
    bool filters_duration() const noexcept override {
        return settings_.list == voipmonitor_list::listing;
    }
    // Numbers are given when calls are written.
    bool finds_ended() const noexcept override { return settings_.list == voipmonitor_list::ids; }
    http_call_request make_question(const cdr_question& question) override;
    cdr_reading read(const poll_answer& answer, std::vector<cdr_row>& rows) override;

private:
    void begin_ids();
    void follow_ids(const std::vector<cdr_row>& rows, std::size_t first);

    const voipmonitor_settings& settings_;
    cdr_row_decoder& decoder_;
    zone_offset offset_;
    poll_window window_{};
    std::size_t row_count_ = 0;  // of the pages before
    std::uint64_t next_id_;      // of the next page
    timestamp newest_{};         // begin of any call up to there
    bool passed_window_ = false;
    // Up to this number no call began later than then; numbers and times only grow.
    std::vector<std::pair<timestamp, std::uint64_t>> passed_;
};

}  // namespace callstream::sources
