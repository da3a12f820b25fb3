// Queues, conferences, recordings, devices, mailboxes and the rest beside calls: one message each,
// written out.
#include <catch2/catch.hpp>

#include "parsers/cdr_decoder.h"
#include "tests/support/replayed_capture.h"
#include "tests/support/scripted_pbx.h"

namespace {

using namespace callstream;
using namespace callstream::test;

struct quiet_pbx {
    quiet_pbx() : pbx(events) {}

    const event& only(event_type type) const {
        const auto found = events.of_type(type);
        INFO(info_of(type).name);
        REQUIRE(found.size() == 1);
        return *found.front();
    }

    recorded_events events;
    scripted_pbx pbx;
    scripted_channel caller{"PJSIP/101-1", "1.1", "1.1", "101", "from-internal", "102"};
};

using pairs = std::vector<std::pair<std::string, std::string>>;

pairs pairs_of(std::span<const header> headers) {
    pairs list;
    for (const header& each : headers)
        list.emplace_back(each.name, each.value);
    return list;
}

}  // namespace

TEST_CASE_METHOD(quiet_pbx, "channel variables reach the event in order, repeats kept",
                 "[families]") {
    pbx.say("Newchannel",
            scripted_pbx::snapshot(caller, 4) +
                "ChanVariable: CRM=42\r\nChanVariable: NOTE=a=b\r\nChanVariable: CRM=\r\n");
    const auto& call = *call_data_of(only(event_type::call_initiated));
    CHECK(pairs_of(call.variables) == pairs{{"CRM", "42"}, {"NOTE", "a=b"}, {"CRM", ""}});
    CHECK(pairs_of(call_data_of(only(event_type::leg_created))->variables).size() == 3);
}

TEST_CASE_METHOD(quiet_pbx, "a variable of the other channel keeps its header", "[families]") {
    pbx.begin(caller);
    pbx.say("AgentCalled", scripted_pbx::snapshot(caller, 6) +
                               "Queue: support\r\nInterface: PJSIP/111\r\nMemberName: Alice\r\n"
                               "ChanVariable: CRM=1\r\nDestChanVariable: CRM=2\r\n");
    const auto& agent = test::data_of<agent_data>(only(event_type::agent_called));
    CHECK(pairs_of(agent.variables) == pairs{{"CRM", "1"}, {"DestChanVariable", "CRM=2"}});
}

TEST_CASE_METHOD(quiet_pbx, "what an Originate came to is told with the client's own number",
                 "[families]") {
    pbx.begin(caller);
    pbx.say("OriginateResponse",
            "ActionID: click-7\r\nResponse: Success\r\nChannel: PJSIP/101-1\r\n"
            "Context: from-internal\r\nExten: 102\r\nReason: 4\r\nUniqueid: 1.1\r\n");
    pbx.say("OriginateResponse",
            "ActionID: click-8\r\nResponse: Failure\r\nChannel: PJSIP/109\r\nReason: 5\r\n"
            "Uniqueid: <null>\r\n");
    const auto told = events.of_type(event_type::originate_completed);
    REQUIRE(told.size() == 2);
    const auto& success = test::data_of<originate_data>(*told[0]);
    CHECK(success.request_id == "click-7");
    CHECK(success.result == "success");
    CHECK(success.call_id == "1.1");
    CHECK(told[0]->partition == "1.1");
    const auto& failure = test::data_of<originate_data>(*told[1]);
    CHECK(failure.result == "failure");
    CHECK(failure.reason_text == "busy");
    CHECK(failure.leg_id.data() == nullptr);
}

TEST_CASE_METHOD(quiet_pbx, "music, mailboxes and the site's own events name their call",
                 "[families]") {
    pbx.begin(caller);
    pbx.say("MusicOnHoldStart", scripted_pbx::snapshot(caller, 6) + "Class: default\r\n");
    pbx.say("MusicOnHoldStop", scripted_pbx::snapshot(caller, 6));
    pbx.say("MessageWaiting", scripted_pbx::snapshot(caller, 6) +
                                  "Mailbox: 108@default\r\nWaiting: 1\r\nNew: 2\r\nOld: 1\r\n");
    pbx.say("UserEvent", scripted_pbx::snapshot(caller, 6) +
                             "UserEvent: Survey\r\nScore: 5\r\nScore: 4\r\nNote: \r\n");
    CHECK(test::data_of<call_music_data>(only(event_type::call_music_started)).music_class ==
          "default");
    CHECK(call_data_of(only(event_type::call_music_stopped))->call_id == "1.1");
    const auto& mailbox = test::data_of<mailbox_data>(only(event_type::mailbox_changed));
    CHECK(mailbox.mailbox == "108@default");
    CHECK(mailbox.waiting == true);
    CHECK(mailbox.new_count == 2);
    CHECK(mailbox.call_id == "1.1");
    const auto& survey = test::data_of<user_event_data>(only(event_type::user_event));
    CHECK(survey.name == "Survey");
    CHECK(survey.call_id == "1.1");
    CHECK(pairs_of(survey.values) == pairs{{"Score", "5"}, {"Score", "4"}, {"Note", ""}});
}

TEST_CASE_METHOD(quiet_pbx, "the PBX's modules, lines and conference recordings are told",
                 "[families]") {
    pbx.say("Load", "Module: app_echo.so\r\nStatus: Success\r\n");
    pbx.say("SpanAlarm", "Span: 1\r\nAlarm: Red Alarm\r\n");
    pbx.say("AlarmClear", "Channel: 3\r\n");
    pbx.say("ConfbridgeRecord", "Conference: 802\r\n");
    CHECK(test::data_of<system_data>(only(event_type::config_changed)).operation == "load");
    const auto trunks = events.of_type(event_type::trunk_status_changed);
    REQUIRE(trunks.size() == 2);
    CHECK(test::data_of<trunk_data>(*trunks[0]).trunk == "DAHDI/span 1");
    CHECK(test::data_of<trunk_data>(*trunks[0]).reason == "Red Alarm");
    CHECK(test::data_of<trunk_data>(*trunks[1]).trunk == "DAHDI/3");
    CHECK(test::data_of<recording_data>(only(event_type::recording_started)).conference == "802");
}

namespace {

constexpr const char* nexo_cdr =
    "AccountCode: \r\nSource: 205\r\nDestination: 204\r\nDestinationContext: from-ext-205\r\n"
    "CallerID: \"205\" <205>\r\nChannel: SIP/205-00000000\r\n"
    "DestinationChannel: SIP/204-00000001\r\nLastApplication: Dial\r\n"
    "LastData: SIP/204,30,TtKkWwXx\r\nStartTime: 2021-04-22 01:01:50\r\n"
    "AnswerTime: 2021-04-22 01:01:52\r\nEndTime: 2021-04-22 01:01:55\r\nDuration: 5\r\n"
    "BillableSeconds: 3\r\nDisposition: ANSWERED\r\nAMAFlags: DOCUMENTATION\r\n"
    "UniqueID: 1.1\r\nUserField: \r\nRecording File Name: ";
constexpr const char* nexo_file =
    "/media/usbStorage/monitor/20210422/20210422-010152-1619082112-Internal-205-204.wav";

}  // namespace

TEST_CASE_METHOD(quiet_pbx, "a recording that the Cdr names is available once, with its call",
                 "[families]") {
    pbx.begin(caller);
    SECTION("named by the Cdr alone") {}
    SECTION("and by the end of the recording before") {
        pbx.say("AutoMixMonitorEnd",
                "Uniqueid: 1.1\r\nFile Name: " + std::string(nexo_file) + "\r\n");
    }
    pbx.say("Cdr", std::string(nexo_cdr) + nexo_file + "\r\n");
    const auto& recording = test::data_of<recording_data>(only(event_type::recording_available));
    CHECK(recording.file == nexo_file);
    CHECK(recording.format == "wav");
    CHECK(recording.call_id == "1.1");
    CHECK(test::data_of<cdr_data>(only(event_type::cdr_created)).recording == nexo_file);
}

TEST_CASE_METHOD(quiet_pbx, "a Cdr without a recording announces none", "[families]") {
    pbx.say("Cdr", std::string(nexo_cdr) + "\r\n");
    CHECK(events.count_of(event_type::recording_available) == 0);
    CHECK(test::data_of<cdr_data>(only(event_type::cdr_created)).recording.data() == nullptr);
}

TEST_CASE("of a UCM that is asked for recordings the manager interface tells no files",
          "[families]") {
    const bool files_by_rows = GENERATE(false, true);
    recorded_events events;
    parsers::ami_translator_settings settings;
    settings.family = "grandstream";
    settings.files_by_rows = files_by_rows;
    scripted_pbx pbx(events, settings);
    const scripted_channel caller{"PJSIP/101-1", "1.1", "1.1", "101", "from-internal", "102"};
    pbx.begin(caller);
    pbx.say("VarSet", scripted_pbx::snapshot(caller, 6) +
                          "Variable: MIXMONITOR_FILENAME\r\nValue: /var/spool/auto-1.wav\r\n");
    pbx.say("MixMonitorStart", scripted_pbx::snapshot(caller, 6));
    pbx.say("MixMonitorStop", scripted_pbx::snapshot(caller, 6));
    pbx.say("Cdr", std::string(nexo_cdr) + nexo_file + "\r\n");
    CHECK(events.count_of(event_type::recording_started) == 1);
    CHECK(events.count_of(event_type::recording_stopped) == 1);
    CHECK(events.count_of(event_type::recording_available) == (files_by_rows ? 0u : 2u));
    const auto told = events.of_type(event_type::cdr_created);
    REQUIRE(told.size() == 1);
    CHECK(test::data_of<cdr_data>(*told.front()).recording == (files_by_rows ? "" : nexo_file));
}

namespace {

// A record as a UCM's event and its row both say it.
struct ucm_said {
    std::string source = "1000";
    std::string called = "1001";
    std::string direction = "Internal";
    std::string caller_id = "";
    std::string disposition = "ANSWERED";
    std::string further = "";  // headers of the event
};

std::string in_json(const std::string& said) {
    std::string written;
    for (const char c : said)
        written.append(c == '"' ? "\\" : "").push_back(c);
    return '"' + written + '"';
}

}  // namespace

TEST_CASE("a UCM's Cdr event is the record that its API gives, analog lines included",
          "[families]") {
    const auto said = GENERATE(
        ucm_said{}, ucm_said{"", "s", "Inbound", "\"\" <>"},
        ucm_said{"", "s", "Inbound", "\"Alice\" <2025550100>"}, ucm_said{"--", "s", "Inbound"},
        ucm_said{"1000", "s", "Inbound"}, ucm_said{"null", "--", "Internal", "null"},
        ucm_said{"1000", "null", "null"}, ucm_said{"1000", "1001", "Internal", "", ""},
        ucm_said{"1000", "1001", "Internal", "", "--"},
        ucm_said{"1000", "1001", "Internal", "", "NOANSWER"},
        ucm_said{"1000", "1001", "Internal", "", "no answer"},
        ucm_said{"1000", "1001", "Internal", "", "ANSWERED", "Sequence: 12\r\n"});
    recorded_events events;
    parsers::ami_translator_settings settings;
    settings.family = "grandstream";
    scripted_pbx pbx(events, settings);
    pbx.say("Cdr", "AccountCode: \r\nSource: " + said.source + "\r\nDestination: " + said.called +
                       "\r\nDestinationContext: from-internal\r\nCallerID: " + said.caller_id +
                       "\r\nChannel: PJSIP/1000-1\r\nDestinationChannel: PJSIP/1001-2\r\n"
                       "LastApplication: Dial\r\nLastData: PJSIP/1001,60\r\n"
                       "StartTime: 2026-02-01 10:30:00\r\nAnswerTime: 2026-02-01 10:30:05\r\n"
                       "EndTime: 2026-02-01 10:31:00\r\nDuration: 60\r\nBillableSeconds: 55\r\n"
                       "Disposition: " +
                       said.disposition +
                       "\r\nAMAFlags: DOCUMENTATION\r\n"
                       "UniqueID: 1769941800.7\r\nUserField: " +
                       said.direction + "\r\n" + said.further);
    std::vector<cdr_row> rows;
    parsers::cdr_decoder({}).decode(
        R"({"AcctId":"7","session":"17699418000007-1000","src":)" + in_json(said.source) +
            R"(,"dst":)" + in_json(said.called) + R"(,"clid":)" + in_json(said.caller_id) +
            R"(,"channel":"PJSIP/1000-1","dstchannel":"PJSIP/1001-2","lastapp":"Dial",)"
            R"("start":"2026-02-01 10:30:00","answer":"2026-02-01 10:30:05",)"
            R"("end":"2026-02-01 10:31:00","duration":"60","billsec":"55",)"
            R"("disposition":)" +
            in_json(said.disposition) + R"(,"uniqueid":"1769941800.7","userfield":)" +
            in_json(said.direction) + "}",
        pbx.clock, rows);
    REQUIRE(rows.size() == 1);
    const auto told = events.of_type(event_type::cdr_created);
    REQUIRE(told.size() == 1);
    CHECK(told.front()->natural_key == rows.front().key);
    const auto& data = test::data_of<cdr_data>(*told.front());
    CHECK(data.direction == rows.front().direction);
    CHECK(data.calling.number == rows.front().calling.number);
    CHECK(data.called.number == rows.front().called.number);
    CHECK(data.disposition == rows.front().disposition);
    CHECK(data.user_field == rows.front().user_field);
}
