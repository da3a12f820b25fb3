// Recorded bytes through a decoder, as fast as it takes them.
//
// Arrival times come from NAME.segments.jsonl beside NAME.ami where there is one: a line for each
// read, {"i":0,"t":<epoch seconds>,"off":<bytes before it>,"len":<bytes>}. A read never spans two
// recorded ones then, so that however else the bytes are cut, each message arrives when it did.
// Without it all bytes arrive at once, at the file's modification time (stdin: now).
//
// Threads: one. Memory is bounded for streams of any size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "core/decoder.h"
#include "core/result.h"

namespace callstream::sources {

enum class replay_cut : std::uint8_t { recorded, bytes, random };

struct replay_settings {
    std::string path = "-";  // "-": stdin
    replay_cut cut = replay_cut::recorded;
    std::size_t cut_size = 1;    // replay_cut::bytes: of each read; random: the largest
    std::uint32_t cut_seed = 1;  // replay_cut::random
};

struct replay_report {
    std::uint64_t bytes = 0;
    std::uint64_t reads = 0;
    bool timed = false;  // a recording of the arrival times was found
};

// `on_batch` is called after each read's messages; false ends the replay. Fails with io, with
// malformed for a bad recording of times, and as decoder::decode() does.
result<replay_report> replay(const replay_settings& settings, decoder& bytes_to_events,
                             const std::function<bool()>& on_batch);

}  // namespace callstream::sources
