#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "core/event_writer.h"
#include "core/limits.h"
#include "core/record.h"
#include "parsers/yeastar_cdr.h"
#include "parsers/yeastar_translator.h"
#include "tests/parsers/event_words.h"
#include "tests/support/paths.h"

using namespace callstream;
using namespace callstream::parsers;
using namespace callstream::test;

namespace {

constexpr timestamp arrival{std::chrono::seconds(1'600'000'000)};

struct translating {
    event_words words;
    yeastar_translator translator{{"yeastar", "Asia/Shanghai"}, words};
    std::string room;

    report_verdict decode(const std::string& body, report_coming coming = report_coming::first) {
        room = body;
        room.reserve(body.size() + limits::slab_spare_size);
        return translator.decode(room, arrival, coming);
    }
    std::string take() { return std::exchange(words.text, {}); }
};

std::string file_text(const std::string& name) {
    std::ifstream file(data_folder() / "yeastar" / name);
    std::stringstream whole;
    whole << file.rdbuf();
    return whole.str();
}

std::string events_of(const std::string& name) {
    translating here;
    std::istringstream lines(file_text(name + ".in"));
    std::string line;
    std::string all;
    while (std::getline(lines, line)) {
        const report_verdict verdict = here.decode(line);
        INFO(line);
        CHECK(verdict.problem == "");
        all += line + '\n' + here.take();
    }
    return all;
}

// What the journal would keep.
class stored_events final : public event_output {
public:
    void publish(const event& published) override {
        std::vector<char> room(limits::record_size_max);
        const auto written = writer_.write(published, {"pbx", 1, 0, published.time}, room);
        record& added = records_.emplace_back();
        added.type = published.type;
        added.time = added.recorded_time = published.time;
        added.pbx = "pbx";
        added.attributes = written->attributes;
        payloads_.emplace_back(room.data(), written->size);
    }
    void restore_to(yeastar_translator& translator) { restore_to(translator, records_.size()); }
    // The first ones, as if a kill had cut off the others.
    void restore_to(yeastar_translator& translator, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            records_[i].payload = payloads_[i];
            translator.restore(records_[i]);
        }
    }

    std::size_t count() const { return records_.size(); }
    std::vector<event_type> types_from(std::size_t first) const {
        std::vector<event_type> types;
        for (std::size_t i = first; i < records_.size(); ++i)
            types.push_back(records_[i].type);
        return types;
    }

private:
    event_writer writer_;
    std::vector<record> records_;
    std::vector<std::string> payloads_;
};

struct bad_report {
    std::string body;
    const char* problem;
    std::size_t offset;
};

}  // namespace

TEST_CASE("every published sample becomes the events that it means", "[yeastar]") {
    const std::string name = GENERATE("seed", "shapes");
    const std::string events = events_of(name);
    if (const char* const to = std::getenv("CALLSTREAM_WRITE_EXPECTED"))
        std::ofstream(std::string(to) + '/' + name + ".events") << events;
    CHECK(events == file_text(name + ".events"));
}

TEST_CASE("a PBX's texts are read in its character set, and guessed without one", "[yeastar]") {
    struct writing {
        charset from;
        const char* trunk;
        const char* read;
    };
    const auto one = GENERATE(writing{charset::gbk, "\xD5\xC5", "\u5F20"},
                              writing{charset::cp1251, "\xC4\xE0", "\u0414\u0430"},
                              writing{charset::guessed, "\xFC", "\u00FC"},
                              writing{charset::guessed, "\u5F20", "\u5F20"});
    event_words words;
    yeastar_translator translator({"yeastar", "UTC", one.from}, words);
    std::string body = R"({"action":"TrunkStatus","status":"Idle","trunkname":")";
    body.append(one.trunk).append("\"}");
    body.reserve(body.size() + limits::slab_spare_size);
    CHECK(translator.decode(body, arrival, report_coming::first).accepted());
    INFO(words.text);
    CHECK(words.text.find(one.read) != std::string::npos);
}

TEST_CASE("what is no report is refused with the byte where that shows", "[yeastar]") {
    const std::string deep =
        std::string(R"({"action":"RING","a":)") + std::string(40, '[') + std::string(40, ']') + '}';
    const bad_report bad = GENERATE_COPY(values<bad_report>({
        {"", "the report is empty", 0},
        {"   ", "the report is empty", 0},
        {"RING", "no JSON object", 0},
        {R"("RING")", "no JSON object", 0},
        {R"([{"action":"RING"}])", "no JSON object", 0},
        {R"({"action":"RING")", "not valid JSON", 16},
        {R"({"action":"RING"}})", "something stands behind", 17},
        {R"({"action":"RING"} {"action":"RING"})", "something stands behind", 18},
        {R"({"action":"RING","callid":})", "not valid JSON", 26},
        {R"({"action":"RING","callid":1.2.3})", "not valid JSON", 26},
        {R"({"action":"RING","callid":tru})", "not valid JSON", 26},
        {R"({"action":"RING","callid":"1)", "not valid JSON", 28},
        {R"({"callid":"1"})", "names no action", 0},
        {deep, "nested too deeply", 22},
    }));
    INFO(bad.body);
    translating here;
    const report_verdict verdict = here.decode(bad.body);
    CHECK(std::string(verdict.problem).find(bad.problem) != std::string::npos);
    CHECK(verdict.offset == bad.offset);
    CHECK(here.take() == "");
    CHECK(here.translator.counters().rejected == 1);
    CHECK(here.decode(R"({"action":"BootUp"})").accepted());
}

TEST_CASE("a report that tells nothing new is passed on as it is", "[yeastar]") {
    translating here;
    const std::string ring = R"({"action":"RING","callid":"1","ext":{"extid":"10"}})";
    here.decode(ring);
    CHECK(here.take().find("call.ringing") != std::string::npos);
    here.decode(ring);
    CHECK(here.take().starts_with("  vendor.event"));
}

TEST_CASE("a report that comes again tells what is missing and nothing twice", "[yeastar]") {
    translating here;
    const std::string ring = R"({"action":"RING","callid":"1","ext":{"extid":"10"}})";
    const std::string digit = R"({"action":"DTMF","callid":"1","info":"5"})";
    const std::string record =
        R"({"action":"NewCdr","callid":"1","status":"BUSY","recording":"a.wav"})";
    here.decode(ring);
    here.decode(digit);
    here.decode(record);
    here.take();
    for (const std::string& body : {ring, digit, record}) {
        CHECK(here.decode(body, report_coming::again).accepted());
        CHECK(here.take() == "");
    }
    CHECK(here.decode(ring, report_coming::perhaps_again).accepted());
    CHECK(here.take() == "");
    CHECK(here.decode(digit, report_coming::perhaps_again).accepted());
    CHECK(here.take() != "");  // it can be pressed twice
    here.decode(record);
    CHECK(here.take() == "");
}

TEST_CASE("a report whose events a kill cut off is completed when it comes again", "[yeastar]") {
    const std::vector<std::string> reports{
        R"({"action":"RING","callid":"1","ext":{"extid":"10"},"ext":{"extid":"11"}})",
        R"({"action":"ANSWER","callid":"1","ext":{"extid":"10"},"ext":{"extid":"11"}})",
        R"({"action":"BYE","callid":"1","ext":{"extid":"11"},"ext":{"extid":"10"}})",
        R"({"action":"NewCdr","callid":"1","status":"ANSWERED","callduraction":"3",)"
        R"("talkduraction":"2","recording":"a.wav"})",
    };
    stored_events all;
    yeastar_translator whole({"yeastar", "UTC"}, all);
    for (std::string report : reports) {
        const std::size_t begin = all.count();
        report.reserve(report.size() + limits::slab_spare_size);
        whole.decode(report, arrival, report_coming::first);
        for (std::size_t cut = begin + 1; cut < all.count(); ++cut) {
            stored_events rest;
            yeastar_translator restarted({"yeastar", "UTC"}, rest);
            all.restore_to(restarted, cut);
            restarted.decode(report, arrival, report_coming::again);
            INFO(report << " after " << cut << " events");
            CHECK(rest.types_from(0) == all.types_from(cut));
        }
    }
    CHECK(all.count() == 12);
}

TEST_CASE("after a restart calls go on where their events left them", "[yeastar]") {
    const std::string ring =
        R"({"action":"RING","callid":"1","ext":{"extid":"10"},"ext":{"extid":"11"}})";
    const std::string answer =
        R"({"action":"ANSWER","callid":"1","ext":{"extid":"10"},"ext":{"extid":"11"}})";
    const std::string bye = R"({"action":"BYE","callid":"1","ext":{"extid":"10"}})";
    const std::string record =
        R"({"action":"NewCdr","callid":"2","status":"BUSY","recording":"a.wav"})";
    stored_events stored;
    yeastar_translator before({"yeastar", "Asia/Shanghai"}, stored);
    for (std::string body : {ring, answer, record}) {
        body.reserve(body.size() + limits::slab_spare_size);
        before.decode(body, arrival, report_coming::first);
    }
    translating here;
    stored.restore_to(here.translator);
    CHECK(here.take() == "");
    for (const std::string& body : {ring, answer, record}) {
        CHECK(here.decode(body, report_coming::again).accepted());
        CHECK(here.take() == "");
    }
    CHECK(here.decode(ring, report_coming::perhaps_again).accepted());
    CHECK(here.take() == "");
    here.decode(bye);
    const std::string left = here.take();
    CHECK(left.starts_with("  leg.ended 1 "));
    CHECK(left.find(R"("answering":{"number":"10"})") != std::string::npos);
    CHECK(left.find("call.initiated") == std::string::npos);
}

TEST_CASE("calls end without their record when they were abandoned, failed or silent",
          "[yeastar]") {
    using std::chrono::hours;
    using std::chrono::minutes;
    translating here;
    here.decode(R"({"action":"RING","callid":"1","ext":{"extid":"10"}})");
    here.decode(R"({"action":"RING","callid":"2","ext":{"extid":"11"}})");
    here.decode(R"({"action":"BYE","callid":"2","ext":{"extid":"11"}})");
    here.decode(R"({"action":"CallFailed","callid":"3","reason":"DND"})");
    here.take();
    here.translator.tick(arrival + minutes(1));
    CHECK(here.take() == "");
    here.translator.tick(arrival + minutes(3));
    const std::string ended = here.take();
    CHECK(ended.find("call.ended 2 ") != std::string::npos);
    CHECK(ended.find("call.ended 3 ") != std::string::npos);
    CHECK(ended.find("call.ended 1 ") == std::string::npos);
    here.translator.tick(arrival + hours(25));
    CHECK(here.take().find("call.ended 1 ") != std::string::npos);
}

TEST_CASE("a member that left may come back, and a call of others goes on", "[yeastar]") {
    translating here;
    const std::string bye = R"({"action":"BYE","callid":"1","ext":{"extid":"10"}})";
    const std::string ring = R"({"action":"RING","callid":"1","ext":{"extid":"10"}})";
    here.decode(ring);
    here.decode(bye);
    here.take();
    here.decode(ring, report_coming::again);  // an old report, repeated
    CHECK(here.take() == "");
    here.decode(ring);
    const std::string back = here.take();
    CHECK(back.find("leg.created 1 ") != std::string::npos);
    CHECK(back.find("leg.ringing 1 ") != std::string::npos);
    here.decode(bye);
    here.decode(R"({"action":"RING","callid":"1","ext":{"extid":"11"}})");
    here.take();
    here.translator.tick(arrival + std::chrono::minutes(5));
    CHECK(here.take() == "");
}

TEST_CASE("a member's refusal is no failure of a call that another answers", "[yeastar]") {
    translating here;
    here.decode(R"({"action":"RING","callid":"1","ext":{"extid":"10"}})");
    here.decode(R"({"action":"CallFailed","callid":"1","reason":"DND"})");
    CHECK(here.take().find("call.failed 1 ") != std::string::npos);
    here.decode(R"({"action":"ANSWER","callid":"1","ext":{"extid":"11"}})");
    const std::string answered = here.take();
    CHECK(answered.find("call.answered 1 ") != std::string::npos);
    const std::string told =
        answered.substr(std::min(answered.size(), answered.find("call.answered 1 ")));
    CHECK(told.find(R"("state":"connected")") != std::string::npos);
    CHECK(told.find(R"("state":"failed")") == std::string::npos);
    here.decode(R"({"action":"CallFailed","callid":"1","reason":"DND"})");
    CHECK(here.take().starts_with("  vendor.event"));
    here.translator.tick(arrival + std::chrono::minutes(5));
    CHECK(here.take() == "");
}

TEST_CASE("calls and members are bounded", "[yeastar]") {
    translating here;
    std::string members;
    for (int i = 0; i < 40; ++i)
        members += R"(,"ext":{"extid":")" + std::to_string(i) + "\"}";
    CHECK(here.decode(R"({"action":"RING","callid":"1")" + members + '}').accepted());
    here.take();
    here.decode(R"({"action":"ANSWER","callid":"1","ext":{"extid":"39"}})");
    CHECK(here.take().find("call.answered 1 ") != std::string::npos);
    for (int i = 40; i < 300; ++i)
        members += R"(,"ext":{"extid":")" + std::to_string(i) + "\"}";
    CHECK_FALSE(here.decode(R"({"action":"RING","callid":"1")" + members + '}').accepted());
    for (int i = 0; i < 9'000; ++i)
        here.decode(R"({"action":"RING","callid":"c)" + std::to_string(i) +
                    R"(","ext":{"extid":"10"}})");
    const std::string all = here.take();
    CHECK(all.find("call.ended c0 ") != std::string::npos);
    CHECK(all.find("too many calls at once") != std::string::npos);
    here.decode(R"({"action":"NewCdr","callid":"c8000"})");
    here.decode(R"({"action":"RING","callid":"new","ext":{"extid":"10"}})");
    CHECK(here.take().find("too many calls at once") == std::string::npos);
    here.decode(R"({"action":"RING","callid":")" + std::string(200, 'x') +
                R"(","ext":{"extid":"1"}})");
    CHECK(here.take().starts_with("  vendor.event"));
}

TEST_CASE("text that is not UTF-8 is read as ISO 8859-1, escapes as they are meant", "[yeastar]") {
    translating here;
    here.decode("{\"action\":\"TrunkStatus\",\"trunkname\":\"M\xFCnchen\",\"status\":\"Idle\"}");
    CHECK(here.take().find("M\xC3\xBCnchen") != std::string::npos);
    here.decode(
        R"({"action":"TrunkStatus","trunkname":"a\"\\\/\u00fc\ud83d\ude00\ud83d\q","status":"x"})");
    CHECK(here.take().find(R"(a\"\\/)"
                           "\xC3\xBC\xF0\x9F\x98\x80\xEF\xBF\xBDq") != std::string::npos);
}

TEST_CASE("durations are read in all their forms", "[yeastar]") {
    using std::chrono::seconds;
    CHECK(pushed_duration("18") == seconds(18));
    CHECK(pushed_duration("00:10:00") == seconds(600));
    CHECK(pushed_duration("12:10:10 AM") == seconds(610));
    CHECK(pushed_duration("1:00:01 PM") == seconds(3601));
    for (const char* bad :
         {"", " ", "x", "1:2", "1:60:00", "1:00:00:00", "-1", "99999999999", "5 AM"})
        CHECK_FALSE(pushed_duration(bad));
}
