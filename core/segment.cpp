#include "core/segment.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/crc32c.h"
#include "core/file.h"

namespace callstream {

namespace {

std::uint32_t checksum_of(segment_header header) noexcept {
    header.checksum = 0;
    return crc32c(std::as_bytes(std::span(&header, 1)));
}

bool is_zero(std::span<const std::byte> bytes) noexcept {
    return bytes.front() == std::byte{} &&
           std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0;
}

std::size_t page_size() noexcept {
    static const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    return size;
}

result<std::span<std::byte>> map(const file& source, std::uint64_t size, int protection) {
    if (size == 0) return std::span<std::byte>{};
    const int flags = source ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
    void* const at = ::mmap(nullptr, size, protection, flags, source.descriptor(), 0);
    if (at == MAP_FAILED) return file_failure("cannot map a segment", errno);
    return std::span(static_cast<std::byte*>(at), size);
}

// Blocks for the whole file, also where it has holes.
result<void> allocate(const file& target, std::uint64_t size) {
    int code = EINTR;
    while (code == EINTR)
        code = ::posix_fallocate(target.descriptor(), 0, static_cast<off_t>(size));
    if (code != 0) return file_failure("cannot allocate a segment", code);
    return {};
}

}  // namespace

header_check check_header(std::span<const std::byte> bytes, std::uint64_t position_first) noexcept {
    header_check checked;
    if (bytes.size() < sizeof(segment_header)) return checked;
    const auto stored = bytes.first(sizeof(segment_header));
    if (is_zero(stored)) return checked;

    segment_header& header = checked.header;
    std::memcpy(&header, stored.data(), sizeof(header));
    checked.state = header_state::damaged;
    if (header.magic != segment_header{}.magic || header.checksum != checksum_of(header))
        return checked;
    if (header.version != segment_header{}.version) {
        checked.state = header_state::other_version;
        return checked;
    }
    const bool fits = header.position_first == position_first &&
                      header.size >= limits::segment_size_min && header.size <= segment_size_max &&
                      header.size % record_alignment == 0;
    if (fits) checked.state = header_state::valid;
    return checked;
}

void put_header(std::span<std::byte> bytes, segment_header header) noexcept {
    header.checksum = checksum_of(header);
    std::memcpy(bytes.data(), &header, sizeof(header));
}

result<std::unique_ptr<segment>> segment::create(const segment_place& place, std::uint64_t size) {
    file created;
    if (!place.file.empty()) {
        auto opened = open_file(place.file, O_RDWR | O_CREAT | O_EXCL);
        if (!opened) return tl::unexpected(opened.error());
        created = std::move(*opened);
        if (const auto allocated = allocate(created, size); !allocated) {
            ::unlink(place.file.c_str());
            return tl::unexpected(allocated.error());
        }
    }
    return create_in(std::move(created), place, size);
}

result<std::unique_ptr<segment>> segment::create_again(const std::string& spare,
                                                       const segment_place& place,
                                                       std::uint64_t size) {
    auto opened = open_file(spare, O_RDWR);
    if (!opened) return tl::unexpected(opened.error());
    if (const auto allocated = allocate(*opened, size); !allocated)
        return tl::unexpected(allocated.error());
    if (std::rename(spare.c_str(), place.file.c_str()) != 0)
        return file_failure("cannot rename a segment", errno);
    return create_in(std::move(*opened), place, size);
}

result<std::unique_ptr<segment>> segment::create_in(file created, const segment_place& place,
                                                    std::uint64_t size) {
    const auto bytes = map(created, size, PROT_READ | PROT_WRITE);
    if (!bytes) {
        if (created) ::unlink(place.file.c_str());  // the name is needed for the next try
        return tl::unexpected(bytes.error());
    }
    // The header is written through the mapping: of a new file nothing is worth reading ahead.
    ::madvise(bytes->data(), page_size(), MADV_RANDOM);
    std::unique_ptr<segment> made(new segment(place, *bytes, size));
    made->file_ = std::move(created);
    return made;
}

result<std::unique_ptr<segment>> segment::open(const segment_place& place) {
    auto opened = open_file(place.file, O_RDONLY);
    if (!opened) return tl::unexpected(opened.error());
    const auto file_size = size_of(*opened);
    if (!file_size) return tl::unexpected(file_size.error());
    const std::uint64_t size = std::min(*file_size, segment_size_max);
    const auto bytes = map(*opened, size / record_alignment * record_alignment, PROT_READ);
    if (!bytes) return tl::unexpected(bytes.error());
    // Even an emptied file takes a place, so that who comes to it sees that it is damaged.
    const auto place_size = std::max(bytes->size(), record_alignment);
    std::unique_ptr<segment> found(new segment(place, *bytes, place_size));
    found->file_ = std::move(*opened);
    found->read_header();
    return found;
}

result<std::unique_ptr<segment>> segment::reopen(const segment_place& place) {
    auto opened = open_file(place.file, O_RDWR);
    if (!opened) return tl::unexpected(opened.error());
    std::array<std::byte, sizeof(segment_header)> stored{};
    const auto got = read_at(*opened, stored, 0);
    if (!got) return tl::unexpected(got.error());
    const header_check checked = check_header(std::span(stored).first(*got), place.position_first);
    if (checked.state == header_state::other_version)
        return failure(errc::bad_config, "another version of callstream wrote this journal");
    if (checked.state != header_state::valid)
        return failure(errc::corrupt, "the header of the newest segment is damaged");

    if (const auto allocated = allocate(*opened, checked.header.size); !allocated)
        return tl::unexpected(allocated.error());
    const auto bytes = map(*opened, checked.header.size, PROT_READ | PROT_WRITE);
    if (!bytes) return tl::unexpected(bytes.error());
    std::unique_ptr<segment> found(new segment(place, *bytes, bytes->size()));
    found->file_ = std::move(*opened);
    found->read_header();
    return found;
}

segment::~segment() {
    if (!bytes_.empty()) ::munmap(bytes_.data(), bytes_.size());
}

void segment::begin(segment_header header) noexcept {
    header.position_first = place_.position_first;
    header.size = size_;
    put_header(bytes_, header);
    header_ = check_header(bytes_, place_.position_first);
}

void segment::become(std::uint64_t position_first) noexcept {
    place_.position_first = position_first;
    header_ = {};
    // Where the first record will stand, too: each record ends with a zero in front of the next.
    std::memset(bytes_.data(), 0, sizeof(segment_header) + record_alignment);
}

void segment::read_header() noexcept {
    header_ = check_header(bytes_, place_.position_first);
    if (header_.state != header_state::valid) return;
    size_ = header_.header.size;
    bytes_ = bytes_.first(std::min<std::size_t>(bytes_.size(), size_));
}

result<void> segment::sync(std::size_t from, std::size_t to) noexcept {
    if (place_.file.empty() || from >= to) return {};
    from -= from % page_size();
    if (::msync(bytes_.data() + from, to - from, MS_SYNC) != 0)
        return file_failure("cannot make the journal durable", errno);
    return {};
}

void segment::prefault(std::size_t from, std::size_t to) noexcept {
    from -= from % page_size();
    to = std::min(to, bytes_.size());
    // Kernels before 5.14 refuse; the writer then takes the faults itself.
    if (from < to) ::madvise(bytes_.data() + from, to - from, MADV_POPULATE_WRITE);
}

result<void> segment::clear(std::size_t from) noexcept {
    const auto opened = open_file(place_.file, O_RDWR);
    if (!opened) return tl::unexpected(opened.error());
    const auto offset = static_cast<off_t>(from);
    const auto size = static_cast<off_t>(bytes_.size()) - offset;
    if (::fallocate(opened->descriptor(), FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, offset,
                    size) != 0) {
        // Not every file system can. Only what is not zero is written to, or all would get dirty.
        for (auto rest = bytes_.subspan(from); !rest.empty();) {
            const auto page = rest.first(std::min(rest.size(), page_size()));
            if (!is_zero(page)) std::memset(page.data(), 0, page.size());
            rest = rest.subspan(page.size());
        }
    }
    if (::fsync(opened->descriptor()) != 0)
        return file_failure("cannot make the journal durable", errno);
    return {};
}

}  // namespace callstream
