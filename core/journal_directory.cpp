#include "core/journal_directory.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/limits.h"
#include "core/spare_file.h"

namespace callstream {

namespace {

constexpr std::string_view segment_suffix = ".segment";
constexpr std::size_t digit_count = 20;                         // of the largest 64-bit number
constexpr std::uint64_t position_max = std::uint64_t{1} << 62;  // sums of positions stay in range

std::optional<std::uint64_t> position_in(std::string_view file_name) {
    if (file_name.size() != digit_count + segment_suffix.size()) return std::nullopt;
    if (!file_name.ends_with(segment_suffix)) return std::nullopt;
    const char* const end = file_name.data() + digit_count;
    std::uint64_t position = 0;
    const auto [read_to, code] = std::from_chars(file_name.data(), end, position);
    if (code != std::errc{} || read_to != end || position % record_alignment != 0 ||
        position > position_max)
        return std::nullopt;
    return position;
}

// The names of the regular files in a directory.
result<std::vector<std::string>> list_files(const std::string& path) {
    std::vector<std::string> names;
    std::error_code code;
    std::filesystem::directory_iterator entry(path, code);
    for (; !code && entry != std::filesystem::directory_iterator{}; entry.increment(code)) {
        std::error_code ignored;  // an entry that is gone by now is none
        if (entry->is_regular_file(ignored)) names.push_back(entry->path().filename().string());
    }
    if (code) return file_failure("cannot list a directory", code.value());
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace

std::string segment_file(const std::string& path, std::uint64_t position_first) {
    std::array<char, digit_count + 1> digits{};
    std::snprintf(digits.data(), digits.size(), "%020llu",
                  static_cast<unsigned long long>(position_first));
    return path + '/' + digits.data() + std::string(segment_suffix);
}

std::string cursor_path(const std::string& path, std::string_view name) {
    return (path + "/cursors/").append(name);
}

bool is_cursor_name(std::string_view name) noexcept {
    constexpr std::string_view allowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    return !name.empty() && name.size() <= limits::name_size_max && name.front() != '.' &&
           name.find_first_not_of(allowed) == std::string_view::npos;
}

result<std::vector<segment_place>> list_segments(const std::string& path) {
    const auto names = list_files(path);
    if (!names) return tl::unexpected(names.error());
    std::vector<segment_place> places;
    for (const std::string& name : *names)
        if (const auto position = position_in(name))
            places.push_back({path + '/' + name, *position});
    return places;
}

result<std::vector<std::string>> list_cursors(const std::string& path) {
    auto names = list_files(path + "/cursors");
    if (!names && names.error().code == errc::not_found) return std::vector<std::string>{};
    if (names) std::erase_if(*names, [](const auto& name) { return !is_cursor_name(name); });
    return names;
}

result<journal_directory> journal_directory::open(const std::string& path) {
    journal_directory opened;
    if (path == memory_path) return opened;
    if (path.empty()) return failure(errc::bad_config, "the journal has no path");
    opened.path_ = path;
    if (const auto made = make_directory(path + "/cursors"); !made)
        return tl::unexpected(made.error());
    if (const auto synced = sync_directory(path); !synced) return tl::unexpected(synced.error());

    auto lock = open_file(path + "/lock", O_RDWR | O_CREAT);
    if (!lock) return tl::unexpected(lock.error());
    if (::flock(lock->descriptor(), LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            return failure(errc::invalid_state, "another process writes this journal");
        return file_failure("cannot lock the journal", errno);
    }
    opened.lock_ = std::move(*lock);
    // Those of a run that was killed.
    const auto names = list_files(path);
    if (!names) return tl::unexpected(names.error());
    for (const std::string& name : *names)
        if (name.ends_with(spare_suffix)) ::unlink((path + '/' + name).c_str());
    return opened;
}

segment_place journal_directory::place_of(std::uint64_t position_first) const {
    return {in_memory() ? std::string() : segment_file(path_, position_first), position_first};
}

result<void> journal_directory::sync() const {
    if (in_memory()) return {};
    return sync_directory(path_);
}

result<void> journal_directory::sync_cursors() const {
    if (in_memory()) return {};
    const auto names = list_cursors(path_);
    if (!names) return tl::unexpected(names.error());
    for (const std::string& name : *names) {
        const auto opened = open_file(cursor_path(path_, name), O_RDONLY);
        if (!opened && opened.error().code == errc::not_found) continue;
        if (!opened) return tl::unexpected(opened.error());
        if (::fdatasync(opened->descriptor()) != 0)
            return file_failure("cannot make a cursor durable", errno);
    }
    return {};
}

result<void> journal_directory::remove(const std::string& file_name) const {
    if (file_name.empty() || ::unlink(file_name.c_str()) == 0 || errno == ENOENT) return {};
    return file_failure("cannot delete a segment", errno);
}

}  // namespace callstream
