// The events of the recorded runs on Asterisk 1.8 and 1.4 against what their CDRs, CEL and the
// phones themselves say.
#include <algorithm>

#include <catch2/catch.hpp>

#include "tests/support/call_story.h"
#include "tests/support/replayed_capture.h"
#include "tests/support/truth.h"

namespace {

using namespace callstream;
using namespace callstream::test;

std::vector<std::string> captures_of_asterisk_1() {
    std::vector<std::string> names = capture_names();
    const auto is_other = [](const std::string& name) {
        return name.find(".ast1") == std::string::npos || name[0] == 'n';
    };
    names.erase(std::remove_if(names.begin(), names.end(), is_other), names.end());
    return names;
}

// 1.4 has no CEL: its times are those of its CDRs, in whole seconds.
duration tolerance_of(const std::string& name) {
    return name.find(".ast14") == std::string::npos ? std::chrono::milliseconds(60)
                                                    : std::chrono::milliseconds(1100);
}

bool is_near_in(const std::string& name, const std::optional<timestamp>& ours,
                const std::optional<timestamp>& theirs) {
    return is_near(ours, theirs, tolerance_of(name));
}

bool has_cel(const std::string& name) {
    return name.find(".ast18") != std::string::npos;
}

// Without CEL, a CDR is all that is known of it, and it may be of half a masquerade.
bool is_doubtful(const true_call& call) {
    return call.label.rfind("(CDR of", 0) == 0 || call.channel.rfind("Local/", 0) == 0;
}

// A masquerade ends a CDR of 1.4, and begins another, where nobody hangs up.
bool is_cut_by_masquerade(const std::string& name) {
    return !has_cel(name) && (name[0] == 'f' || name[0] == 'g' || name[0] == 'j');
}

// CDRs of 1.x know no congestion, and of a number that does not exist they say nothing.
std::string disposition_told(const true_call& call, disposition ours) {
    const std::string told = as_cdr(ours);
    if (told == "CONGESTION") return "FAILED";
    const bool is_unknown_number =
        call.label == "c2.11 inbound unknown DID" || call.label == "c2.5 trunk 404";
    return is_unknown_number && told == "FAILED" ? call.disposition : told;
}

// AMI shows that the tone for busy was played, not that it stands for congestion. A CDR does not
// know that a queue's hold music is not an answer.
std::string disposition_expected(const true_call& call) {
    const auto& marks = call.queue_marks;
    const bool was_queued = std::find(marks.begin(), marks.end(), "ENTERQUEUE") != marks.end();
    if (was_queued && !call.reached_a_party) return "NO ANSWER";
    const bool is_tone =
        call.label == "c2.3 congestion" || call.label == "c2.10 inbound congestion";
    return is_tone ? "BUSY" : call.disposition;
}

void check_end(const std::string& name, const call_data& last, const true_call& call) {
    // 1.4 gives no cause when a peer does not answer at all.
    if (has_cel(name) || call.label != "r.10 acme down -> beta")
        CHECK(disposition_told(call, last.disposition) == disposition_expected(call));
    CHECK(last.answered_at.has_value() == call.answer.has_value());
    const bool leaves_message = call.label == "b.3 voicemail";  // with nobody at the other end
    CHECK(last.connected_at.has_value() == (call.reached_a_party && !leaves_message));
    const bool is_tandem = call.label == "r.5 inbound forwarded outside (tandem)";
    if (!call.direction.empty())
        CHECK(name_of(last.direction) == (is_tandem ? "external" : call.direction));
    if (!has_cel(name)) {
        CHECK_FALSE(last.called.number.empty());
        return;
    }
    CHECK(std::string(last.calling.number) == call.caller_number);
    if (call.dialled != "s") CHECK(std::string(last.called.number) == call.dialled);
    CHECK(is_near_in(name, last.answered_at, call.answer));
}

}  // namespace

TEST_CASE("calls of Asterisk 1.8 and 1.4 begin, are answered and end when its records say so",
          "[truth][v1]") {
    const std::string name = GENERATE(from_range(captures_of_asterisk_1()));
    const replayed_capture replayed(name);
    call_story told(replayed.events);
    const timestamp begin = replayed.recorded.segments.front().arrived;
    for (const true_call& call : load_truth_of(name).calls) {
        if (call.uniqueid.empty() || is_doubtful(call) || *call.start < begin) continue;
        if (call.label == "c2.6 invalid ext") continue;  // its truth is another call's
        INFO(name << ": " << call.label << " " << call.uniqueid);
        const told_call& ours = told.of(call.uniqueid);
        REQUIRE(ours.leg_created != nullptr);
        CHECK(is_near_in(name, ours.leg_created->time, call.start));
        CHECK((ours.leg_answered != nullptr) == call.answer.has_value());
        REQUIRE(ours.leg_ended != nullptr);
        if (!is_cut_by_masquerade(name)) CHECK(is_near_in(name, ours.leg_ended->time, call.end));
        REQUIRE(ours.initiated != nullptr);
        REQUIRE((ours.ended != nullptr) != (ours.merged != nullptr));
        if (ours.ended != nullptr) check_end(name, *call_data_of(*ours.ended), call);
    }
}

TEST_CASE("transfers, parking, pick-ups and holds of AMI 1.x are told as often as they happened",
          "[truth][v1]") {
    using enum event_type;
    // As CEL of the 1.8 runs has them; those on 1.4 were driven by the same script.
    const auto [run, type, count] = GENERATE(
        table<std::string, event_type, std::size_t>({{"f_blind_transfer", call_transferred, 4},
                                                     {"g_attended_transfer", call_transferred, 3},
                                                     {"g_attended_transfer", call_held, 2},
                                                     {"j_parking", call_parked, 3},
                                                     {"j_parking", call_unparked, 3},
                                                     {"p_pickup_forward", call_diverted, 2}}));
    const std::string version = GENERATE(".ast18", ".ast14");
    INFO(run << version << ' ' << info_of(type).name);
    CHECK(replayed_capture(run + version).events.count_of(type) == count);
}
