// The CDR and REC APIs of Grandstream UCM6xxx: cdrapi and recapi, over HTTPS with Digest.
//
// The UCM answers a question that it does not like with an empty list, never with an error. So
// what it dislikes is refused here: see problem_of_ucm_extensions() and problem_of_ucm_file().
//
// Lifetime: settings outlive what borrows them.
// Threads:  the home loop.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/cdr_row.h"
#include "core/secret.h"
#include "sources/poll_family.h"
#include "sources/poll_time.h"
#include "sources/recording_queue.h"

namespace callstream::sources {

enum class ucm_format : std::uint8_t { json, xml, csv };

// Which CDRs, as the API has it. Empty: any.
struct ucm_filter {
    std::string caller{};  // such as 5300,5302-5304,_4@
    std::string callee{};
    std::string answeredby{};
    std::optional<std::uint32_t> min_duration{};  // of the talk, in seconds
    std::optional<std::uint32_t> max_duration{};
};

// Times as the API takes them; empty: without such a bound.
struct ucm_range {
    std::string start_time{};
    std::string end_time{};  // included
};

struct ucm_page {
    std::optional<std::uint32_t> count{};  // numRecords, at most 1000
    std::optional<std::uint64_t> offset{};
};

struct ucm_settings {
    std::string url{};       // such as https://192.0.2.10:8443
    std::string username{};  // empty: the UCM asks for none
    secret password{};
    ucm_format format = ucm_format::json;
    ucm_filter filter{};
    std::uint32_t page_size = 1000;
};

inline constexpr std::uint32_t ucm_page_size_max = 1000;

// What the UCM would take for an error, in a list of extensions; empty: nothing.
std::string_view problem_of_ucm_extensions(std::string_view list) noexcept;
// The same of a recording's name: it would be skipped.
std::string_view problem_of_ucm_file(std::string_view name) noexcept;

// Of either API, before the answer is read. `when_off` says what a 404 means; it is static.
poll_judgement judge_ucm(const poll_answer& answer, std::string_view when_off);

http_call_request make_ucm_cdr_query(const ucm_settings& settings, const ucm_range& range,
                                     const ucm_page& page);
// The directories that hold recordings, and files of one: one comes as WAV, several as a tar.
http_call_request make_ucm_recording_list(const ucm_settings& settings);
http_call_request make_ucm_recording_download(const ucm_settings& settings,
                                              std::string_view directory,
                                              const std::vector<std::string>& files);

// With the zone's offset, whose + the UCM wants escaped: 2013-07-01T00:00:00-06:00.
std::string ucm_time(timestamp time, const zone_offset& offset);

// Every request carries its own login.
class ucm_session final : public poll_session {
public:
    explicit ucm_session(const ucm_settings& settings) : settings_(settings) {}

    result<std::optional<http_call_request>> make_login() override {
        return std::optional<http_call_request>();
    }
    poll_judgement take_login(const poll_answer&) override { return {}; }
    void sign(http_call_request& request) override;

private:
    const ucm_settings& settings_;
};

class ucm_cdr_api final : public cdr_api {
public:
    ucm_cdr_api(const ucm_settings& settings, cdr_row_decoder& rows, zone_offset offset)
        : settings_(settings), rows_(rows), offset_(std::move(offset)) {}

    std::chrono::seconds granularity() const noexcept override { return std::chrono::seconds(1); }
    bool filters_duration() const noexcept override { return true; }
    http_call_request make_question(const cdr_question& question) override;
    cdr_reading read(const poll_answer& answer, std::vector<cdr_row>& rows) override;

private:
    const ucm_settings& settings_;
    cdr_row_decoder& rows_;
    zone_offset offset_;
};

// A recording is asked for by the name that its CDR gives.
class ucm_recordings final : public recording_locator {
public:
    ucm_recordings(loop& home, const ucm_settings& settings)
        : settings_(settings), answer_(home, [this] { told_(place_); }) {}

    bool ready() const noexcept override { return true; }
    void locate(const recording_facts& wanted, handler on_place) override;
    void cancel() override { answer_.stop(); }

private:
    const ucm_settings& settings_;
    result<place> place_;
    handler told_;
    timer answer_;
};

}  // namespace callstream::sources
