#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "app/live_screen.h"

using namespace callstream;
using namespace callstream::app;
using namespace std::chrono_literals;

namespace {

const timestamp noon = *read_time("2026-11-27T12:00:00Z");

const std::string state = R"({"at":"1-2","time":"2026-11-27T12:00:00.000000Z",
"source":[{"key":"hq","pbx":"hq","transport":"ami","state":"disconnected","reason":"refused",
           "since":"2026-11-27T11:58:30.000000Z","gap":null}],
"call":[
 {"key":"hq:1","pbx":"hq","state":"connected",
  "calling":{"number":"1","name":"Talker","device":null},
  "called":{"number":"200"},"answering":{"number":"201","name":"Bob","device":"PJSIP/201"},
  "queue":null,"trunk":"sip-a","answered_at":"2026-11-27T11:00:00Z",
  "state_since":"2026-11-27T11:59:00Z"},
 {"key":"hq:2","pbx":"hq","state":"queued","calling":{"number":"2","name":"Evil\u001b[2J\u009bX\n"},
  "called":{"number":"300"},"answering":null,"queue":"support","trunk":"sip-a","answered_at":null,
  "state_since":"2026-11-27T11:59:15.5Z"}],
"queue":[{"key":"hq:support","pbx":"hq","queue":"support","waiting":1,
  "longest_wait_since":"2026-11-27T11:59:15Z","answered":7,"abandoned":2,"service_level":0.875,
  "members":{"total":3,"ready":1}}],
"agent":[{"key":"hq:a","status":"ready"},{"key":"hq:b","status":"busy"},
         {"key":"hq:c","status":"unavailable"}],
"activity":[{"key":"hq","pbx":"hq","minutes":[{"at":"2026-11-27T11:59:00Z","calls":9},
                                              {"at":"2026-11-27T12:00:00Z","calls":1}]}],
"sink":[{"key":"live","sink":"live","type":"redis","connected":true,"ended":false,
         "acknowledged":100,"rejected":0,"lag_events":3,"lag_seconds":0.1}]})";

live_board board_of(const std::string& json) {
    json_document document;
    live_board board;
    board.replace(document.parse(json).value(), noon);
    return board;
}

void apply(live_board& board, const std::string& changes, timestamp now) {
    json_document document;
    board.apply(document.parse(changes).value(), now);
}

std::vector<std::string> draw_plain(const live_board& board, std::size_t columns,
                                    std::size_t rows) {
    screen_settings settings;
    settings.columns = columns;
    settings.rows = rows;
    settings.now = noon;
    return draw(board, settings);
}

std::string all_of(const std::vector<std::string>& lines) {
    std::string all;
    for (const std::string& each : lines)
        all += each + "\n";
    return all;
}

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the screen shows calls, queues, PBXes and sinks, who waits first", "[app]") {
    const std::string all = all_of(draw_plain(board_of(state), 80, 24));
    CHECK(holds(all, "2 calls  1 waiting  1 of 2 agents ready  9 calls last minute"));
    CHECK(holds(all, "hq               ! ami disconnected 1:30  refused"));
    CHECK(holds(all, "live             + redis connected  3 behind"));
    CHECK(holds(all, "support                    1     0:45    88%         7     2      1/3"));
    CHECK(holds(all, "talking   1:00:00  Talker 1"));
    CHECK(all.find("waiting      0:44") < all.find("talking"));
}

TEST_CASE("a caller's name cannot command the terminal", "[app]") {
    const std::string all = all_of(draw_plain(board_of(state), 80, 24));
    CHECK(holds(all, "Evil?[2J?X? 2"));
    CHECK(!holds(all, "\x1b"));
    CHECK(!holds(all, "\xC2\x9B"));
}

TEST_CASE("no line is wider and no screen longer than the terminal", "[app]") {
    live_board board = board_of(state);
    for (int i = 0; i < 60; ++i)
        apply(board,
              R"([{"kind":"call","key":"hq:x)" + std::to_string(i) +
                  R"(","value":{"pbx":"hq","state":"ringing",)"
                  R"("calling":{"number":"ü","name":"Zoë Núñez"}}}])",
              noon);
    const auto columns =
        GENERATE(std::size_t{20}, std::size_t{40}, std::size_t{80}, std::size_t{200});
    const auto rows = GENERATE(std::size_t{1}, std::size_t{5}, std::size_t{12}, std::size_t{24});
    const auto lines = draw_plain(board, columns, rows);
    CHECK(lines.size() <= rows);
    for (const std::string& each : lines) {
        const auto width = std::count_if(each.begin(), each.end(), [](char byte) {
            return (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
        });
        CHECK(static_cast<std::size_t>(width) <= columns);
    }
    if (rows == 24) CHECK(holds(all_of(lines), " more"));
}

TEST_CASE("changes come, go, and make a sink's rate", "[app]") {
    live_board board = board_of(state);
    apply(board,
          R"([{"kind":"call","key":"hq:1","value":null},{"kind":"sink","key":"live","value":)"
          R"({"sink":"live","type":"redis","connected":true,"acknowledged":150}},)"
          R"({"kind":"later","key":"x","value":{}}])",
          noon + 2s);
    CHECK(board.calls().size() == 1);
    CHECK(board.sinks().at("live").rate == Approx(25));
}

TEST_CASE("times are read to the microsecond, and nothing else is a time", "[app]") {
    CHECK(*read_time("1970-01-02T00:00:01.5Z") == timestamp(86'401'500'000us));
    for (const char* wrong :
         {"", "2026-11-27", "2026-13-27T12:00:00Z", "2026-11-27T25:00:00Z", "2026-11-27T12:00:00",
          "2026-11-27T12:00:00,5Z", "2026-11-27T12:00:00.Z x"})
        CHECK(!read_time(wrong));
}
