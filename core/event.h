// The typed event: what a parser hands to a publisher.
//
// Lifetime: views everywhere; an event is valid until the publish() it is given to returns.
// Threads:  the home loop.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
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
                 system_data, source_data, vendor_data, call_music_data, originate_data,
                 mailbox_data, user_event_data>;

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

constexpr std::size_t index_of_call_data(event_type type) noexcept {
    using enum event_type;
    switch (type) {
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
        case call_music_started:
        case call_music_stopped:
            return index_in_data<call_music_data>;
        default:
            return index_in_data<call_event_data>;
    }
}

constexpr std::size_t index_of_data(event_type type) noexcept {
    const std::string_view family = info_of(type).family();
    if (family == "call") return index_of_call_data(type);
    if (family == "leg") return index_in_data<leg_event_data>;
    if (family == "queue") return index_in_data<queue_data>;
    if (family == "agent") return index_in_data<agent_data>;
    if (family == "conference") return index_in_data<conference_data>;
    if (family == "cdr") return index_in_data<cdr_data>;
    if (family == "recording") return index_in_data<recording_data>;
    if (family == "device") return index_in_data<device_data>;
    if (family == "trunk") return index_in_data<trunk_data>;
    if (family == "prompt" || family == "survey") return index_in_data<prompt_data>;
    if (family == "config" || family == "system") return index_in_data<system_data>;
    if (family == "source") return index_in_data<source_data>;
    if (family == "originate") return index_in_data<originate_data>;
    if (family == "mailbox") return index_in_data<mailbox_data>;
    if (family == "user") return index_in_data<user_event_data>;
    return index_in_data<vendor_data>;
}

inline constexpr auto data_indexes = [] {
    std::array<std::uint8_t, event_types.size()> indexes{};
    for (const event_type_info& info : event_types)
        indexes[static_cast<std::size_t>(info.type)] =
            static_cast<std::uint8_t>(index_of_data(info.type));
    return indexes;
}();

}  // namespace detail

// Which struct the data of a type is: an event whose variant holds another is our own mistake.
constexpr std::size_t data_index_of(event_type type) noexcept {
    return detail::data_indexes[static_cast<std::size_t>(type)];
}

}  // namespace callstream
