#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "sinks/redis_handshake.h"
#include "sinks/redis_refusal.h"
#include "sinks/redis_stream_reply.h"

using namespace callstream;
using namespace callstream::sinks;

namespace {

std::string bulk(std::string_view text) {
    return "$" + std::to_string(text.size()) + "\r\n" + std::string(text) + "\r\n";
}

// A reply read from bytes.
struct sample_reply {
    resp_reader reader{1024 * 1024};
    resp_reply nodes;

    explicit sample_reply(std::string_view bytes) {
        REQUIRE(reader.feed(bytes));
        const auto read = reader.next();
        REQUIRE(read);
        REQUIRE(*read);
        nodes = **read;
    }
};

std::optional<refusal> answer(redis_handshake& handshake, std::string_view bytes) {
    return handshake.on_reply(sample_reply(bytes).nodes);
}

const std::string role_of_primary = "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n";
const std::string role_of_replica = "*2\r\n$5\r\nslave\r\n:0\r\n";
const std::string info_of_7 = bulk("# Server\r\nredis_version:7.0.15\r\n");

}  // namespace

TEST_CASE("a handshake says only what the settings ask for", "[sinks]") {
    redis_settings settings;
    settings.name = "live";
    redis_handshake plain(settings);
    CHECK(plain.begin() ==
          "*3\r\n$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n$15\r\ncallstream:live\r\n"
          "*2\r\n$4\r\nINFO\r\n$6\r\nserver\r\n*1\r\n$4\r\nROLE\r\n");
    settings.username = "user";
    settings.password = secret("pass");
    settings.database = 3;
    redis_handshake full(settings);
    const std::string said = full.begin();
    CHECK(said.find("*3\r\n$4\r\nAUTH\r\n$4\r\nuser\r\n$4\r\npass\r\n") == 0);
    CHECK(said.find("*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n") != std::string::npos);
    for (const std::string& reply :
         std::vector<std::string>{"+OK\r\n", "+OK\r\n", "+OK\r\n", info_of_7, role_of_primary}) {
        CHECK_FALSE(full.done());
        CHECK_FALSE(answer(full, reply));
    }
    CHECK(full.done());
}

TEST_CASE("a server without streams, and a replica, are refused with words", "[sinks]") {
    redis_settings settings;
    redis_handshake handshake(settings);
    handshake.begin();
    CHECK_FALSE(answer(handshake, "+OK\r\n"));
    const auto old = answer(handshake, bulk("redis_version:4.0.9\r\n"));
    REQUIRE(old);
    CHECK(old->words == "redis is too old: streams need version 5");
    CHECK(old->said == "4.0.9");
    CHECK(old->kind == refusal_kind::person);
    const auto replica = answer(handshake, role_of_replica);
    REQUIRE(replica);
    CHECK(replica->words == "redis is a read-only replica");
}

TEST_CASE("a user may lack the rights that are only for convenience", "[sinks]") {
    redis_settings settings;
    settings.password = secret("pass");
    redis_handshake handshake(settings);
    handshake.begin();
    CHECK_FALSE(answer(handshake, "+OK\r\n"));
    for (int i = 0; i < 3; ++i)
        CHECK_FALSE(answer(handshake, "-NOPERM this user has no permissions\r\n"));
    CHECK(handshake.done());
    handshake.begin();
    CHECK(answer(handshake, "-NOPERM this user has no permissions\r\n"));
}

TEST_CASE("errors of redis become words and a kind", "[sinks]") {
    const auto kind = [](std::string_view said) { return refusal_of(said).kind; };
    CHECK(kind("LOADING Redis is loading the dataset in memory") == refusal_kind::passing);
    CHECK(kind("OOM command not allowed when used memory > 'maxmemory'.") == refusal_kind::passing);
    CHECK(kind("WRONGTYPE Operation against a key holding the wrong kind of value") ==
          refusal_kind::person);
    CHECK(
        kind("ERR The ID specified in XADD is equal or smaller than the target stream top item") ==
        refusal_kind::conflict);
    CHECK(kind("ERR something new") == refusal_kind::passing);
    CHECK(refusal_of("ERR unknown command 'XADD', with args beginning with: 'secret'").said ==
          "ERR unknown command 'XADD'");
    CHECK(refusal_of("ERR \x1b[2J" + std::string(500, 'x')).said ==
          "ERR  [2J" + std::string(112, 'x'));
}

TEST_CASE("a stream's description is read by name, in any order", "[sinks]") {
    const std::string entry = "*2\r\n" + bulk("5-1") + "*2\r\n" + bulk("id") + bulk("x");
    const sample_reply reply("*10\r\n" + bulk("groups") + ":0\r\n" + bulk("first-entry") + entry +
                             bulk("last-generated-id") + bulk("9-2") + bulk("last-entry") + entry +
                             bulk("max-deleted-entry-id") + bulk("4-0"));
    const auto info = read_stream_info(reply.nodes);
    REQUIRE(info);
    CHECK(info->last == redis_id{9, 2});
    CHECK(info->first == redis_id{5, 1});
    CHECK(info->deleted_max == redis_id{4, 0});
}

TEST_CASE("an empty stream has no first entry, and an odd description is refused", "[sinks]") {
    const sample_reply empty("*4\r\n" + bulk("last-generated-id") + bulk("9-2") +
                             bulk("first-entry") + "$-1\r\n");
    CHECK(read_stream_info(empty.nodes).value().first == redis_id::last());
    CHECK_FALSE(read_stream_info(sample_reply("*2\r\n" + bulk("length") + ":1\r\n").nodes));
    CHECK_FALSE(
        read_stream_info(sample_reply("*2\r\n" + bulk("last-generated-id") + bulk("x")).nodes));
    CHECK_FALSE(read_stream_info(sample_reply("*4\r\n" + bulk("last-generated-id") + bulk("1-1") +
                                              bulk("first-entry") + "*1\r\n" + bulk("1-1"))
                                     .nodes));
}

TEST_CASE("a page of entries is read with what tells ours", "[sinks]") {
    std::vector<stream_entry_head> page;
    const sample_reply reply("*2\r\n*2\r\n" + bulk("7-1") + "*4\r\n" + bulk("id") + bulk("x") +
                             bulk("source") + bulk("/pbx/hq") + "*2\r\n" + bulk("7-5") + "*0\r\n");
    REQUIRE(read_stream_page(reply.nodes, page));
    REQUIRE(page.size() == 2);
    CHECK(page[0].id == redis_id{7, 1});
    CHECK(page[0].event_id == "x");
    CHECK(page[0].source == "/pbx/hq");
    CHECK(page[1].id == redis_id{7, 5});
    CHECK(page[1].event_id.empty());
    REQUIRE(read_stream_page(sample_reply("*0\r\n").nodes, page));
    CHECK(page.empty());
    CHECK_FALSE(read_stream_page(sample_reply("+OK\r\n").nodes, page));
    CHECK_FALSE(read_stream_page(sample_reply("*1\r\n:5\r\n").nodes, page));
}
