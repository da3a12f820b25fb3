#include "core/cursor_file.h"

#include <array>
#include <cstddef>
#include <cstring>
#include <filesystem>

#include <fcntl.h>

#include "core/crc32c.h"

namespace callstream {

namespace {

struct stored_cursor {
    std::array<char, 8> magic{'c', 'a', 'l', 'l', 'c', 'u', 'r', '1'};
    std::uint64_t generation = 0;
    std::uint64_t position = 0;
    std::uint64_t sequence_next = 0;
    std::uint32_t checksum = 0;  // over all in front of it
    std::uint32_t spare = 0;
};
static_assert(sizeof(stored_cursor) == 40);

// A disk writes sectors; each slot has one for itself.
constexpr std::uint64_t slot_distance = 512;

std::uint32_t checksum_of(const stored_cursor& stored) noexcept {
    const auto bytes = std::as_bytes(std::span(&stored, 1));
    return crc32c(bytes.first(offsetof(stored_cursor, checksum)));
}

result<cursor_check> read_slots(const file& source) {
    const auto size = size_of(source);
    if (!size) return tl::unexpected(size.error());
    cursor_check newest;
    if (*size == 0) return newest;
    newest.state = cursor_state::damaged;
    for (std::uint64_t slot = 0; slot < 2; ++slot) {
        stored_cursor stored;
        const auto out = std::as_writable_bytes(std::span(&stored, 1));
        const auto got = read_at(source, out, slot * slot_distance);
        if (!got) return tl::unexpected(got.error());
        if (*got != sizeof(stored) || stored.magic != stored_cursor{}.magic ||
            stored.checksum != checksum_of(stored) || stored.generation < newest.generation)
            continue;
        newest = {cursor_state::valid, {stored.position, stored.sequence_next}, stored.generation};
    }
    return newest;
}

}  // namespace

result<cursor_check> read_cursor(const std::string& path) {
    const auto opened = open_file(path, O_RDONLY);
    if (!opened) return tl::unexpected(opened.error());
    return read_slots(*opened);
}

result<cursor_file> cursor_file::open(const std::string& path) {
    auto opened = open_file(path, O_RDWR | O_CREAT);
    if (!opened) return tl::unexpected(opened.error());
    const auto found = read_slots(*opened);
    if (!found) return tl::unexpected(found.error());
    if (found->state == cursor_state::none) {
        const auto parent = std::filesystem::path(path).parent_path().string();
        if (const auto synced = sync_directory(parent); !synced)
            return tl::unexpected(synced.error());
    }
    cursor_file made;
    made.file_ = std::move(*opened);
    made.found_ = *found;
    made.generation_ = found->generation;
    return made;
}

result<void> cursor_file::store(const cursor& value) {
    stored_cursor stored;
    stored.generation = generation_ + 1;
    stored.position = value.position;
    stored.sequence_next = value.sequence_next;
    stored.checksum = checksum_of(stored);
    const auto bytes = std::as_bytes(std::span(&stored, 1));
    const std::uint64_t slot = stored.generation % 2;
    if (const auto written = write_at(file_, bytes, slot * slot_distance); !written) return written;
    ++generation_;
    return {};
}

}  // namespace callstream
