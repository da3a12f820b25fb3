// Frames of server-sent events, and the documents of the live state in them.
//
// An id is the position behind the event and the journal's sequence of it, 123456-789: the second
// proves that the first still means the same.
//
// Threads: any.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/record.h"
#include "sinks/live_entry.h"
#include "sinks/live_state.h"

namespace callstream::sinks {

struct stream_place {
    std::uint64_t position = 0;  // everything below was told
    std::uint64_t sequence = 0;  // of the last event that was told; 0: none

    bool operator==(const stream_place&) const = default;
};

std::string format_place(stream_place place);
// "0" is the beginning.
std::optional<stream_place> parse_place(std::string_view text) noexcept;

void append_event_frame(std::string& out, const record& event);
// `data` is one line.
void append_frame(std::string& out, std::string_view id, std::string_view type,
                  std::string_view data);

// Of these PBXes, or of all if there is none.
std::string state_document(const live_state& state, stream_place place,
                           std::span<const std::string> pbxes);
// Empty if nothing of them has changed.
std::string change_document(std::span<const live_change> changes, stream_place place,
                            std::span<const std::string> pbxes);

}  // namespace callstream::sinks
