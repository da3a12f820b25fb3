#include <catch2/catch.hpp>

#include "sources/fiberme_api.h"
#include "sources/state_task.h"
#include "tests/sources/poll_rows.h"

using namespace callstream;
using namespace callstream::sources;

namespace {

using namespace std::chrono_literals;

// 2022-12-12 12:00 and a day before, UTC.
constexpr timestamp noon{std::chrono::seconds(1'670'846'400)};

fiberme_settings settings_of(std::size_t page_size = 2) {
    fiberme_settings settings;
    settings.url = "https://192.168.11.150/";
    settings.username = "admin";
    settings.password = secret("p\"w");
    settings.page_size = page_size;
    return settings;
}

poll_answer answer_of(std::string_view body, int status = 200) {
    return {status, "application/json", body, noon};
}

std::string page_of(const std::string& rows, std::size_t count) {
    return R"({"code":0,"message":"OK",count:)" + std::to_string(count) + " rows:" + rows;
}

// Walks the pages of one window, answered by `give(number)`.
template <class Give>
std::vector<std::string> walk(fiberme_cdr_api& api, const Give& give, std::string& pages) {
    std::vector<cdr_row> rows;
    cdr_question question{{noon - 1h, noon + 1h}};
    for (;; ++question.page) {
        REQUIRE(question.page < 10);
        const auto request = api.make_question(question);
        const std::size_t at = request.body.find("\"page\":") + 7;
        pages += request.body[at];
        const std::string body = give(request.body[at] - '0');
        const auto read = api.read(answer_of(body, body.empty() ? 400 : 200), rows);
        REQUIRE(read.judgement.fine());
        question.row_count = rows.size();
        if (read.is_last) break;
    }
    std::vector<std::string> ids;
    for (const cdr_row& row : rows)
        ids.push_back(row.cdr_id);
    return ids;
}

const std::string at_noon = "@1670846400";

}  // namespace

TEST_CASE("the call log is asked for as documented, in dates that hold the window", "[fiberme]") {
    const auto settings = settings_of(20);
    const auto request =
        make_fiberme_list(settings, fiberme_list::calls, {noon - 24h, noon + 11h}, 1);
    CHECK(request.method == "POST");
    CHECK(request.url == "https://192.168.11.150/pbx/call-log/search-calllog-page");
    CHECK(request.headers == std::vector<std::string>{"Content-Type: application/json"});
    // 14 hours more on both sides, for the dates are those of the PBX's own clock.
    CHECK(request.body ==
          R"({"from":"2022-12-10","to":"2022-12-13","type":"all","src":"","dest":"",)"
          R"("pinCode":"","trunkName":"","status":"all","page":1,"pageSize":20})");
}

TEST_CASE("recordings are asked for by their kind", "[fiberme]") {
    const auto settings = settings_of(20);
    const poll_window day{noon, noon};
    CHECK(make_fiberme_list(settings, fiberme_list::one_touch, day, 1).url ==
          "https://192.168.11.150/pbx/call-log/search-onetouch-recording-page");
    const auto conference = make_fiberme_list(settings, fiberme_list::conference, day, 1);
    CHECK(conference.url == "https://192.168.11.150/pbx/call-log/search-conference-recording-page");
    CHECK(conference.body == R"({"from":"2022-12-11","to":"2022-12-13","type":"all","src":"",)"
                             R"("dest":"","status":"all","page":1,"pageSize":20})");
}

TEST_CASE("a recording is played with the token in its query", "[fiberme]") {
    const auto settings = settings_of();
    const std::string name = "20221129/843/1669704779.411-843-842-20221129-145300.gsm";
    const auto request =
        make_fiberme_download(settings, "Bearer abc+", "/pbx/play/conference-recording/" + name);
    REQUIRE(request);
    CHECK(request->method == "GET");
    CHECK(request->url ==
          "https://192.168.11.150/pbx/play/conference-recording/" + name + "?token=abc%2B");
    const auto url_of = [&](const std::string& file) {
        const auto made = make_fiberme_download(settings, "t", file);
        return made ? made->url : std::string(made.error().what);
    };
    CHECK(url_of("/var/spool/asterisk/monitor/recording/" + name) ==
          "https://192.168.11.150/pbx/play/general-recording/" + name + "?token=t");
    CHECK(url_of("/pbx/play/a b?c") == "https://192.168.11.150/pbx/play/a%20b%3Fc?token=t");
}

TEST_CASE("a recording's name never takes the token to another host", "[fiberme]") {
    const auto settings = settings_of();
    const std::string general = "https://192.168.11.150/pbx/play/general-recording/";
    for (const std::string name :
         {"20221129/843/1.gsm", ".example.com/1.gsm", "0/1.gsm", ":8443/1.gsm"}) {
        INFO(name);
        const auto request = make_fiberme_download(settings, "t", name);
        REQUIRE(request);
        std::string written = name;
        if (written.front() == ':') written.replace(0, 1, "%3A");
        CHECK(request->url == general + written + "?token=t");
    }
    const auto at = make_fiberme_download(settings, "t", "@example.com/1.gsm");
    REQUIRE(at);
    CHECK(at->url == general + "%40example.com/1.gsm?token=t");
    for (const char* const name :
         {"//example.com/1.gsm", "/etc/passwd", "/pbx/systeminfo/version", "/pbx/play/../auth/x",
          "/var/spool/asterisk/monitor/recording//pbx/auth/x", "../auth/x", "..", "/pbx/play/",
          ""}) {
        INFO(name);
        const auto request = make_fiberme_download(settings, "t", name);
        REQUIRE_FALSE(request);
        CHECK(request.error().code == errc::not_found);
    }
}

TEST_CASE("state is asked for with GET and without parameters", "[fiberme]") {
    const auto request = make_fiberme_state(settings_of(), "extension-status");
    CHECK(request.method == "GET");
    CHECK(request.url == "https://192.168.11.150/pbx/systeminfo/extension-status");
}

TEST_CASE("a login gives the token that signs what follows", "[fiberme]") {
    const auto settings = settings_of();
    fiberme_session session(settings);
    const auto login = session.make_login();
    REQUIRE(login.has_value());
    REQUIRE(login->has_value());
    CHECK((*login)->url == "https://192.168.11.150/pbx/auth/login");
    CHECK((*login)->body == R"({"username":"admin","password":"p\"w"})");
    CHECK(session.take_login(answer_of(R"({"code":0,"message":"OK","data":"Bearer 1f"})")).fine());
    http_call_request request;
    session.sign(request);
    CHECK(request.headers == std::vector<std::string>{"Authorization: Bearer 1f"});
    CHECK(session.take_login(answer_of(R"({"code": 0,"message":"OK","data":"2e"})")).fine());
    request.headers.clear();
    session.sign(request);
    CHECK(request.headers == std::vector<std::string>{"Authorization: Bearer 2e"});
}

TEST_CASE("a login that fails says why", "[fiberme]") {
    const auto settings = settings_of();
    fiberme_session session(settings);
    const auto of = [&](std::string_view body, int status) {
        return session.take_login(answer_of(body, status)).finding;
    };
    CHECK(of(R"({"code":400,"message":"not equal","data":""})", 400) == poll_finding::credentials);
    CHECK(of(R"({"code":400,"message":"account is locked","data":""})", 400) ==
          poll_finding::locked);
    CHECK(of(R"({"code":0,"message":"OK","data":""})", 200) == poll_finding::foreign);
    CHECK(of(R"({"code":0,"message":"OK","data":"a\r\nX: b"})", 200) == poll_finding::foreign);
    CHECK(session.token().empty());
}

TEST_CASE("what is no answer to the question is told apart", "[fiberme]") {
    const auto of = [](std::string_view body, int status = 200) {
        return judge_fiberme(answer_of(body, status)).finding;
    };
    CHECK(of(R"({"code":0,"message":"OK","data":[]})") == poll_finding::fine);
    CHECK(of(R"({"code":401,"message":"Unauthorized"})", 401) == poll_finding::logged_out);
    CHECK(of("<html><body>login</body></html>") == poll_finding::foreign);
    CHECK(of("") == poll_finding::foreign);
    CHECK(of(R"({"code":500,"message":"database is locked"})") == poll_finding::busy);
    CHECK(of(R"({"code":400,"message":"record does not exist"})", 400) ==
          poll_finding::bad_request);
    CHECK(of("not found", 404) == poll_finding::disabled);
    CHECK(judge_fiberme(answer_of(R"({"code":500,"message":"full"})")).detail == "code 500 full");
    const auto no_login = judge_fiberme(answer_of(R"({"code":401,"message":"log in"})", 401));
    CHECK(no_login.words == "the login is over, or this user has no permission for that (401)");
    CHECK(no_login.detail == "log in");
    const auto no_record = judge_fiberme(answer_of(R"({"code":400,"message":"no such"})"));
    CHECK(no_record.words == "a parameter is wrong, or there is no such record (400)");
    CHECK(no_record.detail == "no such");
}

TEST_CASE("all pages are read, whether the first is 1 or 0", "[fiberme]") {
    const auto settings = settings_of();
    test::word_decoder decoder;
    fiberme_cdr_api api(settings, decoder);
    const std::vector<std::string> wanted{"5", "4", "3", "2", "1"};
    std::string pages;

    SECTION("1, and page 0 is refused") {
        const auto give = [](int page) -> std::string {
            return page == 0   ? ""
                   : page == 1 ? page_of(" 5" + at_noon + " 4" + at_noon, 5)
                   : page == 2 ? page_of(" 3" + at_noon + " 2" + at_noon, 5)
                               : page_of(" 1" + at_noon, 5);
        };
        CHECK(walk(api, give, pages) == wanted);
        CHECK(pages == "1023");
        CHECK(api.page_base() == 1U);
        pages.clear();
        CHECK(walk(api, give, pages) == wanted);
        CHECK(pages == "123");
    }
    SECTION("0") {
        const auto give = [](int page) {
            return page == 0   ? page_of(" 5" + at_noon + " 4" + at_noon, 5)
                   : page == 1 ? page_of(" 3" + at_noon + " 2" + at_noon, 5)
                               : page_of(" 1" + at_noon, 5);
        };
        auto ids = walk(api, give, pages);
        std::sort(ids.rbegin(), ids.rend());
        CHECK(ids == wanted);
        CHECK(pages == "102");
        CHECK(api.page_base() == 0U);
        pages.clear();
        CHECK(walk(api, give, pages) == wanted);
        CHECK(pages == "012");
    }
    SECTION("a count that page 1 does not reach tells it at once") {
        const auto give = [](int page) {
            return page == 0 ? page_of(" 2" + at_noon + " 1" + at_noon, 2) : page_of("", 2);
        };
        CHECK(walk(api, give, pages) == std::vector<std::string>{"2", "1"});
        CHECK(pages == "10");
        CHECK(api.page_base() == 0U);
    }
}

TEST_CASE("a list that reaches what is older than the window is read no further", "[fiberme]") {
    auto settings = settings_of();
    settings.page_base = 1;
    test::word_decoder decoder;
    fiberme_cdr_api api(settings, decoder);
    std::string pages;
    const auto give = [](int page) {
        return page == 1 ? page_of(" 9" + at_noon + " 8" + at_noon, 900)
                         : page_of(" 7" + at_noon + " 6@1000", 900);
    };
    CHECK(walk(api, give, pages) == std::vector<std::string>{"9", "8", "7"});
    CHECK(pages == "12");
}

namespace {

class silent_reader final : public state_reader {
public:
    state_reading read(std::string_view body, timestamp) override {
        told = body;
        return {body.find("bad") == std::string_view::npos ? "" : "it is bad", 1};
    }
    std::string told;
};

}  // namespace

TEST_CASE("a state is read only from an answer of the API", "[fiberme]") {
    silent_reader reader;
    const auto ask = [](timestamp) { return make_fiberme_state(settings_of(), "trunk-status"); };
    bool has_room = false;
    int read_count = 0;
    state_task task({"trunks", ask, 7s}, judge_fiberme,
                    {reader, [&] { return has_room; }, [&] { ++read_count; }});
    CHECK(task.name() == "trunks");
    CHECK(task.wait() == 7s);
    CHECK_FALSE(task.make_request(noon).has_value());
    has_room = true;
    REQUIRE(task.make_request(noon).has_value());
    CHECK(task.take(answer_of("<html>", 200)).finding == poll_finding::foreign);
    CHECK(reader.told.empty());
    CHECK(task.take(answer_of(R"({"code":0,"data":[]})")).fine());
    CHECK(reader.told == R"({"code":0,"data":[]})");
    CHECK(task.take(answer_of(R"({"code":0,"data":"bad"})")).finding == poll_finding::damaged);
    CHECK(task.rejected_count() == 2);
    CHECK(read_count == 2);
}
