#include <catch2/catch.hpp>
#include <zlib.h>

#include "core/day_clock.h"
#include "sinks/event_frames.h"
#include "sinks/live_fields.h"
#include "sinks/shared_frames.h"
#include "sinks/web_request.h"
#include "tests/sinks/sample_record.h"

namespace {

using namespace callstream;
using namespace callstream::sinks;

std::string unpacked(std::string_view packed) {
    z_stream stream{};
    inflateInit2(&stream, 15 + 16);
    std::string out(1 << 20, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int done = inflate(&stream, Z_SYNC_FLUSH);
    CHECK((done == Z_OK || done == Z_BUF_ERROR));
    out.resize(out.size() - stream.avail_out);
    inflateEnd(&stream);
    return out;
}

}  // namespace

TEST_CASE("a frame log gives whole frames, and forgets the oldest", "[live]") {
    frame_log log(10);
    log.append("aaaa", 1, 11);
    log.append("bbbb", 2, 12);
    CHECK(log.from(0, 100) == "aaaabbbb");
    CHECK(log.from(0, 7) == "aaaa");
    CHECK(log.from(0, 1) == "aaaa");  // a frame is never cut
    CHECK(log.from(4, 1) == "bbbb");
    CHECK(log.offset_behind(1, 11) == 4);
    CHECK(log.offset_behind(2, 12) == 8);
    CHECK(log.offset_behind(7, 0) == frame_log::no_offset);
    CHECK(log.offset_behind(2, 99) == frame_log::no_offset);  // another journal
    for (std::uint64_t position = 3; position < 20; ++position)
        log.append("cccc", position);
    CHECK(log.begin() > 8);
    CHECK(log.end() == 19 * 4);
    CHECK(log.from(log.begin(), 100) == "cccccccc");
    CHECK(log.offset_behind(2, 12) == frame_log::no_offset);
    CHECK(log.offset_behind(19, 0) == log.end());
    log.clear();
    CHECK(log.begin() == log.end());
    CHECK(log.end() == 19 * 4);
}

TEST_CASE("packed pieces fit behind each other, whichever a client was sent", "[live]") {
    frame_packer packer;
    const std::string first(packer.pack("id: 1\ndata: one\n\n"));
    const std::string second(packer.pack("id: 2\ndata: two\n\n"));
    const std::string header(frame_packer::header());
    CHECK(unpacked(header + first + second) == "id: 1\ndata: one\n\nid: 2\ndata: two\n\n");
    CHECK(unpacked(header + second + first) == "id: 2\ndata: two\n\nid: 1\ndata: one\n\n");
    CHECK(unpacked(header + second) == "id: 2\ndata: two\n\n");
}

TEST_CASE("shared frames are packed from where somebody wants them", "[live]") {
    frame_packer packer;
    shared_frames frames(1000);
    frames.append("one\n\n", 1);
    frames.pack(packer, false);
    const std::uint64_t joined = frames.log(true).end();
    frames.append("two\n\n", 2);
    frames.append("three\n\n", 3);
    frames.pack(packer, true);
    const std::string packed(frames.log(true).from(joined, 1000));
    CHECK(unpacked(std::string(frame_packer::header()) + packed) == "two\n\nthree\n\n");
}

TEST_CASE("what was not packed in time makes packed places too old, not a hole", "[live]") {
    frame_packer packer;
    shared_frames frames(10);
    frames.append("one\n\n", 1);
    frames.pack(packer, true);
    const std::uint64_t place = frames.log(true).end();
    for (std::uint64_t position = 2; position < 9; ++position)
        frames.append("frame\n\n", position);
    frames.pack(packer, true);
    CHECK(place < frames.log(true).begin());
}

TEST_CASE("ids of the stream are read as they were written, and nothing else is", "[live]") {
    const stream_place place{192048, 155};
    CHECK(format_place(place) == "192048-155");
    CHECK(parse_place("192048-155") == place);
    CHECK(parse_place("0") == stream_place{});
    for (const char* const text :
         {"", "1", "-", "1-", "-1", "1-2x", "a-b", "1-2-3", "99999999999999999999999-1"})
        CHECK_FALSE(parse_place(text));
}

TEST_CASE("the members of an entry become names and texts", "[live]") {
    using fields = std::vector<std::pair<std::string, std::string>>;
    CHECK(
        fields_of(R"({"a":"x","b":null,"c":3,"d":{"e":"}","f":[1,2]},"g":["\"",","],"h":true})") ==
        fields{{"a", "x"},
               {"b", ""},
               {"c", "3"},
               {"d", R"({"e":"}","f":[1,2]})"},
               {"g", R"(["\"",","])"},
               {"h", "true"}});
    CHECK(fields_of(R"({"a":"q\"\u00fc\n"})") == fields{{"a", "q\"\xc3\xbc\n"}});
    CHECK(fields_of("{}").empty());
}

TEST_CASE("a query chooses events by type, PBX, queue, number or device", "[live]") {
    callstream::test::sample_record made(
        {{attribute::data, R"({"queue":"support","calling":{"number":"+49301","device":"PJSIP/t"},)"
                           R"("answering":{"number":null,"device":"PJSIP/201"}})"}});
    made.viewed.type = event_type::call_answered;
    made.viewed.pbx = "hq";
    const auto passes = [&made](std::string_view query) {
        auto filter = stream_filter::make(query);
        REQUIRE(filter);
        return filter->passes(made.viewed);
    };
    CHECK(passes(""));
    CHECK(passes("type=call.*"));
    CHECK(passes("type=leg.*&type=call.answered&pbx=hq"));
    CHECK_FALSE(passes("type=call.*&pbx=lab"));
    CHECK(passes("queue=support"));
    CHECK_FALSE(passes("queue=sales"));
    CHECK(passes("extension=201"));
    CHECK(passes("extension=%2B49301"));
    CHECK(passes("extension=PJSIP%2F201"));
    CHECK_FALSE(passes("extension=20"));
    made.viewed.type = event_type::source_gap;  // how complete the view is, unless types are named
    CHECK(passes("queue=sales"));
    CHECK_FALSE(passes("type=call.*"));
    CHECK(passes("type=source.*"));
    CHECK_FALSE(stream_filter::make("type=/call/"));
    std::string many;
    for (int i = 0; i < 40; ++i)
        many += "type=a&";
    CHECK_FALSE(stream_filter::make(many));
}

TEST_CASE("the day of a PBX changes at its midnight, also where clocks are changed", "[live]") {
    day_clock days({{"berlin", "Europe/Berlin"}, {"delhi", "Asia/Kolkata"}});
    const auto utc = [](std::int64_t second) { return timestamp(std::chrono::seconds(second)); };
    constexpr std::int64_t march_29 = 1'774'738'800;  // 2026-03-29T00:00 in Berlin, 23:00 UTC
    CHECK(days.day_of("berlin", utc(march_29 - 1)) == "2026-03-28");
    CHECK(days.day_of("berlin", utc(march_29)) == "2026-03-29");
    CHECK(days.day_of("berlin", utc(march_29 + 23 * 3600 - 1)) == "2026-03-29");
    CHECK(days.day_of("berlin", utc(march_29 + 23 * 3600)) == "2026-03-30");  // an hour is missing
    CHECK(days.day_of("delhi", utc(1'774'722'599)) == "2026-03-28");          // 18:29:59 UTC
    CHECK(days.day_of("delhi", utc(1'774'722'600)) == "2026-03-29");
    CHECK(days.day_of("elsewhere", utc(march_29)) == "2026-03-28");
}
