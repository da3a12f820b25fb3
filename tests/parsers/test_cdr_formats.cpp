#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "parsers/cdr_csv.h"
#include "parsers/cdr_decoder.h"
#include "parsers/cdr_text.h"
#include "parsers/csv_reader.h"

using namespace callstream;
using namespace callstream::parsers;

namespace {

using namespace std::chrono_literals;

constexpr timestamp read_at{1'700'000'000s};

struct decoded {
    std::vector<cdr_row> rows{};
    cdr_decoding answer{};
    std::vector<cdr_problem> problems{};
};

decoded decode(const cdr_decoder_settings& settings, std::string_view body) {
    decoded result;
    cdr_decoder decoder(settings);
    result.answer = decoder.decode(body, read_at, result.rows);
    result.problems = decoder.problems();
    return result;
}

decoded decode(cdr_format format, std::string_view body) {
    cdr_decoder_settings settings;
    settings.format = format;
    return decode(settings, body);
}

std::vector<std::vector<std::string>> rows_of(std::string_view csv) {
    std::vector<std::vector<std::string>> rows;
    csv_reader reader(csv);
    while (const auto row = reader.next())
        rows.emplace_back(row->fields.begin(), row->fields.end());
    return rows;
}

std::optional<timestamp> time_in(const char* zone, text said, timestamp about = read_at) {
    zone_clock clock(zone);
    const auto read = cdr_time_of(said, clock, about);
    if (!read) return std::nullopt;
    return read->time;
}

using fields = std::vector<std::vector<std::string>>;

}  // namespace

TEST_CASE("CSV is read as PBXes write it", "[cdr]") {
    CHECK(rows_of("a,b\nc,d") == fields{{"a", "b"}, {"c", "d"}});
    CHECK(rows_of("a,\r\n\r\n,b\r") == fields{{"a", ""}, {"", "b"}});
    CHECK(rows_of("\"a,\"\"b\"\"\nc\",d") == fields{{"a,\"b\"\nc", "d"}});
    CHECK(rows_of("\"GVC Test\" <6039>,x") == fields{{"\"GVC Test\" <6039>", "x"}});
    CHECK(rows_of("\"\"Alice\" <101>\",\"101\"") == fields{{"\"Alice\" <101>", "101"}});
    CHECK(rows_of("5\" screen,x") == fields{{"5\" screen", "x"}});
    CHECK(rows_of("") == fields{});
    csv_reader torn("a,b\n\"c\nd\",\"e");
    CHECK(torn.next()->line == 1);
    const auto last = torn.next();
    CHECK(last->line == 2);
    CHECK(last->torn);
    const std::string many = std::string(csv_reader::field_count_max, ',') + "\nx";
    csv_reader wide(many);
    CHECK(wide.next()->too_wide);
    CHECK(wide.next()->line == 2);
}

TEST_CASE("a file in pieces is cut where rows end", "[cdr]") {
    CHECK(whole_rows_size("a,b\nc") == 4);
    CHECK(whole_rows_size("a,\"b\nc\"") == 0);
    CHECK(whole_rows_size("a,\"b\nc\"\n") == 8);
    cdr_decoder_settings settings;
    settings.format = cdr_format::nexo_csv;
    cdr_decoder decoder(settings);
    std::vector<cdr_row> rows;
    CHECK(
        decoder
            .decode("Date,Source,Destination,Duration\n2021-05-07 01:05:02,1,2,3\n", read_at, rows)
            .problem == "");
    const auto second = decoder.decode("2021-05-07 01:05:03,1,2,x\n", read_at, rows);
    CHECK(second.rejected == 1);
    CHECK(rows.size() == 1);
    REQUIRE(decoder.problems().size() == 1);
    CHECK(decoder.problems()[0].place == 3);
    CHECK(decoder.problems()[0].what == "its duration is no number of seconds");
}

TEST_CASE("times are read in every form in which they were seen", "[cdr]") {
    const timestamp noon{1'531'483'212s};  // 2018-07-13 12:00:12 UTC
    CHECK(time_in("UTC", "2018-07-13 12:00:12") == noon);
    CHECK(time_in("UTC", "2018-07-13T12:00:12") == noon);
    CHECK(time_in("UTC", "2018-07-13T12:00:12Z") == noon);
    CHECK(time_in("Asia/Shanghai", "2018-07-13T12:00:12.5+02:00") == noon - 2h + 500ms);
    CHECK(time_in("UTC", "2018-07-13 06:00:12-0600") == noon);
    CHECK(time_in("UTC", "2018/7/13 12:00:12") == noon);
    CHECK(time_in("UTC", "7/13/2018 12:00:12 PM") == noon);
    CHECK(time_in("UTC", "7/13/2018 12:00:12 am") == noon - 12h);
    CHECK(time_in("UTC", "7/13/2018 12:00") == noon - 12s);
    CHECK(time_in("Asia/Shanghai", "2018-07-13 20:00:12") == noon);
    CHECK(time_in("UTC", "1531483212") == noon);
    CHECK(time_in("UTC", "1531483212.250000") == noon + 250ms);
    for (const char* const bad :
         {"", "0000-00-00 00:00:00", "13/7/2018 12:00", "2018-07-13", "12:00:12", "2018-02-30 1:00",
          "2018-07-13 12:00:12 XM", "7/13/2018 13:00 PM", "2018-07-13 12:00:12x", "15",
          "-1531483212", "2018-07-13 24:00:00", "2018-07-13 12:60", "99999999999999999999",
          "1531483212."})
        CHECK_FALSE(time_in("UTC", bad).has_value());
}

TEST_CASE("of an hour that the clock showed twice the channel's id says which", "[cdr]") {
    cdr_decoder_settings settings;
    settings.format = cdr_format::asterisk_csv;
    settings.timezone = "Europe/Berlin";
    // 02:30 of 2026-10-25 was at 00:30 and at 01:30 UTC.
    const std::string row = R"("","101","102","c","","A/1","","Dial","","2026-10-25 02:30:00",)"
                            R"("2026-10-25 02:30:05","2026-10-25 02:31:00",60,55,"ANSWERED","",)";
    const timestamp first{1'792'888'200s};
    const auto early = decode(settings, row + "\"1792888200.1\",\"\"\n");
    const auto late = decode(settings, row + "\"1792891800.1\",\"\"\n");
    REQUIRE(early.rows.size() == 1);
    REQUIRE(late.rows.size() == 1);
    CHECK(early.rows[0].started_at == first);
    CHECK(early.rows[0].ended_at == first + 60s);
    CHECK(late.rows[0].started_at == first + 1h);
    CHECK(late.rows[0].answered_at == first + 1h + 5s);
}

TEST_CASE("a record without such an id has one key, whenever in that night it is read", "[cdr]") {
    cdr_decoder_settings settings;
    settings.format = cdr_format::fiberme_json;
    settings.timezone = "Europe/Berlin";
    const std::string body = R"({"code":0,"data":{"items":[{"id":7,"callSrc":"1","callTo":"2",)"
                             R"("startTime":"2026-10-25 02:10:00","duration":20}]}})";
    std::vector<cdr_row> rows;
    for (const auto about : {1'792'887'120s, 1'792'890'720s}) {
        cdr_decoder decoder(settings);
        CHECK(decoder.decode(body, timestamp(about), rows).problem == "");
    }
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].key == "7-2026-10-25T02:10:00");
    CHECK(rows[0].key == rows[1].key);
}

TEST_CASE("legs that differ in their number alone are told apart, wherever they stand", "[cdr]") {
    const auto leg = [](int number, const char* to) {
        return R"("sub_cdr_)" + std::to_string(number) + R"(":{"AcctId":")" +
               std::to_string(number) + R"(","src":"1","dst":")" + to +
               R"(","start":"2026-02-01 10:30:00","uniqueid":"1.2"})";
    };
    const std::string body = R"({"cdr_root":[{"cdr":"a-1","main_cdr":{"src":"1","dst":"9",)"
                             R"("start":"2026-02-01 10:30:00"},)" +
                             leg(1, "2") + "," + leg(2, "3") + "," + leg(3, "2") + "}]}";
    const auto first = decode(cdr_format::ucm_json, body);
    const auto again = decode(cdr_format::ucm_json, body);
    REQUIRE(first.rows.size() == 4);
    CHECK(first.rows[3].key == first.rows[1].key + "#2");
    for (std::size_t i = 0; i < 4; ++i)
        CHECK(first.rows[i].key == again.rows[i].key);
}

TEST_CASE("durations, outcomes and directions are read in every spelling", "[cdr]") {
    CHECK(cdr_duration_of("16") == 16s);
    CHECK(cdr_duration_of("6s") == 6s);
    CHECK(cdr_duration_of("8.058401") == 8058401us);
    CHECK(cdr_duration_of("0:13:45") == 13min + 45s);
    for (const char* const bad :
         {"", "s", "-1", "1:60", "12:10:10 AM", "99999999", "1.", "1:2:3:4"})
        CHECK_FALSE(cdr_duration_of(bad).has_value());
    CHECK(cdr_disposition_of("No answer") == disposition::no_answer);
    CHECK(cdr_disposition_of("NOANSWER") == disposition::no_answer);
    CHECK(cdr_disposition_of("FAILD") == disposition::failed);
    CHECK(cdr_disposition_of("CANCEL") == disposition::canceled);
    CHECK(cdr_disposition_of("") == disposition::none);
    CHECK(cdr_direction_of("Interval") == direction::internal);
    CHECK(cdr_direction_of("CallBack") == direction::callback);
    CHECK(cdr_direction_of("incoming") == direction::inbound);
    CHECK(cdr_direction_of("sideways") == direction::none);
}

TEST_CASE("what is no list of CDRs is a problem and never an empty one", "[cdr]") {
    const std::string page = "<!DOCTYPE html><html><body>Login</body></html>";
    for (const auto format : {cdr_format::ucm_json, cdr_format::ucm_csv, cdr_format::ucm_xml,
                              cdr_format::nexo_json, cdr_format::nexo_csv, cdr_format::asterisk_csv,
                              cdr_format::fiberme_json, cdr_format::voipmonitor_json})
        for (const std::string& body : {page, std::string(), std::string("\n"), std::string("no"),
                                        std::string("{\"a\":1}"), std::string("[1]")}) {
            INFO(cdr_format_names[static_cast<std::size_t>(format)] << ": " << body);
            const auto read = decode(format, body);
            CHECK(read.rows.empty());
            CHECK((!read.answer.problem.empty() || read.answer.rejected == 1));
        }
    CHECK(decode(cdr_format::ucm_json, page).answer.problem ==
          "this is HTML or XML where JSON was expected; perhaps a login page");
    CHECK(decode(cdr_format::ucm_xml, page).answer.problem ==
          "this is HTML where XML was expected; perhaps a login page");
}

TEST_CASE("an answer that is cut off gives no rows, a file gives those before the cut", "[cdr]") {
    const std::string whole = R"({"cdr_root":[{"src":"1","start":"2021-05-07 01:05:02"},)"
                              R"({"src":"2","start":"2021-05-07 01:05:03"}]})";
    REQUIRE(decode(cdr_format::ucm_json, whole).rows.size() == 2);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        INFO(size);
        const auto cut = decode(cdr_format::ucm_json, whole.substr(0, size));
        CHECK(cut.rows.empty());
        CHECK(cut.answer.problem != "");
    }
    cdr_decoder_settings settings;
    settings.keeps_damaged = true;
    const auto kept = decode(settings, whole.substr(0, 60));
    CHECK(kept.rows.size() <= 1);
    CHECK(kept.answer.problem == "the answer ends within its JSON");
    const std::string xml =
        "<root><cdr><src>1</src><start>2021-05-07 01:05:02</start></cdr></root>";
    REQUIRE(decode(cdr_format::ucm_xml, xml).rows.size() == 1);
    for (std::size_t size = 0; size < xml.size(); ++size)
        CHECK(decode(cdr_format::ucm_xml, xml.substr(0, size)).answer.problem != "");
}

TEST_CASE("text in XML is never taken for markup", "[cdr]") {
    const auto read =
        decode(cdr_format::ucm_xml,
               "<cdr session=1461920017104140-1000><src>1000</src><dst>1001</dst>"
               "<clid>\"Bob </src> & <b>\" <1000></clid><lastdata>A&B&amp;C</lastdata>"
               "<start>2016-04-29 02:53:37</start></cdr>");
    REQUIRE(read.rows.size() == 1);
    CHECK(read.rows[0].calling.name == "Bob </src> & <b>");
    CHECK(read.rows[0].application_data == "A&B&C");
    CHECK(read.rows[0].call_id == "1461920017104140-1000");
    const auto bomb = decode(cdr_format::ucm_xml,
                             "<!DOCTYPE r [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><root><cdr>"
                             "<src>&b;</src><start>2016-04-29 02:53:37</start></cdr></root>");
    REQUIRE(bomb.rows.size() == 1);
    CHECK(bomb.rows[0].calling.number == "&b;");
}

TEST_CASE("a pushed record stands alone, and so does a pushed call with its legs", "[cdr]") {
    const auto one = decode(cdr_format::ucm_json,
                            R"({"src":"1001","dst":"9785551234","clid":"John Doe <1001>",)"
                            R"("start":"2026-02-01 10:30:00","duration":"310","billsec":"305",)"
                            R"("disposition":"ANSWERED","uniqueid":"1738412400.1",)"
                            R"("dst_trunk_name":"OutboundTrunk"})");
    REQUIRE(one.rows.size() == 1);
    CHECK(one.rows[0].calling.name == "John Doe");
    CHECK(one.rows[0].direction == direction::outbound);
    const auto call =
        decode(cdr_format::ucm_json,
               R"({"cdr":"146-1000","main_cdr":{"src":"1","start":"2026-02-01 10:30:00"},)"
               R"("sub_cdr_1":{"src":"1","start":"2026-02-01 10:30:00","AcctId":1}})");
    REQUIRE(call.rows.size() == 2);
    CHECK(call.rows[0].key == "146-1000");
    CHECK(call.rows[1].cdr_id == "1");
    CHECK(call.rows[1].call_id == "146-1000");
}

TEST_CASE("calls of a UCM are named by their first channel where a manager interface is heard",
          "[cdr]") {
    cdr_decoder_settings settings;
    settings.calls_by_channel = true;
    const auto read = decode(
        settings, R"({"cdr_root":[{"cdr":"146-1000",)"
                  R"("main_cdr":{"src":"1","start":"2026-02-01 10:30:00","session":"146-1000"},)"
                  R"("sub_cdr_1":{"src":"1","start":"2026-02-01 10:30:00","uniqueid":"146.1",)"
                  R"("session":"146-1000"},)"
                  R"("sub_cdr_2":{"src":"1","start":"2026-02-01 10:30:09","uniqueid":"146.9",)"
                  R"("session":"146-1000"}},)"
                  R"({"src":"2","start":"2026-02-01 10:31:00","uniqueid":"147.1",)"
                  R"("session":"147-1000"}]})");
    REQUIRE(read.rows.size() == 4);
    for (std::size_t i = 0; i < 3; ++i)
        CHECK(read.rows[i].call_id == "146.1");
    CHECK(read.rows[0].key == "146-1000");
    CHECK(read.rows[2].leg_id == "146.9");
    CHECK(read.rows[3].call_id == "147.1");
    for (const cdr_row& row : read.rows)
        CHECK(std::count(row.further.begin(), row.further.end(),
                         std::pair<std::string, std::string>(
                             "session", row.call_id == "147.1" ? "147-1000" : "146-1000")) == 1);
}

TEST_CASE("a call of a UCM has one name though its records come apart or without the call's own",
          "[cdr]") {
    cdr_decoder_settings settings;
    settings.calls_by_channel = true;
    SECTION("a row each, the newest first") {
        settings.format = cdr_format::ucm_csv;
        const auto read = decode(settings,
                                 "AcctId,src,start,uniqueid,session\n"
                                 "4,1,2026-02-01 10:30:09,1769941809.10,146-1000\n"
                                 "3,2,2026-02-01 10:30:05,1769941805.8,147-1000\n"
                                 "2,1,2026-02-01 10:30:00,1769941800.10,146-1000\n"
                                 "1,1,2026-02-01 10:30:00,1769941800.9,146-1000\n");
        REQUIRE(read.rows.size() == 4);
        for (const std::size_t i : {0u, 2u, 3u})
            CHECK(read.rows[i].call_id == "1769941800.9");
        CHECK(read.rows[1].call_id == "1769941805.8");
        CHECK(read.rows[0].leg_id == "1769941809.10");
    }
    SECTION("legs whose call's record cannot be read") {
        const auto read =
            decode(settings, R"({"cdr":"146-1000","main_cdr":{"src":"1","start":"never"},)"
                             R"("sub_cdr_1":{"src":"1","start":"2026-02-01 10:30:00",)"
                             R"("uniqueid":"1769941800.9"},)"
                             R"("sub_cdr_2":{"src":"1","start":"2026-02-01 10:30:09",)"
                             R"("uniqueid":"1769941809.10"}})");
        REQUIRE(read.rows.size() == 2);
        CHECK(read.rows[0].call_id == "1769941800.9");
        CHECK(read.rows[1].call_id == "1769941800.9");
    }
}

TEST_CASE("text of another character set is read, and never lost", "[cdr]") {
    cdr_decoder_settings settings;
    settings.charset = charset::gbk;
    const std::string body =
        "{\"cdr_root\":[{\"src\":\"1\",\"caller_name\":\"\xB2\xE2\xCA\xD4\","
        "\"start\":\"2021-05-07 01:05:02\"}]}";
    const auto read = decode(settings, body);
    REQUIRE(read.rows.size() == 1);
    CHECK(read.rows[0].calling.name == "测试");
}

TEST_CASE("a custom CSV is read by the columns that its operator names", "[cdr]") {
    cdr_decoder_settings settings;
    settings.format = cdr_format::asterisk_csv;
    settings.columns = {"clid",        "src",      "dst",          "dcontext",    "channel",
                        "dstchannel",  "lastapp",  "lastdata",     "start",       "answer",
                        "end",         "duration", "billsec",      "disposition", "amaflags",
                        "accountcode", "uniqueid", "linkedid",     "sequence",    "userfield",
                        "direction",   "did",      "recordingfile"};
    const std::string custom =
        R"("""Alice Reception"" <101>","101","102","from-internal","PJSIP/101-00000000",)"
        R"("PJSIP/102-00000001","Dial","PJSIP/102,12,tTkKxXhH","1795230656.474930",)"
        R"("1795230658.530834","1795230664.533331","8.058401","6.002497","ANSWERED",)"
        R"("DOCUMENTATION","","1795230656.0","1795230656.0",0,"kvch@ua","internal","","x.wav")"
        "\n";
    const std::string master =
        R"("","101","102","from-internal","""Alice Reception"" <101>","PJSIP/101-00000000",)"
        R"("PJSIP/102-00000001","Dial","PJSIP/102,12,tTkKxXhH","2026-11-21 03:10:56",)"
        R"("2026-11-21 03:10:58","2026-11-21 03:11:04",8,6,"ANSWERED","DOCUMENTATION",)"
        R"("1795230656.0","kvch@ua","","1795230656.0",0)"
        "\n";
    const auto read = decode(settings, custom);
    const auto plain = decode(cdr_format::asterisk_csv, master);
    REQUIRE(read.rows.size() == 1);
    REQUIRE(plain.rows.size() == 1);
    CHECK(read.rows[0].key == plain.rows[0].key);
    CHECK(read.rows[0].recordings == std::vector<std::string>{"x.wav"});
    CHECK(read.rows[0].direction == direction::internal);
    CHECK(read.rows[0].started_at == timestamp(1'795'230'656'474'930us));
    CHECK(plain.rows[0].calling.name == "Alice Reception");
    CHECK(plain.rows[0].cdr_id == "0");
}
