#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "core/json_bytes.h"

using namespace callstream;

namespace {

// "name: value" lines, cut as a parser cuts them.
std::vector<header> lines_of(std::string_view message) {
    std::vector<header> lines;
    while (!message.empty()) {
        const std::size_t end = std::min(message.find("\r\n"), message.size());
        const std::string_view line = message.substr(0, end);
        const std::size_t colon = line.find(':');
        const std::size_t space = line.substr(colon + 1).starts_with(' ') ? 1 : 0;
        lines.push_back({line.substr(0, colon), line.substr(colon + 1 + space)});
        message.remove_prefix(std::min(message.size(), end + 2));
    }
    return lines;
}

std::string written(const std::vector<header>& pairs, std::size_t room_size) {
    std::vector<char> room(room_size);
    json_bytes json;
    json.begin(room);
    json.put_pairs(pairs);
    return json.overflowed() ? "overflowed" : std::string(room.data(), json.size());
}

// What is written of the same texts that stand nowhere near each other.
std::string expected(const std::vector<header>& pairs) {
    std::vector<std::string> copies;
    for (const header& pair : pairs) {
        copies.emplace_back(pair.name);
        copies.emplace_back(pair.value);
    }
    std::vector<header> apart;
    for (std::size_t i = 0; i < pairs.size(); ++i)
        apart.push_back({copies[2 * i], copies[2 * i + 1]});
    return written(apart, 100'000);
}

}  // namespace

TEST_CASE("the lines of a message are written as any other pairs", "[core]") {
    const std::string message =
        "Event: Newchannel\r\nPrivilege: call,all\r\nChannel: PJSIP/101-00000001\r\nEmpty: \r\n"
        "AppData: a value that is longer than two blocks of what is copied at once, and goes on\r\n"
        "Last: 1";
    const auto lines = lines_of(message);
    REQUIRE(lines.size() == 6);
    const std::string json = expected(lines);
    CHECK(json.starts_with(R"([["Event","Newchannel"],["Privilege","call,all"],)"));
    CHECK(json.ends_with(R"(["Last","1"]])"));
    CHECK(written(lines, 4096) == json);
    // In any room, down to the one that just fits.
    for (std::size_t size = 0; size < json.size() + 100; ++size)
        REQUIRE(written(lines, size) == (size < json.size() ? "overflowed" : json));
}

TEST_CASE("any byte at any place of a message's lines is told as it is", "[core]") {
    const std::string message = "Event: A\r\nb: \r\nName: some longer value\r\nLast: x";
    for (std::size_t at = 0; at < message.size(); ++at) {
        for (int byte = 0; byte < 256; ++byte) {
            auto lines = lines_of(message);  // as they were before it changed
            std::string changed = message;
            changed[at] = static_cast<char>(byte);
            for (header& line : lines) {
                line.name = std::string_view(changed).substr(
                    static_cast<std::size_t>(line.name.data() - message.data()), line.name.size());
                line.value = std::string_view(changed).substr(
                    static_cast<std::size_t>(line.value.data() - message.data()),
                    line.value.size());
            }
            REQUIRE(written(lines, 4096) == expected(lines));
        }
    }
}

TEST_CASE("lines that are apart, of an odd shape or very long are pairs as well", "[core]") {
    const std::string message = "Event: A\r\nNo space:b\r\nLast: c";
    auto lines = lines_of(message);
    CHECK(written(lines, 4096) == expected(lines));
    std::swap(lines[0], lines[2]);
    CHECK(written(lines, 4096) == expected(lines));
    // The end of the last is not the end of all.
    const std::vector<header> back{lines[2], lines[0], lines[2]};
    CHECK(written(back, 4096) == expected(back));
    const std::vector<header> again{lines[2], lines[2]};
    CHECK(written(again, 4096) == expected(again));
    lines.resize(1);
    CHECK(written(lines, 4096) == expected(lines));
    lines.clear();
    CHECK(written(lines, 4096) == "[]");
    std::string many;
    for (int i = 0; i < 1000; ++i)
        many += "Header: value\r\n";
    many += "Last: c";
    CHECK(written(lines_of(many), 100'000) == expected(lines_of(many)));
}
