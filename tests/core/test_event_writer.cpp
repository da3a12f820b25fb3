#include <array>
#include <cstdint>
#include <cstring>
#include <string>

#include <catch2/catch.hpp>
#include <sys/mman.h>
#include <unistd.h>

#include "core/event_writer.h"
#include "core/json_bytes.h"
#include "core/json_escape.h"

using namespace callstream;
using namespace std::chrono_literals;

namespace {

struct written_line {
    std::array<char, 16'384> room{};
    written_event written;
    event_writer writer;

    std::string_view write(const event& source) {
        const event_envelope envelope{"hq", 12345, 0x6a8f12cd, timestamp{1785415401600000us}};
        const auto done = writer.write(source, envelope, room);
        REQUIRE(done);
        written = *done;
        return {room.data(), written.size};
    }
    std::string_view operator[](attribute which) const {
        const attribute_slice slice = written.attributes[static_cast<std::size_t>(which)];
        return {room.data() + slice.offset, slice.size};
    }
};

event answered() {
    event made;
    made.type = event_type::call_answered;
    made.time = timestamp{1785415401512345us};
    made.subject = made.partition = "1753880000.42";
    made.origin = {time_quality::source, false, {"asterisk", "BridgeEnter"}};
    call_event_data data;
    data.call_id = "1753880000.42";
    data.state = call_state::connected;
    data.direction = direction::inbound;
    data.calling = {"+49301234", "Alice \"A\"", {}};
    data.cause = cause{16, "Normal Clearing"};
    data.started_at = timestamp{1785415400000000us};
    data.ring_seconds = 4s;
    data.talk_seconds = 1500us;
    made.data = data;
    return made;
}

}  // namespace

TEST_CASE("an event is written as CloudEvents JSON", "[core]") {
    written_line line;
    const std::string_view json = line.write(answered());
    CHECK(json.starts_with(
        R"({"specversion":"1.0","id":"hq-6a8f12cd-12345","source":"/pbx/hq",)"
        R"("type":"call.answered","subject":"1753880000.42","time":"2026-07-30T12:43:21.512345Z",)"
        R"("recordedtime":"2026-07-30T12:43:21.600000Z","sequence":"0000000000012345",)"
        R"("partitionkey":"hq:1753880000.42","datacontenttype":"application/json",)"
        R"("dataschema":"urn:callstream:schema:1:call.answered","data":{"call_id":)"));
    CHECK(json.find(R"("calling":{"number":"+49301234","name":"Alice \"A\"","device":null})") !=
          std::string_view::npos);
    CHECK(json.find(R"("cause":{"q850":16,"text":"Normal Clearing"},"disposition":null)") !=
          std::string_view::npos);
    CHECK(json.find(R"("started_at":"2026-07-30T12:43:20.000000Z","answered_at":null)") !=
          std::string_view::npos);
    CHECK(json.find(R"("ring_seconds":4.0,"talk_seconds":0.0015)") != std::string_view::npos);
    CHECK(json.ends_with(R"("csta":"Established","time_quality":"source","synthetic":false,)"
                         R"("vendor":{"family":"asterisk","event":"BridgeEnter"}}})"));
}

TEST_CASE("a trunk that went away is out of service in CSTA's words", "[core]") {
    written_line line;
    event told = answered();
    told.type = event_type::trunk_status_changed;
    told.data = trunk_data{"acme", "registered", {}, {}};
    CHECK(line.write(told).find(R"("csta":"BackInService")") != std::string_view::npos);
    told.data = trunk_data{"acme", "unreachable", {}, {}};
    CHECK(line.write(told).find(R"("csta":"OutOfService")") != std::string_view::npos);
    told.data = trunk_data{"acme", {}, {}, {}};
    CHECK(line.write(told).find(R"("csta":null)") != std::string_view::npos);
    told.type = event_type::device_registration_changed;
    told.data = device_data{"PJSIP/201", "removed", {}, {}, {}};
    CHECK(line.write(told).find(R"("csta":"OutOfService")") != std::string_view::npos);
}

TEST_CASE("text of any size and any bytes is escaped as JSON demands", "[core]") {
    // A byte that needs an escape at every place of texts around the size of a block.
    written_line line;
    const std::string plain = "abcdefghijklmnopqrstuvwxyz0123456789";
    for (std::size_t size = 0; size <= plain.size(); ++size) {
        event told = answered();
        told.subject = "s";
        auto data = std::get<call_event_data>(told.data);
        const std::string text = plain.substr(0, size);
        data.calling.name = text;
        told.data = data;
        CHECK(line.write(told).find("\"name\":\"" + text + "\",") != std::string_view::npos);
        for (std::size_t at = 0; at < size; ++at) {
            std::string odd = text;
            odd[at] = '\x01';
            data.calling.name = odd;
            told.data = data;
            const std::string escaped = text.substr(0, at) + "\\u0001" + text.substr(at + 1);
            CHECK(line.write(told).find("\"name\":\"" + escaped + "\",") != std::string_view::npos);
        }
    }
}

TEST_CASE("times within a second, and across one, are told right", "[core]") {
    written_line line;
    event told = answered();
    for (const auto& [micros, text] : {std::pair{1785415401512345us, "2026-07-30T12:43:21.512345Z"},
                                       std::pair{1785415401000007us, "2026-07-30T12:43:21.000007Z"},
                                       std::pair{1785415400999999us, "2026-07-30T12:43:20.999999Z"},
                                       std::pair{-1us, "1969-12-31T23:59:59.999999Z"},
                                       std::pair{-999999us, "1969-12-31T23:59:59.000001Z"}}) {
        told.time = timestamp{micros};
        line.write(told);
        CHECK(line[attribute::time] == text);
    }
    told.time = timestamp::max();
    line.write(told);
    CHECK(line[attribute::time] == "9999-12-31T23:59:59.999999Z");
    told.time = timestamp::max() - 1us;
    line.write(told);
    CHECK(line[attribute::time] == "9999-12-31T23:59:59.999999Z");
}

TEST_CASE("the slices of the attributes are their values", "[core]") {
    written_line line;
    line.write(answered());
    CHECK(line[attribute::specversion] == "1.0");
    CHECK(line[attribute::id] == "hq-6a8f12cd-12345");
    CHECK(line[attribute::partitionkey] == "hq:1753880000.42");
    CHECK(line[attribute::sequence] == "0000000000012345");
    CHECK(line[attribute::data].starts_with("{\"call_id\""));
    CHECK(line[attribute::data].ends_with("}}"));
    CHECK_FALSE(line.written.escaped);
}

TEST_CASE("an attribute with escapes says so", "[core]") {
    written_line line;
    event odd = answered();
    odd.subject = "call \"1\"";
    line.write(odd);
    CHECK(line.written.escaped);
    CHECK(line[attribute::subject] == R"(call \"1\")");
}

TEST_CASE("a fact with a natural key has it as its id", "[core]") {
    written_line line;
    event record = answered();
    record.type = event_type::cdr_created;
    record.data = cdr_data{};
    record.natural_key = "cdr:1.2:3";
    line.write(record);
    CHECK(line[attribute::id] == "hq:cdr:1.2:3");
    CHECK_FALSE(line.written.escaped);
}

TEST_CASE("an event about nothing in particular is about its PBX", "[core]") {
    written_line line;
    event connected;
    connected.type = event_type::source_connected;
    connected.data = source_data{};
    line.write(connected);
    CHECK(line[attribute::subject] == "hq");
    CHECK(line[attribute::partitionkey] == "hq");
}

TEST_CASE("every byte survives as JSON, at every place of a string", "[core]") {
    written_line line;
    const auto place = GENERATE(range(0, 40));
    const auto byte = GENERATE(0x00, 0x08, 0x0a, 0x1f, 0x22, 0x5c, 0x7f);
    std::string value(40, 'x');
    value[static_cast<std::size_t>(place)] = static_cast<char>(byte);
    const std::array<header, 1> headers{header{"Value", value}};
    event passed;
    passed.data = vendor_data{{}, {}, true, headers};
    const std::string_view json = line.write(passed);
    const std::string escape = byte == 0x08   ? "\\b"
                               : byte == 0x0a ? "\\n"
                               : byte == 0x22 ? "\\\""
                               : byte == 0x5c ? "\\\\"
                               : byte == 0x7f ? "\x7f"
                               : byte == 0x00 ? "\\u0000"
                                              : "\\u001F";
    const auto before = static_cast<std::size_t>(place);
    const std::string expected = "[[\"Value\",\"" + std::string(before, 'x') + escape +
                                 std::string(39 - before, 'x') + "\"]]";
    CHECK(json.find(expected) != std::string_view::npos);
}

TEST_CASE("text may end where its memory ends", "[core]") {
    const auto page_size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    void* const mapped =
        ::mmap(nullptr, 2 * page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(mapped != MAP_FAILED);
    char* const end = static_cast<char*>(mapped) + page_size;
    REQUIRE(::mprotect(end, page_size, PROT_NONE) == 0);
    std::memset(mapped, 'x', page_size);
    for (std::size_t size = 0; size <= 40; ++size) {
        std::array<char, escape_room(40)> out{};
        const std::string_view text(end - size, size);
        CHECK(std::string_view(out.data(), put_escaped(text, out.data())) == text);
    }
    ::munmap(mapped, 2 * page_size);
}

TEST_CASE("text fits into the room that its escapes take", "[core]") {
    const std::string odd = "say \"\\\x01\" twice, and then something longer than two blocks";
    const std::string escaped =
        R"(say \"\\\u0001\" twice, and then something longer than two blocks)";
    CHECK(escaped_size(odd) == escaped.size());
    std::string room(escaped.size() + 3, '#');
    json_bytes json;
    json.begin({room.data(), escaped.size() + 2});
    json.put_text(odd);
    CHECK_FALSE(json.overflowed());
    CHECK(room == '"' + escaped + "\"#");
    json.begin({room.data(), escaped.size() + 1});
    json.put_text(odd);
    CHECK(json.overflowed());
}

TEST_CASE("sequences are told right, in order and out of it", "[core]") {
    event_writer writer;
    std::array<char, 16'384> room{};
    for (const std::uint64_t number :
         {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{8}, std::uint64_t{9}, std::uint64_t{10},
          std::uint64_t{9'999}, std::uint64_t{10'000}, std::uint64_t{10'001}, std::uint64_t{7},
          std::uint64_t{9'999'999'999'999'999}, std::uint64_t{10'000'000'000'000'000},
          std::uint64_t{10'000'000'000'000'001}, std::uint64_t{18'446'744'073'709'551'615U}}) {
        const auto written = writer.write(answered(), {"hq", number, 0xab, {}}, room);
        REQUIRE(written);
        const auto value = [&](attribute which) {
            const auto slice = written->attributes[static_cast<std::size_t>(which)];
            return std::string(room.data() + slice.offset, slice.size);
        };
        const std::string digits = std::to_string(number);
        CHECK(value(attribute::id) == "hq-000000ab-" + digits);
        const std::size_t zeros = digits.size() < 16 ? 16 - digits.size() : 0;
        CHECK(value(attribute::sequence) == std::string(zeros, '0') + digits);
    }
}

TEST_CASE("a room too small is refused, never overrun", "[core]") {
    event_writer writer;
    const event source = answered();
    std::array<char, 16'384> room{};
    const auto whole = writer.write(source, {"hq", 1, 1, {}}, room);
    REQUIRE(whole);
    for (std::size_t size = 0; size < whole->size; ++size) {
        std::string small(size + 1, '#');
        const auto written = writer.write(source, {"hq", 1, 1, {}}, {small.data(), size});
        REQUIRE_FALSE(written);
        REQUIRE(small.back() == '#');
    }
}
