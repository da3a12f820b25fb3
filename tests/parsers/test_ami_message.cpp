#include <string>

#include <catch2/catch.hpp>

#include "parsers/ami_message.h"

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

TEST_CASE("a channel's name may hold a colon", "[parsers][ami]") {
    ami_message message;
    REQUIRE(message.index("Event: Hangup\r\nChanVariable(SIP/h:5060-1): a:b\r\n\r\n"));
    CHECK(message[ami_key::chan_variable] == "a:b");
    CHECK(message.headers()[1].name == "ChanVariable(SIP/h:5060-1)");
}

TEST_CASE("a line without a colon is kept as a header without a name", "[parsers][ami]") {
    ami_message message;
    REQUIRE(message.index("Event: X\r\njust text\r\n:odd\r\nLinkedid: 1\r\n\r\n"));
    REQUIRE(message.headers().size() == 4);
    CHECK(message.headers()[1].name.empty());
    CHECK(message.headers()[1].value == "just text");
    CHECK(message.headers()[2].name.empty());
    CHECK(message.headers()[2].value == "odd");
    CHECK(message[ami_key::linkedid] == "1");
}

TEST_CASE("events of one kind may change their headers from one to the next", "[parsers][ami]") {
    ami_message message;
    const std::vector<std::string> lines{"Channel: a",  "Uniqueid: 1", "X: y",
                                         "Linkedid: 2", "uniqueid: 3", "Key With Space: z"};
    std::vector<std::size_t> order{0, 1, 2, 3, 4, 5};
    do {
        std::string bytes = "Event: Hangup\r\n";
        for (const std::size_t i : order)
            bytes += lines[i] + "\r\n";
        REQUIRE(message.index(bytes));
        REQUIRE(message.headers().size() == 7);
        REQUIRE(message[ami_key::channel] == "a");
        const bool first =
            std::find(order.begin(), order.end(), 1U) < std::find(order.begin(), order.end(), 4U);
        REQUIRE(message[ami_key::uniqueid] == (first ? "1" : "3"));
        REQUIRE(message[ami_key::linkedid] == "2");
        REQUIRE(message.find("X") == "y");
        REQUIRE(message.find("key with space") == "z");
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("a message has more headers than are remembered of a kind", "[parsers][ami]") {
    std::string bytes = "Event: Hangup\r\n";
    for (int i = 0; i < 100; ++i)
        bytes += "X" + std::to_string(i) + ": v\r\n";
    bytes += "SecondTransfererConnectedLineName: last\r\n\r\n";
    ami_message message;
    for (int round = 0; round < 3; ++round) {
        REQUIRE(message.index(bytes));
        CHECK(message.headers().size() == 102);
        CHECK(message[ami_key::second_transferer_connected_line_name] == "last");
        CHECK(message.find("X99") == "v");
    }
}

TEST_CASE("a message object serves longer than its generations count", "[parsers][ami]") {
    ami_message message;
    REQUIRE(message.index("Event: X\r\nLinkedid: 1\r\n\r\n"));
    for (int i = 0; i < 70'000; ++i) {
        REQUIRE(message.index("Event: Y\r\n\r\n"));
        if (message[ami_key::linkedid].data() != nullptr) FAIL("one of an earlier message");
    }
}

TEST_CASE("bytes that are not UTF-8 become what their charset means", "[parsers][ami]") {
    const std::string bytes =
        "Event: X\r\nCallerIDName: M\xfcller \xc3\xbc \xe9\r\nN\xe4me: v\r\n\r\n";
    ami_message latin1;
    REQUIRE(latin1.index(bytes));
    CHECK(latin1[ami_key::caller_id_name] == "M\xc3\xbcller \xc3\xbc \xc3\xa9");
    CHECK(latin1.headers()[2].name == "N\xc3\xa4me");
    ami_message escaped(charset::utf8);
    REQUIRE(escaped.index(bytes));
    CHECK(escaped[ami_key::caller_id_name] == "M\\xFCller \xc3\xbc \\xE9");
    REQUIRE(escaped.index("Event: X\r\nCallerIDName: \xc3\xbc\r\n\r\n"));
    CHECK(escaped[ami_key::caller_id_name] == "\xc3\xbc");
}

TEST_CASE("NUL bytes survive", "[parsers][ami]") {
    using namespace std::string_literals;
    ami_message message;
    REQUIRE(message.index("Event: X\r\nLinkedid: a\0b\r\n\r\n"s));
    CHECK(message[ami_key::linkedid] == "a\0b"s);
}

TEST_CASE("bytes without a message are refused", "[parsers][ami]") {
    ami_message message;
    CHECK(message.index("").error().code == errc::malformed);
    CHECK(message.index("\r\n\r\n").error().code == errc::malformed);
    CHECK(message.index(std::string(200'000, 'x')).error().code == errc::too_large);
}
