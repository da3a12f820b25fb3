#include "sinks/event_frames.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/event_type.h"
#include "sinks/live_json.h"

namespace callstream::sinks {

namespace {

void append_number(std::string& out, std::uint64_t number) {
    std::array<char, 20> digits;
    out.append(digits.data(),
               std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

void begin_document(live_json& out, stream_place place) {
    out.begin_object();
    out.text("at", format_place(place));
    std::array<char, rfc3339_size> time{};
    format_rfc3339(now(), time);
    out.text("time", {time.data(), time.size()});
}

// Those of callstream itself belong to every PBX.
bool is_of(live_kind kind, std::string_view key, std::span<const std::string> pbxes) noexcept {
    const std::string_view owner = pbx_of(kind, key);
    return pbxes.empty() || owner.empty() ||
           std::find(pbxes.begin(), pbxes.end(), owner) != pbxes.end();
}

}  // namespace

std::string format_place(stream_place place) {
    std::string out;
    append_number(out, place.position);
    out += '-';
    append_number(out, place.sequence);
    return out;
}

std::optional<stream_place> parse_place(std::string_view text) noexcept {
    if (text == "0") return stream_place{};
    stream_place place;
    const char* const end = text.data() + text.size();
    const auto first = std::from_chars(text.data(), end, place.position);
    if (first.ec != std::errc() || first.ptr == end || *first.ptr != '-') return std::nullopt;
    const auto second = std::from_chars(first.ptr + 1, end, place.sequence);
    if (second.ec != std::errc() || second.ptr != end) return std::nullopt;
    return place;
}

void append_event_frame(std::string& out, const record& event) {
    out += "id: ";
    append_number(out, event.position_next);
    out += '-';
    append_number(out, event.sequence);
    out.append("\nevent: ").append(info_of(event.type).name).append("\ndata: ");
    out.append(event.payload).append("\n\n");
}

void append_frame(std::string& out, std::string_view id, std::string_view type,
                  std::string_view data) {
    if (!id.empty()) out.append("id: ").append(id).append(1, '\n');
    out.append("event: ").append(type).append("\ndata: ").append(data).append("\n\n");
}

std::string state_document(const live_state& state, stream_place place,
                           std::span<const std::string> pbxes) {
    live_json out;
    begin_document(out, place);
    for (std::size_t i = 0; i < live_kind_names.size(); ++i) {
        const auto kind = static_cast<live_kind>(i);
        out.name(name_of(kind));
        out.begin_array();
        for (const auto& [key, value] : state.of(kind)) {
            if (!is_of(kind, key, pbxes)) continue;
            live_json entry;
            entry.begin_object();
            entry.text("key", key);
            entry.raw(std::string_view(value).substr(1));  // which ends the object
            out.raw(entry.take());
        }
        out.end_array();
    }
    out.end_object();
    return out.take();
}

std::string change_document(std::span<const live_change> changes, stream_place place,
                            std::span<const std::string> pbxes) {
    live_json out;
    begin_document(out, place);
    out.name("changes");
    out.begin_array();
    bool any = false;
    for (const live_change& change : changes) {
        if (!is_of(change.kind, change.key, pbxes)) continue;
        any = true;
        out.begin_object();
        out.text("kind", name_of(change.kind));
        out.text("key", change.key);
        out.raw("value", change.value.empty() ? "null" : change.value);
        out.end_object();
    }
    out.end_array();
    out.end_object();
    return any ? out.take() : std::string();
}

}  // namespace callstream::sinks
