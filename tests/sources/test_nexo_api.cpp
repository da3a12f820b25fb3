#include <catch2/catch.hpp>

#include "sources/nexo_api.h"

using namespace callstream;
using namespace callstream::sources;

namespace {

const std::string base = "http://192.168.6.42";
const nexo_range day{"2021-05-07 00:00", "2021-05-07 23:59"};

nexo_settings admin() {
    nexo_settings settings;
    settings.url = base;
    settings.username = "admin";
    settings.password = secret("admin");
    return settings;
}

poll_judgement list_judged(int status, std::string_view type, std::string_view body) {
    return judge_nexo_list({status, type, body, {}}, "json_array_astcdrs",
                           {"2021-05-07 00:00", "2021-05-07 23:59"});
}

class no_rows final : public cdr_row_decoder {
public:
    cdr_decoding decode(std::string_view, timestamp, std::vector<cdr_row>&) override { return {}; }
};

}  // namespace

TEST_CASE("the requests to a Nexo are those of its documentation", "[poll]") {
    const auto login = make_nexo_login(admin());
    REQUIRE(login);
    CHECK(login->url ==
          "http://192.168.6.42/cgi/webserve/8404?&UserName=admin"
          "&Password=21232f297a57a5a743894a0e4a801fc3");
    CHECK(login->method == "POST");

    const auto query = make_nexo_cdr_query(base, day, {});
    CHECK(query.url ==
          "http://192.168.6.42/cgi/webserve/9006?&startdate=2021-05-07%2000:00"
          "&enddate=2021-05-07%2023:59&src=&dst=&disposition=All&userfield=All&minbillsec="
          "&maxbillsec=&cidname=&in_route=&IVR=&port=-1");
    CHECK(query.method == "POST");

    const auto download = make_nexo_cdr_download(base, day, {});
    const std::string rest =
        "?&startdate=2021-05-07%2000:00&enddate=2021-05-07%2023:59&src=&dst=&disposition=All"
        "&userfield=All&minbillsec=&maxbillsec=&cidname=&IVR=&in_route=";
    CHECK(download.url == "http://192.168.6.42/cgi/webserve/9005" + rest);
    CHECK(download.method == "GET");

    const auto deletion = make_nexo_cdr_deletion(base, day, {});
    CHECK(deletion.url == "http://192.168.6.42/cgi/webserve/9004" + rest);
    CHECK(deletion.method == "POST");
}

TEST_CASE("the requests for a Nexo's recordings are those of its documentation", "[poll]") {
    nexo_settings settings = admin();
    settings.username = "monitor";
    settings.password = secret("monitor");
    CHECK(make_nexo_login(settings)->url ==
          "http://192.168.6.42/cgi/webserve/8404?&UserName=monitor"
          "&Password=08b5411f848a2581a41672a759c87380");

    const auto query =
        make_nexo_recording_query(base, {"2021-03-28 00:00", "2021-04-14 23:59"}, {});
    CHECK(query.url ==
          "http://192.168.6.42/cgi/webserve/20053?&startdate=2021-03-28%2000:00"
          "&enddate=2021-04-14%2023:59&src=&dst=&trunk=All&calltype=All&minduration="
          "&maxduration=");
    CHECK(query.method == "POST");

    const std::string files =
        "20210407/20210407-190729-1617851249-Inbound-96-506-620(105).wav;"
        "20210407/20210407-190653-1617851213-Outbound-96-105-513.wav";
    const auto download = make_nexo_recording_download(base, files);
    CHECK(download.url == "http://192.168.6.42/cgi/webserve/20036?wavfiles=" + files);
    CHECK(download.method == "GET");
    const auto deletion = make_nexo_recording_deletion(base, files);
    CHECK(deletion.url == "http://192.168.6.42/cgi/webserve/20054?wavfiles=" + files);
    CHECK(deletion.method == "POST");
}

TEST_CASE("every filter of a Nexo is asked for, and what means something in a URL is encoded",
          "[poll]") {
    nexo_filter filter;
    filter.src = "202";
    filter.dst = "820(102)";
    filter.disposition = "NO ANSWER";
    filter.userfield = "Inbound";
    filter.minbillsec = "5";
    filter.maxbillsec = "60";
    filter.cidname = "A&B=C";
    filter.in_route = "from96";
    filter.ivr = "620";
    filter.port = "3";
    CHECK(make_nexo_cdr_query(base, day, filter).url ==
          "http://192.168.6.42/cgi/webserve/9006?&startdate=2021-05-07%2000:00"
          "&enddate=2021-05-07%2023:59&src=202&dst=820(102)&disposition=NO%20ANSWER"
          "&userfield=Inbound&minbillsec=5&maxbillsec=60&cidname=A%26B%3DC&in_route=from96"
          "&IVR=620&port=3");
}

TEST_CASE("a Nexo's answer to the login says who may not come in, and why", "[poll]") {
    const nexo_settings settings = admin();
    nexo_session session(settings);
    const auto judged = [&](int status, std::string_view type, std::string_view body) {
        return session.take_login({status, type, body, {}}).finding;
    };
    // As the documentation shows it.
    CHECK(judged(200, "application/json",
                 R"({"LoginStatus":"Success","UserLevel":0,"UnderAttack":0,"ShowAutorecord":0})") ==
          poll_finding::fine);
    CHECK(judged(200, "application/json", R"({"LoginStatus":"Failed","UnderAttack":0})") ==
          poll_finding::credentials);
    CHECK(judged(200, "application/json", R"({"LoginStatus":"Failed","UnderAttack":1})") ==
          poll_finding::locked);
    CHECK(judged(200, "text/html", "<html>Login</html>") == poll_finding::foreign);
    CHECK(judged(200, "application/json", R"({"LoginSta)") == poll_finding::damaged);
    CHECK(judged(401, "text/plain", "") == poll_finding::credentials);
    CHECK(judged(503, "text/plain", "") == poll_finding::busy);
}

TEST_CASE("what is no list of a Nexo's CDRs is never taken for an empty one", "[poll]") {
    const auto finding = [](int status, std::string_view type, std::string_view body) {
        return list_judged(status, type, body).finding;
    };
    constexpr std::string_view json = "application/json";
    CHECK(finding(
              200, json,
              R"({"json_array_astcdrs":[],"json_obj_filter":{"startdate":"2021-05-07 00:00"}})") ==
          poll_finding::fine);
    // Of a range that it does not understand it gives that of today.
    CHECK(finding(
              200, json,
              R"({"json_array_astcdrs":[],"json_obj_filter":{"startdate":"2021-05-09 00:00"}})") ==
          poll_finding::bad_request);
    CHECK(finding(200, "text/html", "<!DOCTYPE html><title>Login</title>") ==
          poll_finding::logged_out);
    CHECK(finding(200, json, R"({"LoginStatus":"Timeout"})") == poll_finding::logged_out);
    CHECK(finding(200, json, "") == poll_finding::logged_out);
    CHECK(finding(401, json, "") == poll_finding::logged_out);
    CHECK(finding(200, json, R"({"json_array_ast)") == poll_finding::damaged);
    CHECK(finding(200, json, "{}") == poll_finding::damaged);
    CHECK(list_judged(200, json, R"({"error":"database is locked"})").detail ==
          "database is locked");
    CHECK(finding(403, json, "{}") == poll_finding::forbidden);
    CHECK(finding(404, json, "{}") == poll_finding::disabled);
    CHECK(finding(500, json, "{}") == poll_finding::busy);
}

TEST_CASE("a window is asked for in the PBX's time, and never too short", "[poll]") {
    const nexo_settings settings = admin();
    no_rows rows;
    using std::chrono::hours;
    // The clock goes back by an hour at 01:00 UTC.
    const timestamp change = timestamp(std::chrono::seconds(1'635'642'000));  // 2021-10-31
    nexo_cdr_api api(settings, rows,
                     [&](timestamp at) { return at < change ? hours(2) : hours(1); });
    const auto asked = [&](timestamp from, timestamp to) {
        const std::string url = api.make_question({{from, to}, 0, 0}).url;
        const std::size_t at = url.find("startdate=") + 10;
        return url.substr(at, url.find("&src") - at);
    };
    CHECK(asked(change - hours(3), change - hours(2)) ==
          "2021-10-31%2000:00&enddate=2021-10-31%2001:00");
    CHECK(asked(change - hours(1), change + hours(1)) ==
          "2021-10-31%2001:00&enddate=2021-10-31%2004:00");
    CHECK(asked(change + hours(1), change + hours(2)) ==
          "2021-10-31%2003:00&enddate=2021-10-31%2004:00");
}
