// Who talked to whom and when, transfers, parking, pick-ups and recordings of the recorded runs
// against CEL and the files on the PBX's disk.
#include <algorithm>
#include <map>
#include <sstream>

#include <catch2/catch.hpp>

#include "tests/support/replayed_capture.h"
#include "tests/support/truth.h"

namespace {

using namespace callstream;
using namespace callstream::test;

constexpr duration tolerance = std::chrono::milliseconds(50);

struct stay {
    text leg_id;
    text channel;
    text bridge_id;
    timestamp from;
    timestamp to = timestamp::max();
};

std::vector<stay> stays_in_bridges(const recorded_events& events) {
    std::vector<stay> stays;
    std::map<text, std::size_t> open;
    for (const event& told : events.all()) {
        if (told.type != event_type::leg_bridged && told.type != event_type::leg_unbridged)
            continue;
        const auto& leg = test::data_of<leg_event_data>(told);
        if (told.type == event_type::leg_bridged) {
            open[leg.leg_id] = stays.size();
            stays.push_back({leg.leg_id, leg.channel, leg.bridge_id, told.time});
        } else if (const auto at = open.find(leg.leg_id); at != open.end()) {
            stays[at->second].to = told.time;
        }
    }
    return stays;
}

// Local channels and the conference's own are nobody.
bool is_party(const std::string& channel) {
    return channel.rfind("Local/", 0) != 0 && channel.rfind("CB", 0) != 0 && !channel.empty();
}

// CEL says how long a channel stayed in a bridge, and whom it found there.
bool were_together(const std::vector<stay>& stays, const true_call& call,
                   const true_conversation& truly, const std::string& peer) {
    for (const stay& ours : stays) {
        if (ours.leg_id != call.uniqueid || std::chrono::abs(ours.from - truly.from) > tolerance ||
            std::chrono::abs(ours.to - truly.to) > tolerance)
            continue;
        for (const stay& theirs : stays)
            if (theirs.channel == peer && theirs.bridge_id == ours.bridge_id &&
                theirs.from < ours.to && ours.from < theirs.to)
                return true;
    }
    return false;
}

// How often something happened to the call of a leg.
struct marks {
    int blind = 0;
    int attended = 0;
    int parked = 0;
    int unparked = 0;
    int picked_up = 0;
    int forwarded = 0;
    auto operator<=>(const marks&) const = default;
};

std::ostream& operator<<(std::ostream& out, const marks& m) {
    return out << m.blind << " blind, " << m.attended << " attended, " << m.parked << " parked, "
               << m.unparked << " unparked, " << m.picked_up << " picked up, " << m.forwarded
               << " forwarded";
}

marks marks_told(const recorded_events& events) {
    marks told;
    for (const event& each : events.all()) {
        if (const auto* transfer = std::get_if<call_transferred_data>(&each.data))
            ++(transfer->kind == transfer_kind::blind ? told.blind : told.attended);
        if (const auto* diversion = std::get_if<call_diverted_data>(&each.data))
            ++(diversion->kind == diversion_kind::pickup ? told.picked_up : told.forwarded);
        if (each.type == event_type::call_parked) ++told.parked;
        if (each.type == event_type::call_unparked) ++told.unparked;
    }
    return told;
}

// A mark stands with every call that it touched, so calls of one linkedid share theirs.
marks marks_expected(const truth& expected) {
    marks most;
    std::map<std::string, const true_call*> by_linkedid;
    for (const true_call& call : expected.calls)
        by_linkedid.emplace(call.linkedid, &call);
    for (const auto& [linkedid, call] : by_linkedid)
        for (const std::string& mark : call->marks) {
            most.blind += mark == "BLINDTRANSFER";
            most.attended += mark == "ATTENDEDTRANSFER";
            most.parked += mark == "PARK_START";
            most.unparked += mark == "PARK_END";
            most.picked_up += mark == "PICKUP";
            most.forwarded += mark == "FORWARD";
        }
    return most;
}

}  // namespace

TEST_CASE("parties are connected and parted when CEL says so", "[truth]") {
    const std::string name = GENERATE(from_range(captures_of_asterisk_23()));
    const replayed_capture replayed(name);
    const auto stays = stays_in_bridges(replayed.events);
    const timestamp begin = replayed.recorded.segments.front().arrived;
    for (const true_call& call : load_truth_of(name).calls)
        for (const true_conversation& truly : call.conversations) {
            // What was before us, or with events switched off, we cannot tell.
            if (truly.from < begin || call.uniqueid == "1795231613.642" ||
                !is_party(call.channel) || name == "o2_client_cut")
                continue;
            std::istringstream peers(truly.peer);
            for (std::string peer; std::getline(peers, peer, ',');) {
                INFO(name << ": " << call.label << " with " << peer);
                if (is_party(peer)) CHECK(were_together(stays, call, truly, peer));
            }
        }
}

TEST_CASE("transfers, parking, pick-ups and forwards are told as often as they happened",
          "[truth]") {
    const std::string name = GENERATE(from_range(captures_of_asterisk_23()));
    INFO(name);
    const replayed_capture replayed(name);
    if (name == "n4_actions") return;  // most of its calls were up before we listened
    CHECK(marks_told(replayed.events) == marks_expected(load_truth_of(name)));
}

TEST_CASE("a call that was recorded names its file", "[truth]") {
    const std::string name = GENERATE(from_range(captures_of_asterisk_23()));
    const replayed_capture replayed(name);
    std::map<text, text> files;
    for (const event* told : replayed.events.of_type(event_type::recording_available)) {
        const auto& recording = test::data_of<recording_data>(*told);
        files[recording.call_id] = recording.file;
        CHECK(recording.format == "wav");
    }
    for (const event* told : replayed.events.of_type(event_type::call_ended)) {
        const call_data& call = *call_data_of(*told);
        if (files.count(call.call_id) == 1) CHECK(call.recording == files[call.call_id]);
    }
    for (const true_call& call : load_truth_of(name).calls)
        for (const std::string& file : call.recordings) {
            if (*call.start < replayed.recorded.segments.front().arrived) continue;
            INFO(name << ": " << call.label << " " << file);
            REQUIRE(files.count(call.uniqueid) == 1);
            CHECK(files[call.uniqueid].ends_with(file));
        }
}
