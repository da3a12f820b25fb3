// Data of those call.* events that say more than the picture of the call: transfers, diversions,
// parking, merging, digits, music.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>

#include "core/call_picture.h"

namespace callstream {

enum class transfer_kind : std::uint8_t { none, blind, attended };
template <>
inline constexpr std::array<std::string_view, 3> names_of<transfer_kind>{"", "blind", "attended"};

struct call_transferred_data : call_data {
    transfer_kind kind = transfer_kind::none;
    text result;
    party transferrer;
    party transferee;
    party target;
    text target_context;
    text other_call_id;

    template <class = void>
    static constexpr auto fields() {
        using self = call_transferred_data;
        return std::tuple_cat(
            call_data::fields(),
            std::tuple{
                field{"kind", &self::kind, "blind or attended"},
                field{"result", &self::result, "what the PBX said of it, such as Success"},
                field{"transferrer", &self::transferrer, "who passed the call on"},
                field{"transferee", &self::transferee, "who was passed on"},
                field{"target", &self::target, "where to"},
                field{"target_context", &self::target_context, "dialplan context of the target"},
                field{"other_call_id", &self::other_call_id, "the consultation call"}});
    }
};

enum class diversion_kind : std::uint8_t { none, pickup, forward };
template <>
inline constexpr std::array<std::string_view, 3> names_of<diversion_kind>{"", "pickup", "forward"};

struct call_diverted_data : call_data {
    diversion_kind kind = diversion_kind::none;
    party diverting;
    party target;

    template <class = void>
    static constexpr auto fields() {
        using self = call_diverted_data;
        return std::tuple_cat(
            call_data::fields(),
            std::tuple{field{"kind", &self::kind, "picked up or forwarded"},
                       field{"diverting", &self::diverting, "whom the call was meant for"},
                       field{"target", &self::target, "where it went"}});
    }
};

enum class unpark_reason : std::uint8_t { none, retrieved, timeout, gave_up };
template <>
inline constexpr std::array<std::string_view, 4> names_of<unpark_reason>{"", "retrieved", "timeout",
                                                                         "gave-up"};

// call.parked, call.unparked
struct call_parked_data : call_data {
    text lot;
    text space;
    text parker;
    std::optional<duration> timeout_seconds;
    std::optional<duration> parked_seconds;
    unpark_reason reason = unpark_reason::none;
    party retriever;

    template <class = void>
    static constexpr auto fields() {
        using self = call_parked_data;
        return std::tuple_cat(
            call_data::fields(),
            std::tuple{
                field{"lot", &self::lot, "parking lot"},
                field{"space", &self::space, "number to dial to fetch it"},
                field{"parker", &self::parker, "who parked it"},
                field{"timeout_seconds", &self::timeout_seconds, "until it comes back"},
                field{"parked_seconds", &self::parked_seconds, "how long it was parked"},
                field{"reason", &self::reason, "why it left the lot; null while parked, or unseen"},
                field{"retriever", &self::retriever, "who fetched it"}});
    }
};

struct call_merged_data : call_data {
    text merged_call_id;

    template <class = void>
    static constexpr auto fields() {
        using self = call_merged_data;
        return std::tuple_cat(
            call_data::fields(),
            std::tuple{field{"merged_call_id", &self::merged_call_id,
                             "the call that is now part of call_id and sends no more events"}});
    }
};

struct call_dtmf_data : call_data {
    text digit;
    text dtmf_direction;
    std::optional<duration> digit_seconds;

    template <class = void>
    static constexpr auto fields() {
        using self = call_dtmf_data;
        return std::tuple_cat(
            call_data::fields(),
            std::tuple{field{"digit", &self::digit, "the key"},
                       field{"dtmf_direction", &self::dtmf_direction, "received or sent"},
                       field{"digit_seconds", &self::digit_seconds, "how long it was held"}});
    }
};

// call.music_started, call.music_stopped
struct call_music_data : call_data {
    text music_class;

    template <class = void>
    static constexpr auto fields() {
        using self = call_music_data;
        return std::tuple_cat(call_data::fields(),
                              std::tuple{field{"music_class", &self::music_class,
                                               "which music; null when it stops"}});
    }
};

}  // namespace callstream
