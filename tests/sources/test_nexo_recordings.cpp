#include <catch2/catch.hpp>

#include "sources/nexo_recordings.h"
#include "tests/sources/source_fixture.h"
#include "tests/support/loopback_server.h"

using namespace callstream;
using namespace callstream::sources;
using namespace callstream::test;
using std::chrono::milliseconds;

namespace {

std::string answer(const std::string& body, const std::string& fields = "",
                   const std::string& status = "200 OK") {
    return "HTTP/1.1 " + status + "\r\nConnection: close\r\n" + fields +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

const std::string in =
    answer(R"({"LoginStatus":"Success"})", "Set-Cookie: SESSIONID=42; path=/\r\n");

// The list of the documentation's example.
const std::string list =
    R"x({"json_array_records":[{"calldate":"2021-03-29 00:10:04","src":"202","dst":"820(102)",)x"
    R"x("trunk":"44","duration":"4","calltype":"CallBack",)x"
    R"x("path":"20210329/20210329-001004-1617005404-CallBack-44-202-820(102).wav"},)x"
    R"x({"calldate":"2021-03-29 00:07:19","src":"202","dst":"820(601)","trunk":"44",)x"
    R"x("duration":"11","calltype":"CallBack",)x"
    R"x("path":"20210329/20210329-000719-1617005239-CallBack-44-202-820(601).wav"}],)x"
    R"x("json_obj_filter":{"startdate":")x";

struct nexo_fixture : source_fixture {
    nexo_fixture() {
        client_settings.pbx = "hq";
        client_settings.http.keeps_cookies = true;
        client_settings.backoff_first = client_settings.backoff_longest = milliseconds(1);
        nexo.username = "monitor";
        nexo.password = secret("monitor");
    }
    ~nexo_fixture() {
        client->stop();
        home.run();
        client.reset();
        home.run();
    }
    void start(std::uint16_t port) {
        nexo.url = client_settings.url = "http://127.0.0.1:" + std::to_string(port);
        client = std::make_unique<poll_client>(client_settings,
                                               poll_client_parts{home, events, session, [] {}});
        places.ask_with(*client);
        client->start();
    }
    bool look_for(const std::string& file) {
        found.reset();
        recording_facts wanted;
        wanted.file = file;
        places.locate(
            wanted, [this](const result<recording_locator::place>& said) { found.emplace(said); });
        return run_until([this] { return found.has_value(); });
    }

    nexo_settings nexo;
    poll_client_settings client_settings;
    nexo_session session{nexo};
    nexo_recordings places{nexo};
    std::unique_ptr<poll_client> client;
    std::optional<result<recording_locator::place>> found;
};

}  // namespace

TEST_CASE("a recording's name says when to look for it", "[nexo]") {
    const auto range =
        range_of_nexo_recording("20210329/20210329-001004-1617005404-CallBack-44-202-820(102).wav");
    REQUIRE(range);
    CHECK(range->startdate == "2021-03-28 23:10");
    CHECK(range->enddate == "2021-03-29 00:11");
    CHECK(range_of_nexo_recording(
        "/media/usbStorage/monitor/20210422/20210422-010152-1619082112-Internal-205-204"));
    for (const char* const other : {"", "a.wav", "20210329-001004", "20211329-001004-1-x.wav",
                                    "20210329-2500041-1.wav", "20210329-250004-1.wav"})
        CHECK_FALSE(range_of_nexo_recording(other));
}

TEST_CASE("a recording is looked up, and downloaded with the cookie of the login", "[nexo]") {
    std::vector<std::string> asked;
    loopback_server pbx({.connection_count = 3}, [&](peer& client) {
        asked.push_back(client.read_until("\r\n\r\n"));
        if (asked.size() == 1) return client.send(in);
        client.send(
            answer(list + (asked.size() == 2 ? "2021-03-28 23:10" : "2021-03-28 23:07") + "\"}}"));
    });
    nexo_fixture one;
    one.start(pbx.port());
    REQUIRE(one.look_for("20210329/20210329-001004-1617005404-CallBack-44-202-820(102).wav"));
    REQUIRE(*one.found);
    const recording_locator::place& place = **one.found;
    CHECK(place.request.url ==
          one.nexo.url +
              "/cgi/webserve/20036?wavfiles="
              "20210329/20210329-001004-1617005404-CallBack-44-202-820(102).wav");
    CHECK(place.request.headers == std::vector<std::string>{"Cookie: SESSIONID=42"});
    CHECK(place.member == "20210329-001004-1617005404-CallBack-44-202-820(102).wav");
    // As the manager interface has it: by its path on the disk, without an end.
    REQUIRE(one.look_for(
        "/media/usbStorage/monitor/20210329/20210329-000719-1617005239-CallBack-44-202-820(601)"));
    REQUIRE(*one.found);
    CHECK((*one.found)->member == "20210329-000719-1617005239-CallBack-44-202-820(601).wav");
    pbx.wait();
    CHECK(asked[1].starts_with(
        "POST /cgi/webserve/20053?&startdate=2021-03-28%2023:10&enddate=2021-03-29%2000:11&src="));
    CHECK(asked[1].find("Cookie: SESSIONID=42\r\n") != std::string::npos);
}

TEST_CASE("a recording that is not listed, or not for this user, is said so", "[nexo]") {
    const bool forbidden = GENERATE(true, false);
    int count = 0;
    loopback_server pbx({.connection_count = 2}, [&](peer& client) {
        client.read_until("\r\n\r\n");
        if (count++ == 0) return client.send(in);
        client.send(forbidden ? answer("", "", "403 Forbidden")
                              : answer(R"({"json_array_records":[]})"));
    });
    nexo_fixture one;
    one.start(pbx.port());
    REQUIRE(one.look_for("20210329-001004-1617005404-CallBack-44-202-820(102).wav"));
    REQUIRE_FALSE(*one.found);
    CHECK(one.found->error().what == (forbidden ? "the PBX's API forbids that to this user"
                                                : "the PBX does not list the recording"));
}

TEST_CASE("a recording whose name tells no time is not looked for", "[nexo]") {
    loopback_server pbx([&](peer& client) {
        client.read_until("\r\n\r\n");
        client.send(in);
    });
    nexo_fixture one;
    one.start(pbx.port());
    REQUIRE(one.look_for("conference.wav"));
    REQUIRE_FALSE(*one.found);
    CHECK(one.found->error().code == errc::not_found);
}
