#include "parsers/call_outcome.h"

#include <charconv>
#include <compare>

namespace callstream::parsers {
namespace {

// ITU-T Q.850, and Asterisk's own 0 (unknown) and 127 (interworking: a SIP caller's CANCEL).
enum class q850 : std::int64_t {
    unknown = 0,
    normal = 16,
    busy = 17,
    no_response = 18,
    no_answer = 19,
    rejected = 21,
    answered_elsewhere = 26,
    normal_unspecified = 31,
    no_circuit = 34,
    network_out_of_order = 38,
    temporary_failure = 41,
    switch_congestion = 42,
    channel_unavailable = 44,
    resource_unavailable = 47,
    interworking = 127,
};

disposition outcome_of_dialling(dial_result result) noexcept {
    switch (result) {
        case dial_result::none:
        case dial_result::answered:
        case dial_result::no_answer:
            return disposition::no_answer;
        case dial_result::busy:
            return disposition::busy;
        case dial_result::congestion:
            return disposition::congestion;
        case dial_result::unavailable:
            return disposition::failed;
        case dial_result::canceled:
            return disposition::canceled;
    }
    return disposition::no_answer;
}

disposition outcome_of_cause(std::int64_t cause, dial_result dialled) noexcept {
    switch (static_cast<q850>(cause)) {
        case q850::busy:
            return disposition::busy;
        case q850::no_response:
        case q850::no_answer:
            return disposition::no_answer;
        case q850::no_circuit:
        case q850::network_out_of_order:
        case q850::temporary_failure:
        case q850::switch_congestion:
        case q850::channel_unavailable:
        case q850::resource_unavailable:
            return disposition::congestion;
        case q850::interworking:
        case q850::answered_elsewhere:
            return disposition::canceled;
        // A phone's decline; Asterisk 1.x calls it busy, if it says anything.
        case q850::rejected:
            return dialled == dial_result::busy ? disposition::busy : disposition::failed;
        case q850::unknown:
        case q850::normal:
        case q850::normal_unspecified:
            return outcome_of_dialling(dialled);
    }
    return disposition::failed;
}

struct id_age {
    long second = 0;
    long counter = 0;
    auto operator<=>(const id_age&) const = default;
};

id_age age_of(text id) noexcept {
    const std::size_t name_end = id.rfind('-');
    if (name_end != text::npos) id.remove_prefix(name_end + 1);
    id_age age;
    const char* const end = id.data() + id.size();
    const auto second = std::from_chars(id.data(), end, age.second);
    if (second.ptr != end && *second.ptr == '.') std::from_chars(second.ptr + 1, end, age.counter);
    return age;
}

}  // namespace

disposition disposition_of(const call_record& call) noexcept {
    if (call.to_voicemail && !call.connected_at) return disposition::voicemail;
    if (call.is_answered) {
        if (!call.was_queued || call.connected_at) return disposition::answered;
        return call.was_abandoned ? disposition::canceled : disposition::no_answer;
    }
    return outcome_of_cause(call.cause.value_or(0), call.dialled);
}

dial_result dial_result_named(text status) noexcept {
    if (status == "ANSWER") return dial_result::answered;
    if (status == "BUSY") return dial_result::busy;
    if (status == "CONGESTION") return dial_result::congestion;
    if (status == "CHANUNAVAIL") return dial_result::unavailable;
    if (status == "CANCEL" || status == "ABORT") return dial_result::canceled;
    return dial_result::no_answer;
}

dial_result dial_result_of_cause(std::int64_t cause) noexcept {
    if (cause == static_cast<std::int64_t>(q850::rejected)) return dial_result::busy;
    switch (outcome_of_cause(cause, dial_result::no_answer)) {
        case disposition::busy:
            return dial_result::busy;
        case disposition::congestion:
            return dial_result::congestion;
        case disposition::failed:
            return dial_result::unavailable;
        default:
            return dial_result::no_answer;
    }
}

bool is_failure(disposition outcome) noexcept {
    return outcome == disposition::busy || outcome == disposition::congestion ||
           outcome == disposition::failed || outcome == disposition::no_answer;
}

bool is_older_id(text a, text b) noexcept {
    return age_of(a) < age_of(b);
}

}  // namespace callstream::parsers
