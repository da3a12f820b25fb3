#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "parsers/ami_decoder.h"
#include "tests/support/capture.h"

using namespace callstream;
using namespace callstream::parsers;
using namespace callstream::test;

namespace {

struct recorder final : event_output, message_handler {
    void publish(const event& published) override {
        types.push_back(published.type);
        if (const auto* data = std::get_if<vendor_data>(&published.data)) {
            unverified += !data->verified;
        }
    }
    void on_message(const message_view& message) override {
        kinds.push_back(message.kind());
        responses.emplace_back(message.find("Response"));
        if (message.kind() == message_kind::greeting) greeting = message.find("");
    }

    std::vector<event_type> types;
    std::size_t unverified = 0;
    std::vector<message_kind> kinds;
    std::vector<std::string> responses;
    std::string greeting;
};

struct decoding {
    recorder seen;
    ami_translator translator{ami_translator_settings{}, seen};
    ami_decoder decoder{ami_decoder_settings{}, {translator, seen}};
};

std::size_t count_of(const recorder& seen, message_kind kind) {
    return static_cast<std::size_t>(std::count(seen.kinds.begin(), seen.kinds.end(), kind));
}

}  // namespace

TEST_CASE("a decoder publishes events and shows answers to its handler", "[parsers][ami]") {
    decoding run;
    const capture recorded = load_capture("a_internal_answered");
    const auto done = run.decoder.decode(recorded.bytes(), timestamp(), &run.seen);
    REQUIRE(done == recorded.bytes().size());
    CHECK(run.seen.greeting == "Asterisk Call Manager/12.0.0");
    CHECK(run.seen.kinds.front() == message_kind::greeting);
    CHECK(run.seen.responses[1] == "Success");
    CHECK(std::count(run.seen.types.begin(), run.seen.types.end(), event_type::call_ended) == 1);
    CHECK(run.seen.unverified == 0);
    const decoder_counters counters = run.decoder.counters();
    CHECK(counters.bytes == recorded.bytes().size());
    CHECK(counters.rejected == 0);
    CHECK(counters.messages == 128 + run.seen.kinds.size());
}

TEST_CASE("a forged hang-up is published as not verified and ends no call", "[parsers][ami]") {
    decoding run;
    const capture recorded = load_capture("l2_crlf_injection");
    REQUIRE(run.decoder.decode(recorded.bytes(), timestamp(), nullptr));
    CHECK(run.seen.unverified == run.decoder.counters().unverified);
    CHECK(run.seen.unverified >= 2);
    CHECK(std::count(run.seen.types.begin(), run.seen.types.end(), event_type::call_ended) == 1);
    CHECK(run.decoder.counters().rejected > 0);  // the rest of the message that was broken up
}

TEST_CASE("the handler is shown lists by item and end", "[parsers][ami]") {
    decoding run;
    const capture recorded = load_capture("n4_actions");
    REQUIRE(run.decoder.decode(recorded.bytes(), timestamp(), &run.seen));
    CHECK(count_of(run.seen, message_kind::list_item) > 1'000);
    CHECK(count_of(run.seen, message_kind::list_end) > 20);
    CHECK(count_of(run.seen, message_kind::reply) > 50);
}

TEST_CASE("a peer that speaks no AMI is refused by name", "[parsers][ami]") {
    decoding run;
    const padded http("HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n");
    const auto done = run.decoder.decode(http.view(), timestamp(), &run.seen);
    REQUIRE(!done);
    CHECK(done.error().code == errc::wrong_protocol);
    CHECK(run.seen.kinds.empty());
    run.decoder.reset(timestamp());
    const padded ami("Asterisk Call Manager/1.1\r\n");
    CHECK(run.decoder.decode(ami.view(), timestamp(), &run.seen) == ami.view().size());
}

TEST_CASE("a message torn by the end of the stream is counted as rejected", "[parsers][ami]") {
    decoding run;
    const padded stream("Asterisk Call Manager/1.1\r\nEvent: Hangup\r\nPrivil");
    const auto done = run.decoder.decode(stream.view(), timestamp(), nullptr);
    REQUIRE(done == 27U);
    run.decoder.finish(timestamp());
    CHECK(run.decoder.counters().rejected == 1);
    CHECK(run.decoder.counters().bytes == stream.view().size());
    run.decoder.finish(timestamp());
    CHECK(run.decoder.counters().rejected == 1);
}

TEST_CASE("a rejected message is counted once, however many reads it took", "[parsers][ami]") {
    decoding run;
    const std::string huge = "Event: X\r\nY: " + std::string(500'000, 'y') + "\r\n\r\n";
    const padded stream("Asterisk Call Manager/1.1\r\n" + huge + "Response: Success\r\n\r\n");
    std::size_t done = 0;
    for (std::size_t arrived = 0; arrived < stream.view().size();) {
        arrived = std::min(stream.view().size(), arrived + 10'000);
        const auto more =
            run.decoder.decode(stream.view().substr(done, arrived - done), timestamp(), &run.seen);
        REQUIRE(more);
        done += *more;
    }
    CHECK(done == stream.view().size());
    CHECK(run.decoder.counters().rejected == 1);
    CHECK(count_of(run.seen, message_kind::reply) == 1);
    CHECK(run.decoder.counters().bytes == done);
}
