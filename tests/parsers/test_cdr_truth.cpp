// Every CDR of the recorded runs becomes one event, and none is invented.
#include <algorithm>
#include <map>
#include <set>

#include <catch2/catch.hpp>

#include "tests/support/replayed_capture.h"
#include "tests/support/truth.h"

namespace {

using namespace callstream;
using namespace callstream::test;

std::string as_text(disposition value) {
    std::string name(name_of(value));
    std::replace(name.begin(), name.end(), '-', ' ');
    std::transform(name.begin(), name.end(), name.begin(), [](char c) {
        return static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    });
    return name;
}

std::string as_text(const std::optional<timestamp>& time) {
    if (!time || *time == timestamp()) return "-";
    return std::to_string(
        std::chrono::floor<std::chrono::seconds>(*time).time_since_epoch().count());
}

// What a row is told by; Asterisk's own CSV has fractions, the Cdr event whole seconds.
std::string row_of(const cdr_data& cdr) {
    return std::string(cdr.leg_id) + ' ' + std::string(cdr.channel) + ' ' +
           std::string(cdr.destination_channel) + ' ' + std::string(cdr.called.number) + ' ' +
           std::string(cdr.application) + ' ' + as_text(cdr.disposition) + ' ' +
           as_text(cdr.started_at) + ' ' + as_text(cdr.answered_at) + ' ' + as_text(cdr.ended_at);
}

std::string row_of(const true_call& call, const true_cdr& cdr) {
    return call.uniqueid + ' ' + cdr.channel + ' ' + cdr.destination_channel + ' ' +
           cdr.destination + ' ' + cdr.application + ' ' + cdr.disposition + ' ' +
           as_text(cdr.start) + ' ' + as_text(cdr.answer) + ' ' + as_text(cdr.end);
}

// The client of n4_actions had switched off all events for the first, all but calls for the second.
bool was_unseen(const true_call& call) {
    return call.uniqueid == "1795231613.642" || call.uniqueid == "1795231617.646";
}

}  // namespace

TEST_CASE("each CDR of the PBX is told once, with its times and outcome", "[truth]") {
    const std::string name =
        GENERATE(from_range(captures_of_asterisk_23()), std::string("m_mixed"));
    INFO(name);
    const replayed_capture replayed(name);
    const truth expected = load_truth_of(name);
    std::multiset<std::string> told;
    std::set<text> keys;
    for (const event* each : replayed.events.of_type(event_type::cdr_created)) {
        told.insert(row_of(test::data_of<cdr_data>(*each)));
        CHECK(keys.insert(each->natural_key).second);
    }
    // The client of this run was gone before its CDRs were written.
    if (name == "o2_client_cut") {
        CHECK(told.empty());
        return;
    }
    const std::size_t unseen = name == "n4_actions" ? 4 : 0;
    CHECK(told.size() + unseen == expected.cdr_count);
    std::set<std::string> seen;  // two truth calls may be one channel's
    for (const true_call& call : expected.calls)
        for (const true_cdr& cdr : call.cdrs) {
            const std::string row = row_of(call, cdr);
            INFO(row);
            if (!was_unseen(call) && seen.insert(row).second) CHECK(told.count(row) == 1);
        }
}

TEST_CASE("the same CDR has the same key again", "[truth]") {
    const std::string name = GENERATE(from_range(captures_of_asterisk_23()));
    INFO(name);
    const replayed_capture first(name);
    const replayed_capture second(name);
    const auto once = first.events.of_type(event_type::cdr_created);
    const auto again = second.events.of_type(event_type::cdr_created);
    REQUIRE(once.size() == again.size());
    for (std::size_t i = 0; i < once.size(); ++i)
        CHECK(once[i]->natural_key == again[i]->natural_key);
}

TEST_CASE("a CDR that comes after its call still belongs to it", "[truth]") {
    const std::string name = GENERATE(from_range(captures_of_asterisk_23()));
    INFO(name);
    const replayed_capture replayed(name);
    std::map<text, text> call_of_leg;
    for (const event& told : replayed.events.all()) {
        const call_data* call = call_data_of(told);
        if (told.type == event_type::leg_ended) call_of_leg[call->leg_id] = call->call_id;
        if (told.type != event_type::cdr_created) continue;
        const auto& cdr = test::data_of<cdr_data>(told);
        INFO(cdr.leg_id);
        CHECK(told.partition == cdr.call_id);
        const auto ended = call_of_leg.find(cdr.leg_id);
        if (ended != call_of_leg.end()) CHECK(cdr.call_id == ended->second);
    }
}
