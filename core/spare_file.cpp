#include "core/spare_file.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "core/file.h"

namespace callstream {

namespace {

constexpr std::size_t head_size = 4096;

// Copy-on-write: a block that is written again needs room on the disk again.
constexpr std::array<std::uint64_t, 3> copying_file_systems{
    0x9123683e,  // btrfs
    0x2fc12fc1,  // zfs
    0xca451a4e   // bcachefs
};

bool keeps_blocks(const file& opened) noexcept {
    struct statfs found {};
    if (::fstatfs(opened.descriptor(), &found) != 0) return false;
    const auto type = static_cast<std::uint32_t>(found.f_type);
    return std::find(copying_file_systems.begin(), copying_file_systems.end(), type) ==
           copying_file_systems.end();
}

// The kernel gives the lease only if no other descriptor of the file is left, in any process, nor a
// mapping where the file system is not a layer over another: who reads keeps the descriptor. Who
// opens it before it is given back sends a signal, which must be a harmless one.
bool is_ours_alone(const file& opened) noexcept {
    const int descriptor = opened.descriptor();
    if (::fcntl(descriptor, F_SETSIG, SIGURG) != 0) return false;
    if (::fcntl(descriptor, F_SETLEASE, F_WRLCK) != 0) return false;
    ::fcntl(descriptor, F_SETLEASE, F_UNLCK);
    return true;
}

// And makes that durable, but not the old records, which may wait to be written for a long time.
bool empty_head(const file& opened) noexcept {
    void* const head =
        ::mmap(nullptr, head_size, PROT_READ | PROT_WRITE, MAP_SHARED, opened.descriptor(), 0);
    if (head == MAP_FAILED) return false;
    std::memset(head, 0, head_size);
    const bool durable = ::msync(head, head_size, MS_SYNC) == 0;
    ::munmap(head, head_size);
    return durable;
}

bool is_ready(const std::string& spare, std::uint64_t size) {
    const auto opened = open_file(spare, O_RDWR);
    if (!opened || !keeps_blocks(*opened) || !is_ours_alone(*opened)) return false;
    const auto found = size_of(*opened);
    return found && *found == size && empty_head(*opened);
}

}  // namespace

std::string set_aside(const segment& gone) {
    std::string spare = gone.file_name() + std::string(spare_suffix);
    if (std::rename(gone.file_name().c_str(), spare.c_str()) != 0) spare.clear();
    return spare;
}

bool ready_spare(const std::string& spare, std::uint64_t size) {
    if (is_ready(spare, size)) return true;
    ::unlink(spare.c_str());
    return false;
}

result<std::unique_ptr<segment>> create_from(const std::string& spare, const segment_place& place,
                                             std::uint64_t size) {
    if (!spare.empty()) {
        if (auto made = segment::create_again(spare, place, size)) return made;
        ::unlink(spare.c_str());
    }
    return segment::create(place, size);
}

}  // namespace callstream
