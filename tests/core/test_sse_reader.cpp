#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "core/sse_reader.h"

using namespace callstream;

namespace {

constexpr std::size_t event_size_max = 64;

void take(sse_reader& reader, std::vector<std::string>& events) {
    while (const auto event = reader.next())
        events.push_back(std::string(event->type) + "|" + std::string(event->id) + "|" +
                         std::string(event->data));
}

std::vector<std::string> events_of(const std::string& stream, std::size_t cut) {
    sse_reader reader(event_size_max);
    std::vector<std::string> events;
    REQUIRE(reader.feed(std::string_view(stream).substr(0, cut)));
    take(reader, events);
    REQUIRE(reader.feed(std::string_view(stream).substr(cut)));
    take(reader, events);
    return events;
}

}  // namespace

TEST_CASE("where a stream was cut does not change its events", "[core]") {
    const std::string stream =
        ": keep-alive\n\nid: 7\nevent: call.ended\ndata: {\"a\":1}\n\n"
        "data:one\r\ndata: two\r\n\r\nretry: 5\rdata\rid: 8\r\revent: lost\n\ndata: x\n\n";
    const auto cut = GENERATE_COPY(range(std::size_t{0}, stream.size() + 1));
    CHECK(events_of(stream, cut) == std::vector<std::string>{"call.ended|7|{\"a\":1}",
                                                             "message|7|one\ntwo", "message|8|",
                                                             "message|8|x"});
}

TEST_CASE("an event that does not end within its bound is refused", "[core]") {
    sse_reader reader(event_size_max);
    CHECK(reader.feed("data: " + std::string(58, 'x')));
    const auto fed = reader.feed("x");
    REQUIRE(!fed);
    CHECK(fed.error().code == errc::too_large);
}

TEST_CASE("an event of many lines is bounded as well", "[core]") {
    sse_reader reader(event_size_max);
    bool refused = false;
    for (int i = 0; i < 20 && !refused; ++i) {
        refused = !reader.feed("data: 0123456789\n");
        CHECK(!reader.next());
    }
    CHECK(refused);
}

TEST_CASE("many small events at once are no large one", "[core]") {
    sse_reader reader(event_size_max);
    std::string stream;
    for (int i = 0; i < 100; ++i)
        stream += "data: 1\n\n";
    REQUIRE(reader.feed(stream));
    std::vector<std::string> events;
    take(reader, events);
    CHECK(events.size() == 100);
}
