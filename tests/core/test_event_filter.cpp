// Filters, the walk over an event's strings that they use, and what they do to a PBX's publisher
// and to a sink's reader.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "core/event_filter.h"
#include "core/json_strings.h"
#include "core/publisher.h"
#include "tests/support/event_feed.h"
#include "tests/support/journal_events.h"
#include "tests/support/temporary_directory.h"

using namespace callstream;
using namespace callstream::test;

namespace {

using lines = std::vector<std::string>;

lines walked(std::string_view json) {
    lines out;
    for (json_strings strings(json); strings.next();)
        out.push_back(std::string(strings.object()) + '.' + std::string(strings.key()) +
                      (strings.in_pair() ? "=>" : "=") + std::string(strings.value()));
    return out;
}

std::unique_ptr<event_filter> filter_of(const filter_settings& settings) {
    auto made = event_filter::make(settings);
    REQUIRE(made);
    return std::move(*made);
}

filter_settings include(filter_patterns patterns) {
    return {std::move(patterns), {}};
}
filter_settings exclude(filter_patterns patterns) {
    return {{}, std::move(patterns)};
}

constexpr std::string_view leg_json =
    R"({"call_id":"1.1","calling":{"number":"+49301234","name":null,"device":"PJSIP/acme"},)"
    R"("called":{"number":"200","name":null,"device":null},"context":"from-trunk","queue":"sales",)"
    R"("channel":"PJSIP/acme-00000001","ring_seconds":4.0})";
constexpr std::string_view vendor_json =
    R"({"call_id":null,"verified":true,"headers":[["Event","NewExten"],["Channel","SIP/a \"b\""],)"
    R"(["DestContext","internal"],["connectedlinenum","201"],["AppData","queue"]]})";

event ringing(std::string_view queue) {
    call_event_data data;
    data.call_id = "1.1";
    data.queue = queue;
    event made;
    made.type = event_type::call_ringing;
    made.subject = made.partition = data.call_id;
    made.data = data;
    return made;
}

// Odd numbers only, and each with a payload of its own.
class no_even_numbers final : public record_shaper {
public:
    void reshape(record& read) override {
        payload_ = std::string(read.payload) + '!';
        read.payload = payload_;
    }

    bool wants(const record& read) override {
        return read.payload.starts_with("{\"n\":") && (read.payload[5] - '0') % 2 == 1;
    }

private:
    std::string payload_;
};

}  // namespace

TEST_CASE("the strings of an event's data are walked with their keys", "[filter]") {
    CHECK(walked(leg_json) == lines{".call_id=1.1", "calling.number=+49301234",
                                    "calling.device=PJSIP/acme", "called.number=200",
                                    ".context=from-trunk", ".queue=sales",
                                    ".channel=PJSIP/acme-00000001"});
    CHECK(walked(vendor_json) == lines{".Event=>NewExten", R"(.Channel=>SIP/a \"b\")",
                                       ".DestContext=>internal", ".connectedlinenum=>201",
                                       ".AppData=>queue"});
    CHECK(walked(R"({"a":["x","y\\"],"b":"z"})") == lines{".a=x", R"(.a=y\\)", ".b=z"});
    for (const std::string_view torn :
         {"", "{", "{\"a", "{\"a\":\"b", "]]]}", "\"a\"", "[[[[[[[[[[\"a\""})
        CHECK(walked(torn).size() <= 1);
}

TEST_CASE("type and PBX decide alone where they can", "[filter]") {
    const auto filter = filter_of(
        {{{"call.*", "cdr.created"}, {"hq"}, {}, {}, {}, {}}, {{"call.dtmf"}, {}, {}, {}, {}, {}}});
    CHECK(filter->of(event_type::call_ringing, "hq") == filter_verdict::passes);
    CHECK(filter->of(event_type::call_ringing, "branch") == filter_verdict::left_out);
    CHECK(filter->of(event_type::call_dtmf, "hq") == filter_verdict::left_out);
    CHECK(filter->of(event_type::cdr_updated, "hq") == filter_verdict::left_out);
    // Who reads the rest must still learn of what is missing in it.
    CHECK(filter->of(event_type::source_gap, "hq") == filter_verdict::passes);
    const auto silent = filter_of(exclude({{"source.*"}, {}, {}, {}, {}, {}}));
    CHECK(silent->of(event_type::source_gap, "hq") == filter_verdict::left_out);
}

TEST_CASE("each list of an include must match something of the event", "[filter]") {
    CHECK(filter_of(include({{}, {}, {"PJSIP/acme*"}, {}, {}, {}}))->passes(leg_json));
    CHECK(filter_of(include({{}, {}, {}, {"from-trunk"}, {"sa?es"}, {}}))->passes(leg_json));
    CHECK(filter_of(include({{}, {}, {}, {}, {}, {"/^\\+49/"}}))->passes(leg_json));
    CHECK_FALSE(
        filter_of(include({{}, {}, {}, {"from-trunk"}, {"support"}, {}}))->passes(leg_json));
    CHECK_FALSE(filter_of(include({{}, {}, {}, {}, {}, {"20"}}))->passes(leg_json));
    CHECK(filter_of(include({{}, {}, {"SIP/a \"b\""}, {"internal"}, {}, {"201"}}))
              ->passes(vendor_json));
    CHECK_FALSE(filter_of(include({{}, {}, {}, {}, {"queue"}, {}}))->passes(vendor_json));
    CHECK(filter_of(include({{}, {}, {}, {}, {"x"}, {}}))->of(event_type::call_ended, "hq") ==
          filter_verdict::depends);
}

TEST_CASE("one match of an exclude is enough", "[filter]") {
    CHECK_FALSE(filter_of(exclude({{}, {}, {"Local/*"}, {}, {"sales"}, {}}))->passes(leg_json));
    CHECK(filter_of(exclude({{}, {}, {"Local/*"}, {}, {"support"}, {}}))->passes(leg_json));
    CHECK_FALSE(filter_of({{{}, {}, {}, {"from-*"}, {}, {}}, {{}, {}, {}, {}, {}, {"200"}}})
                    ->passes(leg_json));
}

TEST_CASE("a pattern that is none is refused", "[filter]") {
    CHECK(event_filter::make(include({{}, {}, {"/(/"}, {}, {}, {}})).error().code ==
          errc::bad_config);
    CHECK(event_filter::make(exclude({{""}, {}, {}, {}, {}, {}})).error().code == errc::bad_config);
}

TEST_CASE("what a PBX's filter leaves out takes no sequence", "[filter]") {
    const auto log = open_journal(small_journal(":memory:"));
    batch_clock clock;
    const auto pbx = publisher::open(*log, clock, "hq").value();
    pbx->set_filter(filter_of({{{"call.*"}, {}, {}, {}, {"sales"}, {}}, {}}));
    pbx->publish(ringing("sales"));
    pbx->publish(ringing("support"));
    event device;
    device.type = event_type::device_state_changed;
    device.data = device_data{};
    pbx->publish(device);
    pbx->publish(ringing("sales"));
    log->publish();
    CHECK(pbx->counters().published == 2);
    CHECK(pbx->counters().left_out == 2);
    const auto reader = open_reader(*log, "");
    CHECK((*reader->next())->pbx_sequence == 1);
    CHECK((*reader->next())->pbx_sequence == 2);
    CHECK_FALSE(reader->next()->has_value());
}

TEST_CASE("what a sink does not want holds no cursor back", "[filter]") {
    const temporary_directory directory;
    const auto log = open_journal(small_journal(directory / "journal"));
    const auto reader = open_reader(*log, "sink");
    reader->set_shaper(std::make_unique<no_even_numbers>());
    const auto put = [&](std::uint64_t from, std::uint64_t to) {
        append_numbers(*log, *log->pbx_index("hq"), from, to);
    };
    put(0, 1);
    CHECK_FALSE(reader->next()->has_value());
    CHECK(reader->acknowledged() == log->published());

    put(1, 5);
    const record first = **reader->next();
    const record second = **reader->next();
    CHECK(first.payload == payload_of(1) + '!');
    CHECK(second.payload == payload_of(3) + '!');
    CHECK_FALSE(reader->next()->has_value());
    CHECK(reader->acknowledged() == first.position);  // two wait for their acknowledgement
    REQUIRE(reader->acknowledge(first.position_next));
    CHECK(reader->acknowledged() == first.position_next);
    reader->seek(first.position_next);
    CHECK((*reader->next())->payload == payload_of(3) + '!');
    CHECK(second.payload == payload_of(3) + '!');
    CHECK_FALSE(reader->next()->has_value());
    REQUIRE(reader->acknowledge(second.position_next));
    CHECK(reader->acknowledged() == log->published());
    CHECK(reader->left_out_count() == 3);

    // A long row of them gives segments back while it is read.
    for (int i = 0; i < 5000; ++i)
        append(*log, 0, payload_of(6));
    append(*log, 0, payload_of(7));
    log->publish();
    CHECK((*reader->next())->payload == payload_of(7) + '!');
    CHECK(reader->acknowledged() > second.position_next + 4000);
}
