// What every event's data has in common: parties, causes, states, and where the fact came from.
//
// Lifetime: all text borrows from the message it was read from or from the tracker's state; it is
//           valid until the publish() call that it is given to returns.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>

#include "core/field.h"
#include "core/time.h"

namespace callstream {

// The names of an enum's values, in order; the first enumerator is always `none`, null in JSON.
template <class Enum>
inline constexpr auto names_of = nullptr;

template <class Enum>
requires(!std::is_null_pointer_v<
         std::remove_cvref_t<decltype(names_of<Enum>)>>) constexpr std::string_view
    name_of(Enum value) noexcept {
    return names_of<Enum>[static_cast<std::size_t>(value)];
}

enum class direction : std::uint8_t { none, inbound, outbound, internal, external, callback };
template <>
inline constexpr std::array<std::string_view, 6> names_of<direction>{
    "", "inbound", "outbound", "internal", "external", "callback"};

enum class disposition : std::uint8_t {
    none,
    answered,
    no_answer,
    busy,
    failed,
    congestion,
    canceled,
    voicemail
};
template <>
inline constexpr std::array<std::string_view, 8> names_of<disposition>{
    "", "answered", "no-answer", "busy", "failed", "congestion", "canceled", "voicemail"};

enum class call_state : std::uint8_t {
    none,
    initiated,
    ringing,
    connected,
    held,
    parked,
    queued,
    conferenced,
    failed,
    ended
};
template <>
inline constexpr std::array<std::string_view, 10> names_of<call_state>{
    "",       "initiated", "ringing",     "connected", "held",
    "parked", "queued",    "conferenced", "failed",    "ended"};

// Who gave the event its time: the PBX (with or without fractions), or our clock at reception.
enum class time_quality : std::uint8_t { none, source, source_seconds, received };
template <>
inline constexpr std::array<std::string_view, 4> names_of<time_quality>{
    "", "source", "source-seconds", "received"};

struct party {
    text number;
    text name;
    text device;

    template <class = void>
    static constexpr auto fields() {
        return std::tuple{field{"number", &party::number, "telephone number, as text"},
                          field{"name", &party::name, "display name"},
                          field{"device", &party::device, "endpoint, such as PJSIP/201"}};
    }
};

struct cause {
    std::optional<std::int64_t> q850;
    text description;

    template <class = void>
    static constexpr auto fields() {
        return std::tuple{field{"q850", &cause::q850, "ITU-T Q.850 cause number"},
                          field{"text", &cause::description, "the cause in words"}};
    }
};

struct vendor {
    text family;
    text event;

    template <class = void>
    static constexpr auto fields() {
        return std::tuple{field{"family", &vendor::family, "PBX family, such as asterisk"},
                          field{"event", &vendor::event, "the PBX's own name of the event"}};
    }
};

// Ends the data of every event.
struct provenance {
    time_quality quality = time_quality::received;
    bool synthetic = false;
    vendor said;

    template <class = void>
    static constexpr auto fields() {
        return std::tuple{
            field{"time_quality", &provenance::quality, "who gave the event its time"},
            field{"synthetic", &provenance::synthetic,
                  "inferred by callstream, not said by the PBX"},
            field{"vendor", &provenance::said, "the PBX's message behind this event"}};
    }
};

}  // namespace callstream
