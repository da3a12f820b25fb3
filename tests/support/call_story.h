// What our stream tells of each call and leg, to be held against the truth of a capture.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "tests/support/recorded_events.h"

namespace callstream::test {

inline bool is_near(const std::optional<timestamp>& ours, const std::optional<timestamp>& theirs,
                    duration tolerance) {
    if (!ours || !theirs) return ours.has_value() == theirs.has_value();
    return std::chrono::abs(*ours - *theirs) <= tolerance;
}

// Asterisk's CDRs know fewer outcomes.
inline std::string as_cdr(disposition ours) {
    switch (ours) {
        case disposition::answered:
        case disposition::voicemail:
            return "ANSWERED";
        case disposition::busy:
            return "BUSY";
        case disposition::congestion:
            return "CONGESTION";
        case disposition::failed:
            return "FAILED";
        default:
            return "NO ANSWER";
    }
}

// What one truth call corresponds to in our stream: its first leg, and the call that it began.
struct told_call {
    const event* leg_created = nullptr;
    const event* leg_answered = nullptr;
    const event* leg_ended = nullptr;
    const event* initiated = nullptr;
    const event* ended = nullptr;
    const event* merged = nullptr;
};

class call_story {
public:
    explicit call_story(const recorded_events& events) {
        for (const event& told : events.all())
            add(told);
    }
    const told_call& of(const std::string& uniqueid) { return calls_[uniqueid]; }
    std::size_t call_count() const { return initiated_; }

private:
    void add(const event& told) {
        const call_data* data = call_data_of(told);
        if (data == nullptr) return;
        told_call& by_leg = calls_[std::string(data->leg_id)];
        told_call& by_call = calls_[std::string(data->call_id)];
        switch (told.type) {
            case event_type::leg_created:
                by_leg.leg_created = &told;
                break;
            case event_type::leg_answered:
                by_leg.leg_answered = &told;
                break;
            case event_type::leg_ended:
                by_leg.leg_ended = &told;
                break;
            case event_type::call_initiated:
                by_call.initiated = &told;
                ++initiated_;
                break;
            case event_type::call_ended:
                by_call.ended = &told;
                break;
            case event_type::call_merged:
                calls_[std::string(test::data_of<call_merged_data>(told).merged_call_id)].merged =
                    &told;
                break;
            default:
                break;
        }
    }

    std::map<std::string, told_call> calls_;
    std::size_t initiated_ = 0;
};

}  // namespace callstream::test
