#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "sinks/resp_reader.h"

using namespace callstream;
using namespace callstream::sinks;

namespace {

std::string described(resp_reply reply) {
    std::string out;
    for (const resp_node& node : reply) {
        switch (node.kind) {
            case resp_kind::text:
                out += "text " + std::string(node.text);
                break;
            case resp_kind::array:
                out += "array " + std::to_string(node.integer);
                break;
            case resp_kind::integer:
                out += "integer " + std::to_string(node.integer);
                break;
            case resp_kind::nil:
                out += "nil";
                break;
            case resp_kind::status:
                out += "status " + std::string(node.text);
                break;
            case resp_kind::error:
                out += "error " + std::string(node.text);
                break;
        }
        out += '|';
    }
    return out;
}

void read_all(resp_reader& reader, std::vector<std::string>& replies) {
    for (;;) {
        const auto next = reader.next();
        REQUIRE(next);
        if (!*next) return;
        replies.push_back(described(**next));
    }
}

}  // namespace

TEST_CASE("where the bytes were cut does not change the replies", "[sinks]") {
    const std::string stream =
        "$5\r\n1-234\r\n+OK\r\n-ERR no\r\n:-7\r\n$-1\r\n*-1\r\n*0\r\n"
        "*2\r\n$3\r\n1-2\r\n*2\r\n$1\r\na\r\n$0\r\n\r\n$4\r\n\r\n\r\n\r\n";
    const auto cut = GENERATE_COPY(range(std::size_t{0}, stream.size() + 1));
    resp_reader reader(1024);
    std::vector<std::string> replies;
    REQUIRE(reader.feed(std::string_view(stream).substr(0, cut)));
    read_all(reader, replies);
    REQUIRE(reader.feed(std::string_view(stream).substr(cut)));
    read_all(reader, replies);
    CHECK(replies == std::vector<std::string>{"text 1-234|", "status OK|", "error ERR no|",
                                              "integer -7|", "nil|", "nil|", "array 0|",
                                              "array 2|text 1-2|array 2|text a|text |",
                                              "text \r\n\r\n|"});
}

TEST_CASE("what is no reply ends the stream", "[sinks]") {
    const char* const bad =
        GENERATE("HTTP/1.1 400 Bad Request\r\n", "?\r\n", "$-5\r\n",
                 "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n");
    resp_reader reader(1024);
    REQUIRE(reader.feed(bad));
    const auto read = reader.next();
    REQUIRE_FALSE(read);
    CHECK(read.error().code == errc::lost_boundary);
    reader.reset();
    REQUIRE(reader.feed("+OK\r\n"));
    CHECK(reader.next().value().has_value());
}

TEST_CASE("a reply that never ends is refused", "[sinks]") {
    resp_reader reader(100'000);
    REQUIRE(reader.feed("$500000000\r\n"));
    const std::string more(10'000, 'x');
    int fed = 0;
    while (fed < 20 && reader.feed(more)) {
        CHECK_FALSE(reader.next().value().has_value());
        ++fed;
    }
    CHECK(fed == 9);
}

TEST_CASE("an array of many elements is refused by its size", "[sinks]") {
    resp_reader reader(4096);
    REQUIRE(reader.feed("*1000000\r\n"));
    std::string more;
    for (int i = 0; i < 100; ++i)
        more += ":1\r\n";
    int fed = 0;
    while (fed < 1000 && reader.feed(more)) {
        CHECK_FALSE(reader.next().value().has_value());
        ++fed;
    }
    CHECK(fed < 1000);
}

TEST_CASE("an element is counted with all that is inside it", "[sinks]") {
    resp_reader reader(1024);
    REQUIRE(reader.feed("*2\r\n*2\r\n:1\r\n*1\r\n:2\r\n:3\r\n"));
    const auto reply = reader.next();
    REQUIRE(reply);
    REQUIRE(*reply);
    CHECK(node_count(**reply) == 6);
    CHECK(node_count((*reply)->subspan(1)) == 4);
    CHECK(node_count((*reply)->subspan(5)) == 1);
    CHECK(node_count({}) == 0);
}
