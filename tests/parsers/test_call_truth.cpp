// The events of every recorded Asterisk 23 run against what its CDRs, CEL, queue log and the
// phones themselves say.
#include <algorithm>

#include <catch2/catch.hpp>

#include "tests/support/call_story.h"
#include "tests/support/replayed_capture.h"
#include "tests/support/truth.h"

namespace {

using namespace callstream;
using namespace callstream::test;

// The bytes of an event are read a little after it happened; Asterisk writes CEL a little later.
constexpr duration tolerance = std::chrono::milliseconds(50);

bool is_near(const std::optional<timestamp>& ours, const std::optional<timestamp>& theirs) {
    return test::is_near(ours, theirs, tolerance);
}

bool has(const std::vector<std::string>& marks, std::string_view mark) {
    return std::find(marks.begin(), marks.end(), mark) != marks.end();
}

// A CDR does not know why nobody answered, nor that a queue's hold music is not an answer.
std::string disposition_expected(const true_call& call) {
    // No application ever handled this call, so its CDR has no outcome; its cause is 1.
    if (call.label == "c2.11 inbound unknown DID") return "FAILED";
    if (has(call.queue_marks, "ENTERQUEUE") && !call.reached_a_party) return "NO ANSWER";
    return call.disposition;
}

// The dialplan's own word for it; to us a call from trunk to trunk is neither in nor out.
std::string direction_expected(const true_call& call) {
    return call.label == "r.5 inbound forwarded outside (tandem)" ? "external" : call.direction;
}

// No CDR says that a member of a conference who joined last talked to the others; CEL does.
bool reached_expected(const true_call& call) {
    return call.reached_a_party ||
           std::any_of(call.conversations.begin(), call.conversations.end(), [](const auto& with) {
               return with.peer.find("PJSIP/") != std::string::npos;
           });
}

// The client had switched events off when this call was made.
bool was_unseen(const true_call& call) {
    return call.uniqueid == "1795231613.642";
}

// An Originate to a Local channel: the truth follows that channel's half, which is nobody's leg and
// steps aside when the two phones are connected; the call goes on.
bool began_on_local(const true_call& call) {
    return call.channel.rfind("Local/", 0) == 0;
}

// Our client was gone, or Asterisk was killed: nobody saw these end.
bool is_cut_off(const std::string& capture) {
    return capture == "o2_client_cut" || capture == "o4_crash";
}

void check_beginning(const told_call& ours, const true_call& call) {
    CHECK(is_near(ours.leg_created->time, call.start));
    CHECK((ours.leg_answered != nullptr) == call.answer.has_value());
    if (ours.leg_answered != nullptr) CHECK(is_near(ours.leg_answered->time, call.answer));
    const call_data& first = *call_data_of(*ours.initiated);
    CHECK(std::string(first.calling.number) == call.caller_number);
    CHECK(std::string(first.calling.name) == call.caller_name);
    // Where the PBX calls, nobody has dialled: s is its dialplan's word for that.
    CHECK(std::string(first.called.number) == (call.dialled == "s" ? "" : call.dialled));
}

void check_end(const told_call& ours, const true_call& call) {
    const call_data& last = *call_data_of(*ours.ended);
    CHECK(is_near(last.started_at, call.start));
    CHECK(is_near(last.answered_at, call.answer));
    CHECK(is_near(last.ended_at, call.end));
    CHECK(last.connected_at.has_value() == reached_expected(call));
    CHECK(as_cdr(last.disposition) == disposition_expected(call));
    if (!call.direction.empty()) CHECK(name_of(last.direction) == direction_expected(call));
    REQUIRE(last.cause);
    CHECK(last.cause->q850 == call.cause);
}

}  // namespace

TEST_CASE("calls begin, are answered and end when the PBX's own records say so", "[truth]") {
    const std::string name =
        GENERATE(from_range(captures_of_asterisk_23()), std::string("m_mixed"));
    const replayed_capture replayed(name);
    const truth expected = load_truth_of(name);
    call_story told(replayed.events);
    const timestamp begin = replayed.recorded.segments.front().arrived;
    for (const true_call& call : expected.calls) {
        if (call.uniqueid.empty()) continue;  // refused before it had a channel
        INFO(name << ": " << call.label << " " << call.uniqueid);
        if (*call.start < begin || was_unseen(call)) continue;  // we did not listen yet
        const told_call& ours = told.of(call.uniqueid);
        REQUIRE(ours.initiated != nullptr);
        if (began_on_local(call)) continue;
        REQUIRE(ours.leg_created != nullptr);
        check_beginning(ours, call);
        if (is_cut_off(name)) continue;
        REQUIRE(ours.leg_ended != nullptr);
        CHECK(is_near(ours.leg_ended->time, call.end));
        REQUIRE((ours.ended != nullptr) != (ours.merged != nullptr));
        if (ours.ended != nullptr) check_end(ours, call);
    }
}

TEST_CASE("a call begun on a Local channel belongs to the phones behind it", "[truth]") {
    const replayed_capture replayed("k_originate");
    call_story told(replayed.events);
    const told_call& ours = told.of("1795231207.215");
    REQUIRE(ours.ended != nullptr);
    const call_data& call = *call_data_of(*ours.ended);
    CHECK(call.calling.device == "PJSIP/101");
    CHECK(call.called.number == "102");
    CHECK(call.answering.device == "PJSIP/102");
    CHECK(call.direction == direction::internal);
    CHECK(call.disposition == disposition::answered);
    CHECK(*call.ended_at - *call.connected_at > std::chrono::seconds(3));
    CHECK(*call.ended_at - *call.connected_at < std::chrono::seconds(5));
}

TEST_CASE("a hold is told when a party holds, and only then", "[truth]") {
    // The phones' own holds; two of them were the PBX's, for a transfer by DTMF.
    const auto [name, held] = GENERATE(table<std::string, std::size_t>({{"d_queue_answered", 1},
                                                                        {"f_blind_transfer", 1},
                                                                        {"g_attended_transfer", 3},
                                                                        {"a_internal_answered", 0},
                                                                        {"j_parking", 0}}));
    INFO(name);
    CHECK(replayed_capture(name).events.count_of(event_type::call_held) == held);
}
