#include <catch2/catch.hpp>

#include "parsers/ami_kind.h"
#include "tests/parsers/ami_stream.h"
#include "tests/support/capture.h"

using namespace callstream;
using namespace callstream::parsers;
using namespace callstream::test;

namespace {

ami_kind kind_of(std::string_view bytes) {
    ami_message message;
    REQUIRE(message.index(bytes));
    return parsers::kind_of(message);
}

}  // namespace

TEST_CASE("an event with a privilege is genuine, even if an action raised it", "[parsers][ami]") {
    CHECK(kind_of("Event: Hangup\r\nPrivilege: call,all\r\n") == ami_kind::event);
    CHECK(kind_of("Event: UserEvent\r\nPrivilege: user,all\r\nActionID: 1\r\n") == ami_kind::event);
    CHECK(kind_of("Event: OriginateResponse\r\nPrivilege: call,all\r\nActionID: 1\r\n") ==
          ami_kind::event);
}

TEST_CASE("an event without a privilege or with a late one is not verified", "[parsers][ami]") {
    CHECK(kind_of("Event: Hangup\r\nUniqueid: 1\r\n") == ami_kind::unverified);
    CHECK(kind_of("Event: Hangup\r\nUniqueid: 1\r\nPrivilege: call,all\r\n") ==
          ami_kind::unverified);
    CHECK(kind_of("Event: Hangup\r\nX: 1\r\nPrivilege: a\r\nPrivilege: b\r\n") ==
          ami_kind::unverified);
}

TEST_CASE("the items of a list and its end are answers", "[parsers][ami]") {
    CHECK(kind_of("Event: DeviceStateChange\r\nActionID: 1\r\nDevice: x\r\n") ==
          ami_kind::list_item);
    CHECK(kind_of("Event: Status\r\nPrivilege: Call\r\nActionID: 1\r\n") == ami_kind::list_item);
    CHECK(kind_of("Event: X\r\nActionID: 1\r\nEventList: Complete\r\n") == ami_kind::list_end);
    CHECK(kind_of("Event: X\r\nActionID: 1\r\nEventList: cancelled\r\n") == ami_kind::list_item);
    CHECK(kind_of("Event: StatusComplete\r\nActionID: 1\r\n") == ami_kind::list_end);
    CHECK(kind_of("ActionID: 1\r\nVoicemailbox: 100\r\n") == ami_kind::list_item);
    CHECK(kind_of("Response: Success\r\nMessage: x\r\n") == ami_kind::reply);
    CHECK(kind_of("Message: lost\r\n") == ami_kind::malformed);
}

TEST_CASE("the events that were forged into a recorded stream are not verified", "[parsers][ami]") {
    const capture recorded = load_capture("l2_crlf_injection");
    std::size_t forged = 0;
    std::size_t genuine_hangups = 0;
    stream_reader reader;
    reader.on_message = [&](const ami_message& message) {
        const bool hangup = message.event() == ami_event::hangup;
        const ami_kind kind = parsers::kind_of(message);
        genuine_hangups += kind == ami_kind::event && hangup;
        forged += kind == ami_kind::unverified && hangup;
    };
    reader.read(recorded.bytes());
    CHECK(forged == 3);
    CHECK(genuine_hangups == 1);
}
