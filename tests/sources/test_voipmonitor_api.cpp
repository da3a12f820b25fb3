#include <sstream>

#include <catch2/catch.hpp>

#include "sources/voipmonitor_api.h"
#include "tests/sources/poll_rows.h"
#include "tests/support/decoded_query.h"

using namespace callstream;
using namespace callstream::sources;
using callstream::test::decoded;

namespace {

using namespace std::chrono_literals;

constexpr timestamp noon{std::chrono::seconds(1'368'014'400)};  // 2013-05-08T12:00:00Z

voipmonitor_settings settings_of(voipmonitor_list list = voipmonitor_list::listing) {
    voipmonitor_settings settings;
    settings.url = "http://192.168.76.201/demo/";
    settings.username = "voipmonitor";
    settings.password = secret("voip&monitor");
    settings.list = list;
    settings.page_size = 2;
    return settings;
}

std::chrono::seconds berlin(timestamp) {
    return 2h;
}

poll_answer answer_of(std::string_view body, int status = 200) {
    return {status, "application/json", body, noon};
}

}  // namespace

TEST_CASE("a bypass_login gives a cookie by the name that it says", "[voipmonitor]") {
    const auto settings = settings_of();
    voipmonitor_session session(settings);
    const auto login = session.make_login();
    REQUIRE(login.has_value());
    REQUIRE(login->has_value());
    CHECK((*login)->method == "POST");
    CHECK((*login)->url ==
          "http://192.168.76.201/demo/php/model/sql.php?module=bypass_login"
          "&user=voipmonitor&pass=voip%26monitor");
    CHECK(session
              .take_login(answer_of(R"({"SID":"ahs2ubdhc0ukb262be60v900ko","cookie_name":)"
                                    R"("PHPSESSID-demo","success":true,"_vm_version":240034,)"
                                    R"("_debug":false})"))
              .fine());
    auto listing = make_voipmonitor_listing(settings, {noon - 12h, noon}, 0);
    session.sign(listing);
    CHECK(listing.headers ==
          std::vector<std::string>{"Cookie: PHPSESSID-demo=ahs2ubdhc0ukb262be60v900ko"});
    auto task = make_voipmonitor_active_calls(settings);
    const auto headers = task.headers;
    session.sign(task);
    CHECK(task.headers == headers);
}

TEST_CASE("a session that would put more into the request is not taken", "[voipmonitor]") {
    const auto settings = settings_of();
    voipmonitor_session session(settings);
    for (const std::string_view bad :
         {R"({"SID":"a\r\nX: y","cookie_name":"P","success":true})",
          R"({"SID":"a; b","cookie_name":"P","success":true})", R"({"SID":"a","success":true})"})
        CHECK(session.take_login(answer_of(bad)).finding == poll_finding::foreign);
    CHECK(session.take_login(answer_of(R"({"success":false})")).finding ==
          poll_finding::credentials);
    CHECK(
        session.take_login(answer_of(R"({"success":false,"errors":"User is blocked"})")).finding ==
        poll_finding::locked);
}

TEST_CASE("where only api.php is asked, nobody logs in", "[voipmonitor]") {
    const auto settings = settings_of(voipmonitor_list::calls);
    voipmonitor_session session(settings);
    const auto login = session.make_login();
    REQUIRE(login.has_value());
    CHECK_FALSE(login->has_value());
}

TEST_CASE("the listing is asked for as documented, in pages", "[voipmonitor]") {
    const auto request = make_voipmonitor_listing(settings_of(), {noon - 12h, noon}, 4);
    CHECK(request.method == "POST");
    CHECK(decoded(request.url) ==
          "http://192.168.76.201/demo/php/model/sql.php?task=LISTING&module=CDR"
          "&fdatefrom=2013-05-08T00:00:00&fdateto=2013-05-08T12:00:00&page=3&start=4&limit=2"
          R"(&sort=[{"property":"calldate2","direction":"DESC"}])");
}

TEST_CASE("the listing is asked for such CDRs alone as a filter says", "[voipmonitor]") {
    voipmonitor_settings settings;
    settings.url = "http://192.168.76.201";
    settings.filter = {{"fcaller", "190"}, {"fa_ua", "a b&c"}};
    const auto request =
        make_voipmonitor_listing(settings, {noon, noon + std::chrono::hours(1)}, 0);
    CHECK(request.url.starts_with(
        "http://192.168.76.201/php/model/sql.php?task=LISTING&module=CDR&fdatefrom=2013-05-08T"));
    CHECK(request.url.find("&fa_ua=a%20b%26c&fcaller=190&page=1&start=0") != std::string::npos);
}

TEST_CASE("every documented filter of the listing is one, and goes out as it is", "[voipmonitor]") {
    const std::string documented =
        "fcaller fcalled fcallerd_type fcaller_domain fcalled_domain fcallerd_domain_type "
        "fcallername fsipcallerip fsipcalledip fsipcallerdip_type fa_saddr fb_saddr fab_saddr_type "
        "fcodec fdurationgt fdurationlt fpddgt fpddlt fsipresponse fbye ftrunk fa_ua fb_ua "
        "fab_ua_type fcallid fsensor_id frtcp_maxjitter frtcp_avgjitter frtcp_maxfr frtcp_avgfr "
        "fmosf1 fmosf2 fmosadapt f_d50 f_d70 f_d90 f_d120 f_d150 f_d200 f_d300 floss1 floss2 "
        "floss3 floss4 floss5 floss6 floss7 floss8 floss9 floss10 ffilterTemplate";
    std::istringstream names(documented);
    std::size_t count = 0;
    for (std::string name; names >> name; ++count) {
        INFO(name);
        CHECK(problem_of_voipmonitor_filter(voipmonitor_list::listing, name) == "");
        CHECK(problem_of_voipmonitor_filter(voipmonitor_list::calls, name) ==
              "names a filter of list = \"listing\"");
        voipmonitor_settings settings;
        settings.filter = {{name, "a&b+c"}};
        const auto request = make_voipmonitor_listing(settings, {noon, noon + 1h}, 0);
        CHECK(request.url.find("&" + name + "=a%26b%2Bc&page=1") != std::string::npos);
    }
    CHECK(count == 51);
    for (const char* const name : {"task", "fdatefrom", "FCALLER", "caller", ""})
        CHECK(problem_of_voipmonitor_filter(voipmonitor_list::listing, name) != "");
}

TEST_CASE("getVoipCalls is asked with its own filters and with headers", "[voipmonitor]") {
    constexpr auto calls = voipmonitor_list::calls;
    for (const char* const name :
         {"caller", "called", "onlyConnected", "customHeaders", "X-Customer", "from"})
        CHECK(problem_of_voipmonitor_filter(calls, name) == "");
    for (const char* const name :
         {"Caller", "CALLED", "onlyconnected", "customheaders", "startTime", "starttimeto",
          "callEnd", "EndTime", "fcaller", "FCALLER", ""}) {
        INFO(name);
        CHECK(problem_of_voipmonitor_filter(calls, name) != "");
    }
    CHECK(problem_of_voipmonitor_filter(voipmonitor_list::ids, "caller") ==
          "needs list = \"listing\" or \"calls\"");
    voipmonitor_settings settings;
    settings.filter = {{"caller", "a&b+c"}};
    CHECK(make_voipmonitor_calls(settings, {noon, noon + 1h}).body.find("%22a%26b%2Bc%22") !=
          std::string::npos);
}

TEST_CASE("the tasks of api.php are the documented ones", "[voipmonitor]") {
    auto settings = settings_of();
    const std::string begin = "&user=voipmonitor&password=voip&monitor&params=";
    const auto body = [&](const http_call_request& request) {
        CHECK(request.method == "POST");
        CHECK(request.url == "http://192.168.76.201/demo/php/api.php");
        CHECK(request.headers ==
              std::vector<std::string>{"Content-Type: application/x-www-form-urlencoded"});
        CHECK(request.body.find("voip%26monitor") != std::string::npos);
        return decoded(request.body);
    };
    CHECK(body(make_voipmonitor_ids(settings, 41)) ==
          "task=listCdrIds" + begin + R"({"offset":"41","size":"2"})");
    CHECK(body(make_voipmonitor_calls(settings, {noon, noon + 1s})) ==
          "task=getVoipCalls" + begin +
              R"({"startTime":"2013-05-08 12:00:00","startTimeTo":"2013-05-08 12:00:01"})");
    CHECK(body(make_voipmonitor_active_calls(settings)) == "task=listActiveCalls" + begin + "{}");
    settings.sensor_id = "1";
    CHECK(body(make_voipmonitor_active_calls(settings)) ==
          "task=listActiveCalls" + begin + R"({"sensorId":"1"})");
    CHECK(body(make_voipmonitor_recording(settings, "4919", voipmonitor_sound::wav)) ==
          "task=getVoiceRecording" + begin + R"({"cdrId":"4919"})");
    CHECK(body(make_voipmonitor_recording(settings, "4919", voipmonitor_sound::ogg)) ==
          "task=getVoiceRecording" + begin + R"({"cdrId":"4919","ogg":true})");
    CHECK(body(make_voipmonitor_recording(settings, "4919", voipmonitor_sound::zip)) ==
          "task=getVoiceRecording" + begin + R"({"cdrId":"4919","zip":true})");
    CHECK(body(make_voipmonitor_capture(settings, "1502262225")) ==
          "task=getPCAP" + begin + R"({"callId":"1502262225"})");
    CHECK(body(make_voipmonitor_report(settings, "test summary", noon)) ==
          "task=reportSummary" + begin +
              R"({"report_name":"test summary","datetime_from":"2013-05-08",)"
              R"("datetime_to":"2013-05-08","json":true})");
    const auto licence = make_voipmonitor_licence(settings, "licenseCallsLimitCheck");
    CHECK(licence.method == "GET");
    CHECK(licence.url ==
          "http://192.168.76.201/demo/php/apilicensecheck.php"
          "?task=licenseCallsLimitCheck");
}

TEST_CASE("refusals mean what their words say", "[voipmonitor]") {
    const auto page = [](std::string_view body) {
        return judge_voipmonitor_page(answer_of(body)).finding;
    };
    const auto api = [](std::string_view body) {
        return judge_voipmonitor_api(answer_of(body)).finding;
    };
    CHECK(page(R"({"total":"25","results":[]})") == poll_finding::fine);
    CHECK(page(R"({"success":false})") == poll_finding::logged_out);
    CHECK(api(R"({"success":false})") == poll_finding::bad_request);
    CHECK(page(R"({"success":false,"errors":{"reason":"Session expired"}})") ==
          poll_finding::logged_out);
    CHECK(page(R"({"success":false,"error":"No permission"})") == poll_finding::forbidden);
    CHECK(api(R"({"success":false,"errors":"API is disabled"})") == poll_finding::disabled);
    CHECK(api(R"({"success":false,"errors":"Bad user or password"})") == poll_finding::credentials);
    CHECK(api(R"({"success":false,"errors":"SQL: server has gone away"})") == poll_finding::busy);
    CHECK(judge_voipmonitor_page({200, "text/html", "<html>", noon}).finding ==
          poll_finding::foreign);
    CHECK(judge_voipmonitor_api(answer_of("", 502)).finding == poll_finding::busy);
}

TEST_CASE("the listing's pages begin where the ones before ended", "[voipmonitor]") {
    const auto settings = settings_of();
    test::word_decoder decoder;
    voipmonitor_cdr_api api(settings, decoder, berlin);
    std::vector<cdr_row> rows;
    cdr_question question{{noon - 1h, noon}};
    CHECK(api.make_question(question).url.find("&start=0&limit=2") != std::string::npos);
    CHECK(api.make_question(question).url.find("fdatefrom=2013-05-08T13:00:00&fdateto="
                                               "2013-05-08T14:00:00") != std::string::npos);
    CHECK_FALSE(api.read(answer_of("count:3 rows: 9@1368014000 8@1368014000"), rows).is_last);
    question.page = 1;
    question.row_count = 2;
    CHECK(api.make_question(question).url.find("&start=2&limit=2") != std::string::npos);
    const auto last = api.read(answer_of("count:3 rows: 7@1368014000"), rows);
    CHECK(last.is_last);
    CHECK(rows.size() == 3);
    CHECK(api.read(answer_of(R"({"success":false})"), rows).judgement.finding ==
          poll_finding::logged_out);
    CHECK(api.read(answer_of("{}"), rows).judgement.finding == poll_finding::damaged);
}

TEST_CASE("by number the next page begins behind the last number", "[voipmonitor]") {
    const auto settings = settings_of(voipmonitor_list::ids);
    test::word_decoder decoder;
    voipmonitor_cdr_api api(settings, decoder, berlin);
    std::vector<cdr_row> rows;
    cdr_question question{{noon - 1h, noon}};
    const auto offset = [&] { return decoded(api.make_question(question).body); };
    const auto read = [&](std::string_view body) { return api.read(answer_of(body), rows); };
    CHECK(offset().find(R"("offset":"1")") != std::string::npos);
    const auto old = read("rows: 1@1300000000 2@1300000001");
    CHECK_FALSE(old.is_last);
    CHECK(old.outside == 2);
    CHECK(rows.empty());
    ++question.page;
    CHECK(offset().find(R"("offset":"3")") != std::string::npos);
    CHECK_FALSE(read("rows: 3@1300000002 4@1368014000").is_last);
    ++question.page;
    CHECK(offset().find(R"("offset":"5")") != std::string::npos);
    CHECK(read("rows: 5@1368014001").is_last);
    CHECK(rows.size() == 2);
    // The same window, and one that begins earlier, ask again from behind what cannot be theirs.
    question.page = 0;
    CHECK(offset().find(R"("offset":"3")") != std::string::npos);
    question.window.from = timestamp(std::chrono::seconds(1'200'000'000));
    CHECK(offset().find(R"("offset":"1")") != std::string::npos);
    question.window = {noon, noon + 1h};
    CHECK(offset().find(R"("offset":"6")") != std::string::npos);
}

TEST_CASE("by number a call is found by its end, however long ago it began", "[voipmonitor]") {
    const auto settings = settings_of(voipmonitor_list::ids);
    test::word_decoder decoder;
    voipmonitor_cdr_api api(settings, decoder, berlin);
    CHECK(api.finds_ended());
    std::vector<cdr_row> rows;
    const cdr_question question{{noon - 1h, noon}};
    static_cast<void>(api.make_question(question));
    const long began = noon.time_since_epoch() / 1s - 36'000;
    const std::string before = "1@" + std::to_string(began) + "+32000";
    const std::string inside = "2@" + std::to_string(began) + "+35000";
    const auto read = api.read(answer_of("rows: " + before + " " + inside), rows);
    CHECK(read.outside == 1);
    REQUIRE(rows.size() == 1);
    CHECK(rows.front().cdr_id == "2");
    CHECK_FALSE(voipmonitor_cdr_api(settings_of(), decoder, berlin).finds_ended());
}
