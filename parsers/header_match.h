// Confirms which headers stand at the begin of lines, where that can be guessed.
//
// The loop is compiled once for each set of instructions, like that of line_scan.h.
//
// Threads: functions without state.
#pragma once

#include <cstddef>
#include <cstdint>

#include "parsers/ami_key_list.h"
#include "parsers/name_entry.h"

namespace callstream::parsers {

// Where a known header stands first; of an earlier message if the generation is not ours.
struct header_slot {
    std::uint16_t generation = 0;
    std::uint16_t header_index = 0;
};

struct header_match {
    const char* bytes;                // of the message; name_padded_size more are readable
    const std::uint32_t* line_feeds;  // of its lines
    const ami_key* guesses;           // none has a name of name_whole_size or more
    const name_entry* entries;        // by key
    const std::uint8_t* sizes;        // by key
    std::uint16_t generation;

    // What is written for each header that is confirmed.
    std::uint32_t* value_begins;  // by index
    header_slot* slots;           // by key
};

// Goes from the header before `count` down to the first, so that of a repeated header the first
// one gets the slot, and stops at one that is not confirmed: returns its index plus one, or 0.
using match_headers_function = std::size_t (*)(const header_match& match,
                                               std::size_t count) noexcept;

}  // namespace callstream::parsers
