// Every bound of the program in one place. Sizes are bytes, counts are things.
#pragma once

#include <cstddef>
#include <cstdint>

namespace callstream::limits {

// Receiving. A slab holds what one connection read and has not parsed yet.
inline constexpr std::size_t slab_size = 256 * 1024;
inline constexpr std::size_t slab_spare_size = 64;  // simdjson reads this far past its text

// AMI. The largest message seen on a real Asterisk is a 110 kB answer, the largest event 4.8 kB.
inline constexpr std::size_t ami_message_size_max = 128 * 1024;
inline constexpr std::size_t ami_line_size_max = 64 * 1024;
inline constexpr std::size_t ami_header_count_max = 4096;  // seen: 1778 lines of Output

// Journal.
inline constexpr std::size_t record_size_max = 1024 * 1024;
inline constexpr std::size_t segment_size_min = 4 * 1024 * 1024;
inline constexpr std::size_t segment_size_default = 64 * 1024 * 1024;
inline constexpr std::size_t pbx_count_max = 4096;
inline constexpr std::size_t name_size_max = 64;  // of a PBX or a sink
inline constexpr std::size_t position_size_max = 4096;
inline constexpr std::size_t position_name_size_max = 512;  // a PBX's name and an id of its own
inline constexpr std::size_t position_count_max = 16384;
inline constexpr std::size_t partition_key_size_max = 512;

// Configuration.
inline constexpr std::size_t config_size_max = 1024 * 1024;
inline constexpr std::size_t secret_size_max = 64 * 1024;

// Call tracker, for each PBX.
inline constexpr std::size_t call_count_max = 20'000;
inline constexpr std::size_t leg_count_max = 60'000;
inline constexpr std::size_t ended_leg_count_max = 8'192;  // kept for what is said of them later

// What was told of a PBX beside its calls, for each PBX.
inline constexpr std::size_t waiting_caller_count_max = 20'000;
inline constexpr std::size_t queue_member_count_max = 20'000;
inline constexpr std::size_t device_count_max = 50'000;
inline constexpr std::size_t conference_count_max = 4'096;
inline constexpr std::size_t participant_count_max = 20'000;

static_assert(ami_message_size_max + slab_spare_size <= slab_size,
              "a whole message fits into a slab");
static_assert(record_size_max > 6 * ami_message_size_max,
              "a message whose every byte is escaped fits into a record");
static_assert(record_size_max < segment_size_min, "a record fits into a segment");

}  // namespace callstream::limits
