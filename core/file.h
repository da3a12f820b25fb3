// A file descriptor that closes itself, and file operations that return their error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "core/result.h"

namespace callstream {

class file {
public:
    file() noexcept = default;
    explicit file(int descriptor) noexcept : descriptor_(descriptor) {}
    file(file&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    file& operator=(file&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }
    ~file();

    int descriptor() const noexcept { return descriptor_; }
    explicit operator bool() const noexcept { return descriptor_ >= 0; }

private:
    int descriptor_ = -1;
};

// `flags` are those of open(2); O_CLOEXEC is added.
result<file> open_file(const std::string& path, int flags);
result<std::uint64_t> size_of(const file& target);

// How many bytes were there to read: fewer than asked for at the end of the file.
result<std::size_t> read_at(const file& source, std::span<std::byte> out, std::uint64_t offset);
result<void> write_at(const file& target, std::span<const std::byte> bytes, std::uint64_t offset);

// Makes what was written durable; waits for the disk.
result<void> sync_file(const file& target);
// Makes created and removed names in the directory durable.
result<void> sync_directory(const std::string& path);
result<void> make_directory(const std::string& path);

// full for a disk without room, not_found for a missing file, else io.
tl::unexpected<error> file_failure(std::string_view what, int sys);

}  // namespace callstream
