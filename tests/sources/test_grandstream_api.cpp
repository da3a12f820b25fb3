#include <array>
#include <optional>

#include <catch2/catch.hpp>

#include "parsers/cdr_decoder.h"
#include "sources/grandstream_api.h"

using namespace callstream;
using namespace callstream::sources;

namespace {

using namespace std::chrono_literals;

ucm_settings settings_with(const ucm_filter& filter, ucm_format format = ucm_format::json) {
    ucm_settings settings;
    settings.url = "https://192.168.254.200:8443";
    settings.format = format;
    settings.filter = filter;
    return settings;
}

std::string query_of(const ucm_filter& filter, ucm_format format, const ucm_range& range = {},
                     const ucm_page& page = {}) {
    return make_ucm_cdr_query(settings_with(filter, format), range, page).url;
}

// An answer's rows are of no matter here.
class counted_rows final : public cdr_row_decoder {
public:
    explicit counted_rows(std::size_t count) : count_(count) {}
    cdr_decoding decode(std::string_view, timestamp, std::vector<cdr_row>& rows) override {
        rows.resize(rows.size() + count_);
        return answer;
    }
    cdr_decoding answer{};

private:
    std::size_t count_;
};

constexpr auto central = [](timestamp) { return std::chrono::seconds(-6 * 3600); };

}  // namespace

TEST_CASE("the documented questions are asked as documented", "[poll]") {
    ucm_filter one;
    one.caller = "5300";
    one.min_duration = 8;
    one.max_duration = 60;
    CHECK(query_of(one, ucm_format::csv) ==
          "https://192.168.254.200:8443/cdrapi?format=csv&caller=5300&minDur=8&maxDur=60");
    ucm_filter two;
    two.caller = "5300,6300-6399";
    two.callee = "5@";
    CHECK(query_of(two, ucm_format::xml) ==
          "https://192.168.254.200:8443/cdrapi?format=xml&caller=5300,6300-6399&callee=5@");
    ucm_filter three;
    three.caller = "5300";
    CHECK(query_of(three, ucm_format::json, {}, {10, {}}) ==
          "https://192.168.254.200:8443/cdrapi?format=json&caller=5300&numRecords=10");
    ucm_filter four;
    four.caller = "@53@";
    four.callee = "530_";
    CHECK(query_of(four, ucm_format::csv, {"", "2013-01-23T00:00:00"}) ==
          "https://192.168.254.200:8443/cdrapi?format=csv&caller=@53@&callee=530_"
          "&endTime=2013-01-23T00:00:00");
    ucm_filter five;
    five.caller = "Anonymous";
    five.callee = "2@,34@,@5";
    five.answeredby = "5300,5302-5304,_4@";
    CHECK(query_of(five, ucm_format::csv,
                   {"2013-07-01T00:00:00-06:00", "2013-07-31T23:59:59-06:00"}) ==
          "https://192.168.254.200:8443/cdrapi?format=csv&caller=Anonymous&callee=2@,34@,@5"
          "&answeredby=5300,5302-5304,_4@"
          "&startTime=2013-07-01T00:00:00-06:00&endTime=2013-07-31T23:59:59-06:00");
    CHECK(query_of({}, ucm_format::csv, {"2013-07-01T00:00:00+08:00", "2013-07-31T23:59:59+08:00"},
                   {200, 400}) ==
          "https://192.168.254.200:8443/cdrapi?format=csv&startTime=2013-07-01T00:00:00%2B08:00"
          "&endTime=2013-07-31T23:59:59%2B08:00&numRecords=200&offset=400");
}

TEST_CASE("recordings are asked for as documented", "[poll]") {
    const ucm_settings settings = settings_with({});
    CHECK(make_ucm_recording_list(settings).url == "https://192.168.254.200:8443/recapi");
    CHECK(make_ucm_recording_download(settings, "meetme",
                                      {"meetme-conf-rec-6300-1411501234.0-0.wav",
                                       "meetme-conf-rec-6301-1411505678.9-0.wav"})
              .url ==
          "https://192.168.254.200:8443/recapi?filedir=meetme&filename="
          "meetme-conf-rec-6300-1411501234.0-0.wav@meetme-conf-rec-6301-"
          "1411505678.9-0.wav");
    CHECK(make_ucm_recording_download(
              settings, "", {"auto-1414771234-1000-1004.wav", "auto-1414775678-1001-1003.wav"})
              .url ==
          "https://192.168.254.200:8443/recapi?filename=auto-1414771234-1000-1004.wav@"
          "auto-1414775678-1001-1003.wav");
    CHECK(problem_of_ucm_file("auto-1414771234-1000-1004.wav") == "");
    for (const std::string& bad : {std::string(), std::string("a b.wav"), std::string("../x.wav"),
                                   std::string(257, 'x'), std::string("a@b.wav")})
        CHECK(problem_of_ucm_file(bad) != "");
}

TEST_CASE("what a UCM would answer with nothing is refused before", "[poll]") {
    for (const char* const good :
         {"5300", "5300,5302-5304,_4@", "0-0", "@53@", "2@,34@,@5", "Anonymous", "1-2-3@"})
        CHECK(problem_of_ucm_extensions(good) == "");
    for (const char* const bad :
         {"", ",5300", "5300,,5303", "5300,", "5300-5301-", "53 00", "5300&x=1", "5300+1"})
        CHECK(problem_of_ucm_extensions(bad) != "");
}

TEST_CASE("a window is asked for with the zone of the PBX, in full pages", "[poll]") {
    ucm_settings settings = settings_with({});
    settings.page_size = 200;
    settings.username = "api";
    counted_rows rows(3);
    ucm_cdr_api api(settings, rows, central);
    const timestamp from{1'372'658'400s};  // 2013-07-01 06:00:00 UTC
    CHECK(api.make_question({{from, from + 60s}, 2, 423}).url ==
          "https://192.168.254.200:8443/cdrapi?format=json&startTime=2013-07-01T00:00:00-06:00"
          "&endTime=2013-07-01T00:00:59-06:00&numRecords=200&offset=400");
    http_call_request request = api.make_question({{from, from + 60s}, 0, 0});
    ucm_session(settings).sign(request);
    CHECK(request.login == http_login::digest);
    CHECK(request.username == "api");
    std::vector<cdr_row> read;
    CHECK(api.read({200, "", "{}", from}, read).is_last);
    settings.page_size = 3;
    CHECK_FALSE(api.read({200, "", "{}", from}, read).is_last);
    CHECK(ucm_time(from, [](timestamp) { return 5h + 45min; }) == "2013-07-01T11:45:00+05:45");
}

TEST_CASE("answers that are none are told apart", "[poll]") {
    const ucm_settings settings = settings_with({});
    counted_rows rows(0);
    ucm_cdr_api api(settings, rows, central);
    std::vector<cdr_row> read;
    const auto finding = [&](int status, std::string_view body) {
        return api.read({status, "", body, {}}, read).judgement.finding;
    };
    CHECK(finding(200, "{\"cdr_root\":[]}") == poll_finding::fine);
    CHECK(finding(401, "") == poll_finding::credentials);
    CHECK(finding(403, "") == poll_finding::forbidden);
    CHECK(finding(404, "") == poll_finding::disabled);
    CHECK(finding(500, "") == poll_finding::busy);
    CHECK(finding(200, "<!DOCTYPE html><html>") == poll_finding::foreign);
    CHECK(finding(200, "AcctId,accountcode,src,dst\n") == poll_finding::bad_request);
    rows.answer.problem = "the PBX refuses: the session has expired";
    CHECK(finding(200, "{}") == poll_finding::logged_out);
    rows.answer.problem = "the PBX refuses: no permission";
    CHECK(finding(200, "{}") == poll_finding::forbidden);
    rows.answer.problem = "the answer ends within its JSON";
    CHECK(finding(200, "{}") == poll_finding::damaged);
}

TEST_CASE("a refusal's words are told only so far as a log has room for them", "[poll]") {
    const ucm_settings settings = settings_with({});
    parsers::cdr_decoder decoder({});
    ucm_cdr_api api(settings, decoder, central);
    std::vector<cdr_row> rows;
    const std::string body = R"({"status":-10,"message":")" + std::string(119, 'a') + "\u00e9" +
                             std::string(9000, 'b') + "\"}";
    CHECK(api.read({200, "", body, {}}, rows).judgement.detail == std::string(119, 'a'));
}

TEST_CASE("each number of a refusal is named, and means what it says", "[poll]") {
    struct refusal {
        int status;
        poll_finding finding;
        std::string_view words;
    };
    const auto [status, finding, words] = GENERATE(
        refusal{-1, poll_finding::bad_request, "the PBX refuses: invalid parameters"},
        refusal{-6, poll_finding::logged_out, "the PBX refuses: the session has expired"},
        refusal{-8, poll_finding::bad_request, "the PBX refuses: a parameter is missing"},
        refusal{-9, poll_finding::bad_request, "the PBX refuses: it does not know the action"},
        refusal{-10, poll_finding::forbidden, "the PBX refuses: no permission"},
        refusal{-30, poll_finding::busy, "the PBX refuses: too many sessions"},
        refusal{-37, poll_finding::credentials, "the PBX refuses: wrong user or password"},
        refusal{-99, poll_finding::bad_request,
                "the PBX refuses: it answered with an error of its own"});
    const ucm_settings settings = settings_with({});
    parsers::cdr_decoder decoder({});
    ucm_cdr_api api(settings, decoder, central);
    std::vector<cdr_row> rows;
    const std::string body = R"({"response":{},"status":)" + std::to_string(status) + "}";
    const poll_judgement judged = api.read({200, "", body, {}}, rows).judgement;
    CHECK(judged.finding == finding);
    CHECK(judged.words == words);
    CHECK(judged.detail == std::to_string(status));
}

TEST_CASE("a recording is asked for by the name in its CDR, with a login", "[poll]") {
    ucm_settings settings = settings_with({});
    settings.username = "api";
    loop home;
    ucm_recordings places(home, settings);
    const auto place_of = [&](const std::string& file) {
        recording_facts wanted;
        wanted.file = file;
        std::optional<result<recording_locator::place>> found;
        places.locate(wanted, [&](const result<recording_locator::place>& told) { found = told; });
        while (!found)
            home.run_once();
        return *found;
    };
    const std::string base = "https://192.168.254.200:8443/recapi?";
    const std::array<std::array<std::string, 2>, 3> documented{
        {{"auto-1-1000-1004.wav", "filename=auto-1-1000-1004.wav"},
         {"meetme/c.wav", "filedir=meetme&filename=c.wav"},
         {"/var/spool/asterisk/voicemail/default/v.wav",
          "filedir=voicemail/default&filename=v.wav"}}};
    for (const auto& [file, query] : documented) {
        const auto found = place_of(file);
        REQUIRE(found);
        CHECK(found->request.url == base + query);
        CHECK(found->request.login == http_login::digest);
        CHECK(found->request.username == "api");
        CHECK(found->member.empty());
    }
    const auto skipped = place_of("a b.wav");
    REQUIRE_FALSE(skipped);
    CHECK(skipped.error().code == errc::not_found);
}
