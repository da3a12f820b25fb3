// VoIPmonitor's answers about what goes on: the calls on the wire, its licence, its summary.
//
// It lists calls; what is new in a list, or no longer in it, is a call event of ours: `synthetic`,
// its time that of the list's own columns where they tell, else that of the answer. Calls that a
// run before this one told of are taken from `restore()`, and end if the first list lacks them.
//
// Lifetime: output and store outlive it.
// Threads:  the PBX's home loop.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/event.h"
#include "core/limits.h"
#include "core/state_reader.h"
#include "core/state_store.h"
#include "parsers/family_output.h"
#include "parsers/known_values.h"
#include "parsers/state_document.h"
#include "parsers/zone_clock.h"

namespace callstream::parsers {

struct voipmonitor_state_settings {
    std::string timezone = "UTC";  // of the server, which must be known
    charset from = charset::guessed;
    std::size_t call_count_max = limits::leg_count_max;
    // A call is no longer in the list, which told when it began.
    std::function<void(timestamp began, timestamp ended)> on_ended{};
};

class voipmonitor_calls final : public state_reader {
public:
    // `store` may be null: nothing is kept over a restart.
    voipmonitor_calls(const voipmonitor_state_settings& settings, event_output& output,
                      state_store* store = nullptr);

    // The list of all calls that go on.
    state_reading read(std::string_view body, timestamp at) override;
    // What was stored under that name; false if it is nothing of ours.
    bool restore(std::string_view name, std::string_view value);
    std::size_t call_count() const noexcept { return calls_.size(); }

private:
    struct call {
        std::string number{};
        std::string name{};
        std::string called{};
        std::optional<timestamp> started_at{};
        std::optional<timestamp> answered_at{};
        bool rings = false;
        std::uint64_t list = 0;  // that had it last
    };
    using call_map = std::map<std::string, call, std::less<>>;

    bool take(json_value row, timestamp at);
    json_value column(json_value row, text name) const;
    std::optional<std::size_t> index_of(text name) const;
    void publish(event_type type, const call_map::value_type& of, timestamp at,
                 time_quality quality);
    void list_further(json_value row);
    void end_missing(timestamp at);
    void store(const call_map::value_type& one);

    std::size_t call_count_max_;
    std::function<void(timestamp began, timestamp ended)> on_ended_;
    family_output output_;
    state_store* store_;
    state_document document_;
    zone_clock clock_;
    call_map calls_;  // by their Call-ID
    std::uint64_t list_ = 0;
    std::vector<std::string> columns_;  // of a table; empty: rows name their columns
    std::vector<header> further_;       // of the row at hand
};

enum class voipmonitor_part : std::uint8_t { licence, licence_calls, report };

// system.status of what the web interface says of itself, when it says something else than before.
class voipmonitor_status final : public state_reader {
public:
    voipmonitor_status(voipmonitor_part part, event_output& output, charset from = charset::guessed)
        : part_(part), output_(output, "voipmonitor"), document_(from) {}

    state_reading read(std::string_view body, timestamp at) override;

private:
    void tell(const system_data& told, timestamp at);

    voipmonitor_part part_;
    family_output output_;
    state_document document_;
    known_values known_{1};
    std::string joined_;
};

}  // namespace callstream::parsers
