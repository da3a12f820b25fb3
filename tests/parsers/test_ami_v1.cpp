// AMI 1.x: how the dialect is found, and whose a channel is that nobody claims.
#include <string>

#include <catch2/catch.hpp>

#include "parsers/ami_decoder.h"
#include "tests/support/capture.h"
#include "tests/support/recorded_events.h"

namespace {

using namespace callstream;
using namespace callstream::test;
using parsers::ami_dialect;

class old_pbx {
public:
    explicit old_pbx(std::string_view greeting = "Asterisk Call Manager/1.1",
                     ami_dialect dialect = ami_dialect::automatic)
        : translator_(settings_of(dialect), events), decoder_({}, {translator_, events}) {
        decoder_.reset(clock_);
        if (!greeting.empty()) hear(std::string(greeting) + "\r\n");
    }

    void say(const std::string& name, const std::string& headers) {
        hear("Event: " + name + "\r\nPrivilege: call,all\r\n" + headers + "\r\n");
        clock_ += std::chrono::milliseconds(10);
    }
    void begin(const std::string& channel, const std::string& id, const std::string& exten = "") {
        say("Newchannel", "Channel: " + channel + "\r\nChannelState: 0\r\nCallerIDNum: 205\r\n" +
                              "Exten: " + exten + "\r\nUniqueid: " + id + "\r\n");
    }
    void change(const std::string& channel, const std::string& id, int state) {
        say("Newstate", "Channel: " + channel + "\r\nChannelState: " + std::to_string(state) +
                            "\r\nUniqueid: " + id + "\r\n");
    }
    void link(const std::string& one, const std::string& two) {
        say("Bridge", "Bridgestate: Link\r\nUniqueid1: " + one + "\r\nUniqueid2: " + two + "\r\n");
    }
    void hang_up(const std::string& id, int cause) {
        say("Hangup", "Uniqueid: " + id + "\r\nCause: " + std::to_string(cause) + "\r\n");
    }
    void wait_in_queue() {
        begin("SIP/trunk-1", "1.0", "5550110");
        change("SIP/trunk-1", "1.0", 4);
        change("SIP/trunk-1", "1.0", 6);
        say("Join", "Channel: SIP/trunk-1\r\nQueue: support\r\nPosition: 1\r\nUniqueid: 1.0\r\n");
    }
    std::size_t count_of(event_type type) const { return events.count_of(type); }

    recorded_events events;

private:
    static parsers::ami_translator_settings settings_of(ami_dialect dialect) {
        parsers::ami_translator_settings settings;
        settings.dialect = dialect;
        return settings;
    }
    void hear(const std::string& message) {
        const padded bytes(message);
        [[maybe_unused]] const auto done = decoder_.decode(bytes.view(), clock_, nullptr).value();
    }

    timestamp clock_{std::chrono::seconds(1'795'230'000)};
    parsers::ami_translator translator_;
    parsers::ami_decoder decoder_;
};

void call_205_to_204(old_pbx& pbx) {
    pbx.begin("SIP/205-00000000", "1619082110.0", "204");
    pbx.change("SIP/205-00000000", "1619082110.0", 4);
    pbx.begin("SIP/204-00000001", "1619082110.1");
    pbx.say("Dial", "SubEvent: Begin\r\nUniqueID: 1619082110.0\r\nDestUniqueID: 1619082110.1\r\n");
    pbx.change("SIP/204-00000001", "1619082110.1", 5);
    pbx.change("SIP/204-00000001", "1619082110.1", 6);
    pbx.change("SIP/205-00000000", "1619082110.0", 6);
    pbx.link("1619082110.0", "1619082110.1");
    pbx.hang_up("1619082110.1", 16);
    pbx.hang_up("1619082110.0", 16);
}

// The Nexo document's own sample, with and without a recording.
std::string cdr_of_205(const std::string& file) {
    return "AccountCode: \r\nSource: 205\r\nDestination: 204\r\nDestinationContext: "
           "from-ext-205\r\n"
           "CallerID: \"205\" <205>\r\nChannel: SIP/205-00000000\r\n"
           "DestinationChannel: SIP/204-00000001\r\nLastApplication: Dial\r\n"
           "LastData: SIP/204,30,TtKkWwXx\r\nStartTime: 2021-04-22 01:01:50\r\n"
           "AnswerTime: 2021-04-22 01:01:52\r\nEndTime: 2021-04-22 01:01:55\r\nDuration: 5\r\n"
           "BillableSeconds: 3\r\nDisposition: ANSWERED\r\nAMAFlags: DOCUMENTATION\r\n"
           "UniqueID: 1619082110.0\r\nUserField: \r\nRecording File Name: " +
           file + "\r\n";
}

}  // namespace

TEST_CASE("a Nexo's call has one end, one CDR and its recording", "[v1]") {
    const std::string file =
        GENERATE("", "/media/usbStorage/monitor/20210422/20210422-010152-Internal-205-204.wav");
    old_pbx pbx;
    call_205_to_204(pbx);
    pbx.say("Cdr", cdr_of_205(file));
    if (!file.empty()) pbx.say("AutoMixMonitorEnd", "File Name: " + file + "\r\n");
    CHECK(pbx.count_of(event_type::call_initiated) == 1);
    CHECK(pbx.count_of(event_type::call_ended) == 1);
    CHECK(pbx.count_of(event_type::leg_created) == 2);
    REQUIRE(pbx.count_of(event_type::cdr_created) == 1);
    const auto& cdr = test::data_of<cdr_data>(*pbx.events.of_type(event_type::cdr_created).front());
    CHECK(cdr.recording == file);
    CHECK(cdr.variables.empty());
    const auto recordings = pbx.events.of_type(event_type::recording_available);
    REQUIRE(recordings.size() == (file.empty() ? 0 : 1));
    if (!file.empty())
        CHECK(test::data_of<recording_data>(*recordings.front()).call_id == "1619082110.0");
    const call_data& ended = *call_data_of(*pbx.events.of_type(event_type::call_ended).front());
    CHECK(ended.called.number == "204");
    CHECK(ended.answering.device == "SIP/204");
    CHECK(ended.disposition == disposition::answered);
}

TEST_CASE("the dialect is found by the greeting, else by what is said, unless it is forced",
          "[v1]") {
    SECTION("without a greeting") {
        old_pbx pbx("");
        call_205_to_204(pbx);
        CHECK(pbx.count_of(event_type::leg_bridged) == 2);
    }
    SECTION("forced against the greeting") {
        old_pbx pbx("Asterisk Call Manager/12.0.0", ami_dialect::version_1);
        call_205_to_204(pbx);
        CHECK(pbx.count_of(event_type::leg_bridged) == 2);
    }
    SECTION("forced the other way") {
        old_pbx pbx("Asterisk Call Manager/1.1", ami_dialect::version_2);
        call_205_to_204(pbx);
        CHECK(pbx.count_of(event_type::leg_bridged) == 0);
    }
}

TEST_CASE("a queue that does not say whom it rings is believed when they talk", "[v1]") {
    old_pbx pbx;
    pbx.wait_in_queue();
    pbx.begin("SIP/111-2", "1.2");
    pbx.change("SIP/111-2", "1.2", 5);
    CHECK(pbx.count_of(event_type::leg_created) == 1);
    SECTION("nobody answers: that phone was nobody's call") {
        pbx.hang_up("1.2", 16);
        CHECK(pbx.count_of(event_type::leg_created) == 1);
    }
    SECTION("the agent answers") {
        pbx.change("SIP/111-2", "1.2", 6);
        pbx.link("1.0", "1.2");
        REQUIRE(pbx.count_of(event_type::leg_created) == 2);
        CHECK(call_data_of(*pbx.events.of_type(event_type::leg_created).back())->call_id == "1.0");
        pbx.hang_up("1.2", 16);
    }
    pbx.hang_up("1.0", 16);
    CHECK(pbx.count_of(event_type::call_initiated) == 1);
    CHECK(pbx.count_of(event_type::call_ended) == 1);
}

TEST_CASE("a phone that rings while nobody waits is a call that a client asked for", "[v1]") {
    old_pbx pbx;
    pbx.wait_in_queue();
    pbx.hang_up("1.0", 16);  // the queue is empty again
    pbx.begin("SIP/104-3", "1.3");
    CHECK(pbx.count_of(event_type::call_initiated) == 1);
    pbx.change("SIP/104-3", "1.3", 5);
    CHECK(pbx.count_of(event_type::call_initiated) == 2);
    pbx.hang_up("1.3", 17);
    REQUIRE(pbx.count_of(event_type::call_failed) == 1);
    const call_data& failed = *call_data_of(*pbx.events.of_type(event_type::call_failed).front());
    CHECK(failed.call_id == "1.3");
    CHECK(failed.disposition == disposition::busy);
}

TEST_CASE("a Local channel that leads nowhere is no call", "[v1]") {
    old_pbx pbx;
    pbx.begin("Local/101@agents-0001;1", "1.4");
    pbx.begin("Local/101@agents-0001;2", "1.5");
    pbx.hang_up("1.4", 0);
    pbx.hang_up("1.5", 0);
    CHECK(pbx.count_of(event_type::call_initiated) == 0);
    CHECK(pbx.count_of(event_type::vendor_event) == 4);
}
