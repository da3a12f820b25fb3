// The typed event: what a parser hands to a publisher.
//
// Lifetime: views everywhere; an event is valid until the publish() it is given to returns.
// Threads:  the home loop.
#pragma once

#include <string_view>
#include <type_traits>
#include <variant>

#include "core/call_data.h"
#include "core/event_data.h"
#include "core/event_type.h"
#include "core/fact_data.h"
#include "core/state_data.h"
#include "core/time.h"

namespace callstream {

using event_data =
    std::variant<call_event_data, leg_event_data, call_transferred_data, call_diverted_data,
                 call_parked_data, call_merged_data, call_dtmf_data, queue_data, agent_data,
                 conference_data, cdr_data, recording_data, device_data, trunk_data, prompt_data,
                 system_data, source_data, vendor_data>;

struct event {
    event_type type = event_type::vendor_event;
    timestamp time;
    text subject;      // call, queue, device: what the event is about
    text partition;    // what stays in order: the partition key is the PBX's name, ':' and this
    text natural_key;  // null: the id is made from the journal's epoch and the sequence
    provenance origin;
    event_data data;
};

class event_output {
public:
    virtual void publish(const event& published) = 0;

protected:
    ~event_output() = default;
};

namespace detail {

template <class Data>
constexpr std::size_t index_in_data = event_data(std::in_place_type<Data>).index();

}  // namespace detail

// Which struct the data of a type is: an event whose variant holds another is our own mistake.
constexpr std::size_t data_index_of(event_type type) noexcept {
    using detail::index_in_data;
    using enum event_type;
    switch (type) {
        case call_initiated:
        case call_ringing:
        case call_answered:
        case call_held:
        case call_retrieved:
        case call_failed:
        case call_ended:
            return index_in_data<call_event_data>;
        case call_transferred:
            return index_in_data<call_transferred_data>;
        case call_diverted:
            return index_in_data<call_diverted_data>;
        case call_parked:
        case call_unparked:
            return index_in_data<call_parked_data>;
        case call_merged:
            return index_in_data<call_merged_data>;
        case call_dtmf:
            return index_in_data<call_dtmf_data>;
        case leg_created:
        case leg_ringing:
        case leg_answered:
        case leg_bridged:
        case leg_unbridged:
        case leg_ended:
            return index_in_data<leg_event_data>;
        case queue_caller_joined:
        case queue_caller_left:
        case queue_caller_abandoned:
            return index_in_data<queue_data>;
        case agent_called:
        case agent_connected:
        case agent_completed:
        case agent_ring_no_answer:
        case agent_logged_on:
        case agent_logged_off:
        case agent_ready:
        case agent_not_ready:
        case agent_state_changed:
            return index_in_data<agent_data>;
        case conference_started:
        case conference_ended:
        case conference_joined:
        case conference_left:
        case conference_muted:
        case conference_unmuted:
        case conference_talking:
            return index_in_data<conference_data>;
        case cdr_created:
        case cdr_updated:
            return index_in_data<cdr_data>;
        case recording_started:
        case recording_stopped:
        case recording_available:
            return index_in_data<recording_data>;
        case device_state_changed:
        case device_registration_changed:
            return index_in_data<device_data>;
        case trunk_status_changed:
            return index_in_data<trunk_data>;
        case prompt_ended:
        case survey_completed:
            return index_in_data<prompt_data>;
        case config_changed:
        case system_status:
        case system_reloaded:
            return index_in_data<system_data>;
        case source_connected:
        case source_disconnected:
        case source_gap:
        case source_resynced:
        case source_overload:
            return index_in_data<source_data>;
        case vendor_event:
            return index_in_data<vendor_data>;
    }
    return std::variant_npos;
}

}  // namespace callstream
