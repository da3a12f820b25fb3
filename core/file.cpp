#include "core/file.h"

#include <cerrno>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace callstream {

namespace {

constexpr mode_t mode_created = 0640;  // events hold callers' numbers

}  // namespace

file::~file() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

tl::unexpected<error> file_failure(std::string_view what, int sys) {
    switch (sys) {
        case ENOSPC:
        case EDQUOT:
            return failure(errc::full, what, sys);
        case ENOENT:
            return failure(errc::not_found, what, sys);
        default:
            return failure(errc::io, what, sys);
    }
}

result<file> open_file(const std::string& path, int flags) {
    file opened(::open(path.c_str(), flags | O_CLOEXEC, mode_created));
    if (!opened) return file_failure("cannot open a file", errno);
    return opened;
}

result<std::uint64_t> size_of(const file& target) {
    struct stat status {};
    if (::fstat(target.descriptor(), &status) != 0)
        return file_failure("cannot ask for a file's size", errno);
    return static_cast<std::uint64_t>(status.st_size);
}

result<std::size_t> read_at(const file& source, std::span<std::byte> out, std::uint64_t offset) {
    std::size_t done = 0;
    while (done < out.size()) {
        const ssize_t got = ::pread(source.descriptor(), out.data() + done, out.size() - done,
                                    static_cast<off_t>(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return file_failure("cannot read a file", errno);
        if (got == 0) break;
        done += static_cast<std::size_t>(got);
    }
    return done;
}

result<void> write_at(const file& target, std::span<const std::byte> bytes, std::uint64_t offset) {
    while (!bytes.empty()) {
        const ssize_t put =
            ::pwrite(target.descriptor(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return file_failure("cannot write a file", errno);
        offset += static_cast<std::uint64_t>(put);
        bytes = bytes.subspan(static_cast<std::size_t>(put));
    }
    return {};
}

result<void> sync_file(const file& target) {
    if (::fdatasync(target.descriptor()) != 0) return file_failure("cannot sync a file", errno);
    return {};
}

result<void> sync_directory(const std::string& path) {
    const auto directory = open_file(path, O_RDONLY | O_DIRECTORY);
    if (!directory) return tl::unexpected(directory.error());
    if (::fsync(directory->descriptor()) != 0)
        return file_failure("cannot make a directory durable", errno);
    return {};
}

result<void> make_directory(const std::string& path) {
    std::error_code code;
    if (!std::filesystem::create_directories(path, code)) {
        if (code) return file_failure("cannot make a directory", code.value());
        return {};
    }
    const auto parent = std::filesystem::path(path).parent_path();
    return sync_directory(parent.empty() ? "." : parent.string());
}

}  // namespace callstream
