#include <string>

#include <catch2/catch.hpp>

#include "parsers/ami_message.h"
#include "tests/support/capture.h"

using namespace callstream;
using namespace callstream::parsers;

TEST_CASE("a message is read into headers, in order, repeats kept", "[parsers][ami]") {
    ami_message message;
    REQUIRE(
        message.index("Event: AgentConnect\r\nUniqueID: 17.4\r\nVariable: a=1\r\n"
                      "Variable: b=2\r\nAccountCode: \r\nX-Own:kept\r\n\r\n"));
    CHECK(message.event() == ami_event::agent_connect);
    CHECK(message[ami_key::uniqueid] == "17.4");
    CHECK(message[ami_key::variable] == "a=1");
    CHECK(message.headers().size() == 6);
    CHECK(message.headers()[3].value == "b=2");
    CHECK(message.find("x-own") == "kept");
    CHECK(message.find("variable") == "a=1");
}

TEST_CASE("an empty header is told from one that is absent", "[parsers][ami]") {
    ami_message message;
    REQUIRE(message.index("Event: X\r\nAccountCode: \r\nContext:\r\n\r\n"));
    CHECK(message.event() == ami_event::unknown);
    CHECK(message[ami_key::account_code].data() != nullptr);
    CHECK(message[ami_key::account_code].empty());
    CHECK(message[ami_key::context].data() != nullptr);
    CHECK(message[ami_key::linkedid].data() == nullptr);
    CHECK(message.find("Nothing").data() == nullptr);
    CHECK(message[ami_key::unknown].data() == nullptr);
    REQUIRE(message.index("Response: Success\r\n\r\n"));
    CHECK(message[ami_key::account_code].data() == nullptr);
    CHECK(message.event() == ami_event::none);
}

TEST_CASE("a value keeps the bare line feeds and colons in it", "[parsers][ami]") {
    ami_message message;
    REQUIRE(message.index("Event: Newexten\r\nAppData: a\n\nEvent: Hangup\nb: c\r\n\r\n"));
    CHECK(message[ami_key::app_data] == "a\n\nEvent: Hangup\nb: c");
    CHECK(message.headers().size() == 2);
    CHECK(message.event() == ami_event::newexten);
}

TEST_CASE("a channel in a header's name does not hide the key", "[parsers][ami]") {
    ami_message message;
    REQUIRE(message.index("Event: Hangup\r\nChanVariable(PJSIP/101-00000035): a=b\r\n\r\n"));
    CHECK(message[ami_key::chan_variable] == "a=b");
    CHECK(message.headers()[1].name == "ChanVariable(PJSIP/101-00000035)");
}
