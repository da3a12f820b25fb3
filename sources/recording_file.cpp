#include "sources/recording_file.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <span>
#include <system_error>

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace callstream::sources {

namespace {

constexpr std::uint64_t room_check_interval = 8 * 1024 * 1024;
constexpr std::size_t block_size = 64 * 1024;

std::string part_of(const std::string& path) {
    return path + ".part";
}

}  // namespace

result<stored_recording> read_stored(const std::string& path, std::uint64_t size_max) {
    const auto opened = open_file(path, O_RDONLY | O_NOFOLLOW);
    if (!opened) return tl::unexpected(opened.error());
    sha256_digest digest;
    std::array<std::byte, block_size> block;
    std::uint64_t size = 0;
    for (;;) {
        const auto got = read_at(*opened, block, size);
        if (!got) return tl::unexpected(got.error());
        if (*got == 0) break;
        digest.add({reinterpret_cast<const char*>(block.data()), *got});
        size += *got;
        if (size > size_max)
            return failure(errc::too_large, "the recording is larger than allowed");
    }
    if (size == 0) return failure(errc::malformed, "the recording is empty");
    return stored_recording{path, digest.to_hex(), size};
}

std::uint64_t part_size(const std::string& path) {
    std::error_code none;
    const std::uint64_t size = std::filesystem::file_size(part_of(path), none);
    return none ? 0 : size;
}

result<recording_file> recording_file::open(const std::string& path,
                                            const recording_limits& limits) {
    const std::string directory = std::filesystem::path(path).parent_path().string();
    if (const auto made = make_directory(directory); !made) return tl::unexpected(made.error());
    auto part = open_file(part_of(path), O_RDWR | O_CREAT | O_NOFOLLOW);
    if (!part) return tl::unexpected(part.error());
    recording_file opened(*std::move(part), path, limits);
    if (const auto read = opened.read_what_is_there(); !read) return tl::unexpected(read.error());
    if (const auto room = opened.check_room(); !room) return tl::unexpected(room.error());
    return opened;
}

result<void> recording_file::read_what_is_there() {
    std::array<std::byte, block_size> block;
    for (;;) {
        const auto got = read_at(part_, block, size_);
        if (!got) return tl::unexpected(got.error());
        if (*got == 0) return {};
        digest_.add({reinterpret_cast<const char*>(block.data()), *got});
        size_ += *got;
        if (size_ > limits_.size_max) return restart();
    }
}

result<void> recording_file::restart() {
    if (::ftruncate(part_.descriptor(), 0) != 0) return file_failure("cannot empty a file", errno);
    size_ = room_checked_at_ = 0;
    digest_.restart();
    return {};
}

void recording_file::discard() {
    std::remove(part_of(path_).c_str());
}

result<void> recording_file::check_room() {
    struct statvfs system {};
    if (::fstatvfs(part_.descriptor(), &system) != 0)
        return file_failure("cannot ask for the free space", errno);
    room_checked_at_ = size_;
    if (std::uint64_t{system.f_bavail} * system.f_frsize < limits_.free_min)
        return failure(errc::full, "too little space is left for recordings");
    return {};
}

result<void> recording_file::append(std::string_view bytes) {
    if (bytes.size() > limits_.size_max - size_)
        return failure(errc::too_large, "the recording is larger than allowed");
    const auto* begin = reinterpret_cast<const std::byte*>(bytes.data());
    const auto put = write_at(part_, std::span(begin, bytes.size()), size_);
    if (!put) return put;
    digest_.add(bytes);
    size_ += bytes.size();
    if (size_ - room_checked_at_ < room_check_interval) return {};
    return check_room();
}

result<stored_recording> recording_file::finish() {
    if (::fsync(part_.descriptor()) != 0)
        return file_failure("cannot make a recording durable", errno);
    if (std::rename(part_of(path_).c_str(), path_.c_str()) != 0)
        return file_failure("cannot name a recording", errno);
    const auto synced = sync_directory(std::filesystem::path(path_).parent_path().string());
    if (!synced) return tl::unexpected(synced.error());
    return stored_recording{path_, digest_.to_hex(), size_};
}

}  // namespace callstream::sources
