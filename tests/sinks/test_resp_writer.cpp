#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "core/json_unescape.h"
#include "core/limits.h"
#include "sinks/resp_reader.h"
#include "sinks/resp_writer.h"
#include "tests/sinks/sample_record.h"

using namespace callstream;
using namespace callstream::sinks;
using test::sample_record;

namespace {

std::string joined(resp_writer& writer) {
    std::string all;
    for (const std::string_view part : writer.parts())
        all += part;
    return all;
}

// A command is an array of bulk strings, which is what a reply may be too.
std::vector<std::string> words_of(std::string_view command) {
    resp_reader reader(command.size() * 2);
    REQUIRE(reader.feed(command));
    const auto read = reader.next();
    REQUIRE(read);
    REQUIRE(*read);
    std::vector<std::string> words;
    for (const resp_node& node : **read)
        if (node.kind == resp_kind::text) words.emplace_back(node.text);
    return words;
}

std::string unescaped(std::string_view inside) {
    std::string out(inside.size(), '?');
    out.resize(unescape_json(inside, out.data()));
    return out;
}

}  // namespace

TEST_CASE("a record becomes an XADD with every attribute as a field, in order", "[sinks]") {
    const sample_record sample({{attribute::specversion, "1.0"},
                                {attribute::id, "hq-1"},
                                {attribute::source, "/pbx/hq"},
                                {attribute::type, "call.ended"},
                                {attribute::subject, "42"},
                                {attribute::time, "2026-07-30T12:53:21.512345Z"},
                                {attribute::data, R"({"a":"b\"c"})"}});
    resp_writer writer("calls.events", 0);
    REQUIRE(writer.try_add(sample.viewed, {1785415401512, 7}));
    CHECK(words_of(joined(writer)) == std::vector<std::string>{"XADD",
                                                               "calls.events",
                                                               "1785415401512-7",
                                                               "specversion",
                                                               "1.0",
                                                               "id",
                                                               "hq-1",
                                                               "source",
                                                               "/pbx/hq",
                                                               "type",
                                                               "call.ended",
                                                               "subject",
                                                               "42",
                                                               "time",
                                                               "2026-07-30T12:53:21.512345Z",
                                                               "recordedtime",
                                                               "",
                                                               "sequence",
                                                               "",
                                                               "partitionkey",
                                                               "",
                                                               "datacontenttype",
                                                               "",
                                                               "dataschema",
                                                               "",
                                                               "data",
                                                               R"({"a":"b\"c"})"});
}

TEST_CASE("a stream with a length limit is trimmed approximately", "[sinks]") {
    const sample_record sample({{attribute::id, "x"}});
    resp_writer writer("s", 1000);
    REQUIRE(writer.try_add(sample.viewed, {1, 1}));
    const auto words = words_of(joined(writer));
    CHECK(std::vector<std::string>(words.begin(), words.begin() + 6) ==
          std::vector<std::string>{"XADD", "s", "MAXLEN", "~", "1000", "1-1"});
}

TEST_CASE("large values are sent from the payload, small ones are copied", "[sinks]") {
    const std::string large = "{\"x\":\"" + std::string(5000, 'y') + "\"}";
    const sample_record sample({{attribute::id, "small"}, {attribute::data, large}});
    resp_writer writer("s", 0);
    REQUIRE(writer.try_add(sample.viewed, {1, 1}));
    REQUIRE(writer.try_add(sample.viewed, {1, 2}));
    const auto parts = writer.parts();
    const char* const in_payload = sample.viewed[attribute::data].data();
    CHECK(parts.size() == 5);
    CHECK(std::count_if(parts.begin(), parts.end(), [&](std::string_view part) {
              return part.data() == in_payload && part.size() == large.size();
          }) == 2);
}

TEST_CASE("escapes are undone where the record says that there are some", "[sinks]") {
    sample_record sample({{attribute::id, R"(a\"b\\c\u00e4)"},
                          {attribute::subject, std::string(400, 'x') + R"(\n)"},
                          {attribute::data, R"({"k":"\u00e4"})"}});
    const bool escaped = GENERATE(false, true);
    sample.viewed.escaped = escaped;
    resp_writer writer("s", 0);
    REQUIRE(writer.try_add(sample.viewed, {1, 1}));
    const auto words = words_of(joined(writer));
    CHECK(words[6] == (escaped ? "a\"b\\c\xc3\xa4" : R"(a\"b\\c\u00e4)"));
    CHECK(words[12] == std::string(400, 'x') + (escaped ? "\n" : R"(\n)"));
    CHECK(words.back() == R"({"k":"\u00e4"})");
}

TEST_CASE("JSON escapes become the text they stand for", "[sinks]") {
    CHECK(unescaped("") == "");
    CHECK(unescaped(R"(\"\\\/\b\f\n\r\t)") == "\"\\/\b\f\n\r\t");
    CHECK(unescaped(R"(\u0041\u00DF\u20ac\uD83D\uDE00.)") ==
          "A\xc3\x9f\xe2\x82\xac\xf0\x9f\x98\x80.");
    CHECK(unescaped(R"(\u0000)") == std::string(1, '\0'));
    CHECK(unescaped(R"(\uD83D!\uDE00)") == "\xef\xbf\xbd!\xef\xbf\xbd");
    CHECK(unescaped(R"(\uD83D\u0041)") ==
          "\xef\xbf\xbd"
          "A");
    CHECK(unescaped(R"(\x\u12\u12G4\)") == R"(\x\u12\u12G4\)");
}

TEST_CASE("a full arena refuses a record and takes it after clear", "[sinks]") {
    sample_record sample({{attribute::subject, std::string(limits::record_size_max / 2, '\\')}});
    sample.viewed.escaped = true;
    resp_writer writer("s", 0);
    int taken = 0;
    while (taken < 10 && writer.try_add(sample.viewed, {1, 1}))
        ++taken;
    CHECK(taken == 4);
    writer.clear();
    CHECK(writer.parts().empty());
    CHECK(writer.try_add(sample.viewed, {1, 1}));
}

TEST_CASE("the largest record fits into an empty arena", "[sinks]") {
    std::string escapes;
    while (escapes.size() < limits::record_size_max - 64)
        escapes += "\\n";
    sample_record sample({{attribute::subject, escapes}});
    sample.viewed.escaped = true;
    resp_writer writer(std::string(10'000, 's'), 0);
    CHECK(writer.try_add(sample.viewed, redis_id::last()));
    CHECK(words_of(joined(writer))[12].size() == escapes.size() / 2);
}

TEST_CASE("IDs are read, written and counted on", "[sinks]") {
    CHECK(parse_redis_id("12-34") == redis_id{12, 34});
    CHECK(parse_redis_id("18446744073709551615-18446744073709551615") == redis_id::last());
    CHECK(redis_id_text(redis_id::last()).view() == "18446744073709551615-18446744073709551615");
    for (const char* bad : {"", "-", "1", "1-", "-1", "1-2x", "1-18446744073709551616", " 1-2"})
        CHECK_FALSE(parse_redis_id(bad));
    CHECK(redis_id{1, 2} < redis_id{2, 1});
    CHECK(redis_id{1, 2}.next() == redis_id{1, 3});
    CHECK(redis_id{1, redis_id::last().sequence}.next() == redis_id{2, 0});
    CHECK(redis_id::last().next() == redis_id::last());
}
