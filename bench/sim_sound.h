// Recordings of a played PBX: the same bytes for the same name, alone or several in a tar.
//
// Threads: any.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace callstream::sim {

// 8 kHz, 16 bit, mono: a RIFF file of that many seconds of noise.
std::string make_wave(std::string_view name, std::int64_t seconds);

// One file, not packed.
std::string make_zip(std::string_view name, std::string_view bytes);

void append_tar_entry(std::string& tar, std::string_view name, std::string_view bytes);
void end_tar(std::string& tar);

}  // namespace callstream::sim
