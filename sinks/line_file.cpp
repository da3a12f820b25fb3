#include "sinks/line_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <optional>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/json_reader.h"
#include "core/limits.h"

namespace callstream::sinks {

namespace {

constexpr std::uint64_t line_size_max = 2 * limits::record_size_max;
constexpr std::size_t chunk_size = 64 * 1024;

tl::unexpected<error> failed(std::string_view what) {
    const errc code = errno == ENOSPC || errno == EDQUOT ? errc::full : errc::io;
    return failure(code, what, errno);
}

// Bytes [begin, end) of a file.
result<std::string> read_range(int descriptor, std::uint64_t begin, std::uint64_t end) {
    std::string bytes(end - begin, '\0');
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t count = pread(descriptor, bytes.data() + done, bytes.size() - done,
                                    static_cast<off_t>(begin + done));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return failed("the file cannot be read");
        if (count == 0) break;
        done += static_cast<std::size_t>(count);
    }
    bytes.resize(done);
    return bytes;
}

// Where the line begins that ends at `end`, its line end excluded.
result<std::uint64_t> find_line_begin(int descriptor, std::uint64_t end) {
    const std::uint64_t lowest = end > line_size_max ? end - line_size_max : 0;
    for (std::uint64_t high = end; high > lowest;) {
        const std::uint64_t low = high - std::min<std::uint64_t>(high - lowest, chunk_size);
        const auto chunk = read_range(descriptor, low, high);
        if (!chunk) return tl::unexpected(chunk.error());
        const std::size_t found = chunk->rfind('\n');
        if (found != std::string::npos) return low + found + 1;
        high = low;
    }
    if (lowest > 0) return failure(errc::bad_config, "the file does not hold lines");
    return std::uint64_t{0};
}

struct tail {
    std::string last_line;  // whole
    std::string torn;       // what stands behind its end
};

result<tail> read_tail(int descriptor, std::uint64_t size) {
    const auto torn_begin = find_line_begin(descriptor, size);
    if (!torn_begin) return tl::unexpected(torn_begin.error());
    auto torn = read_range(descriptor, *torn_begin, size);
    if (!torn) return tl::unexpected(torn.error());
    if (*torn_begin == 0) return tail{{}, std::move(*torn)};
    const auto line_begin = find_line_begin(descriptor, *torn_begin - 1);
    if (!line_begin) return tl::unexpected(line_begin.error());
    auto line = read_range(descriptor, *line_begin, *torn_begin - 1);
    if (!line) return tl::unexpected(line.error());
    return tail{std::move(*line), std::move(*torn)};
}

// Of 2026-07-30T12:53:21.512345Z.
std::optional<timestamp> parse_time(std::string_view said) {
    constexpr std::array<std::size_t, 7> places{0, 5, 8, 11, 14, 17, 20};
    constexpr std::array<std::size_t, 7> sizes{4, 2, 2, 2, 2, 2, 6};
    if (said.size() != rfc3339_size) return std::nullopt;
    std::array<int, 7> parts{};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const char* end = said.data() + places[i] + sizes[i];
        const auto read = std::from_chars(said.data() + places[i], end, parts[i]);
        if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
    }
    using namespace std::chrono;
    const year_month_day date{year{parts[0]}, month{static_cast<unsigned>(parts[1])},
                              day{static_cast<unsigned>(parts[2])}};
    if (!date.ok()) return std::nullopt;
    return timestamp{sys_days{date}} + hours{parts[3]} + minutes{parts[4]} + seconds{parts[5]} +
           microseconds{parts[6]};
}

std::optional<timestamp> recorded_time_of(std::string_view line) {
    json_document document;
    const auto root = document.parse(line);
    return root ? parse_time((*root)["recordedtime"].text()) : std::nullopt;
}

// 20260730T125321.512345Z
std::string name_of_time(timestamp time) {
    std::array<char, rfc3339_size> text;
    format_rfc3339(time, text);
    std::string name(text.data(), text.size());
    std::erase_if(name, [](char byte) { return byte == '-' || byte == ':'; });
    return name;
}

}  // namespace

line_file::~line_file() {
    close();
}

void line_file::close() noexcept {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
}

result<void> line_file::open() {
    close();
    last_line_.clear();
    descriptor_ = ::open(settings_.path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (descriptor_ < 0) return failed("the file cannot be opened");
    auto repaired = repair();
    if (!repaired) close();
    return repaired;
}

result<void> line_file::repair() {
    struct stat status {};
    if (fstat(descriptor_, &status) != 0) return failed("the file has no size");
    if (!S_ISREG(status.st_mode)) return failure(errc::bad_config, "this is no plain file");
    size_ = static_cast<std::uint64_t>(status.st_size);
    auto end = read_tail(descriptor_, size_);
    if (!end) return tl::unexpected(end.error());
    if (auto done = end_torn_line(end->torn); !done) return done;
    last_line_ = size_ > 0 ? std::move(end->last_line) : last_rotated_line();
    size_synced_ = size_;
    begun_ = timestamp(std::chrono::seconds(status.st_mtime));
    const auto head = read_range(descriptor_, 0, std::min(size_, line_size_max));
    if (!head) return tl::unexpected(head.error());
    const auto first = recorded_time_of(std::string_view(*head).substr(0, head->find('\n')));
    begun_ = first.value_or(begun_);
    return {};
}

result<void> line_file::end_torn_line(std::string_view torn) {
    if (torn.empty()) return {};
    // After a power cut a file system may leave zeros where the last bytes should be.
    const bool ours = settings_.torn_first.find(torn[0]) != std::string_view::npos ||
                      torn.find_first_not_of('\0') == std::string_view::npos;
    if (!ours) {
        if (::write(descriptor_, "\n", 1) != 1) return failed("an unfinished line cannot be ended");
        ++size_;
        return {};
    }
    if (ftruncate(descriptor_, static_cast<off_t>(size_ - torn.size())) != 0)
        return failed("an unfinished line cannot be cut");
    size_ -= torn.size();
    return {};
}

std::string line_file::last_rotated_line() const {
    const std::vector<std::string> older = rotated();
    if (older.empty()) return {};
    const int newest = ::open(older.back().c_str(), O_RDONLY | O_CLOEXEC);
    if (newest < 0) return {};
    struct stat status {};
    const bool known = fstat(newest, &status) == 0;
    auto end = read_tail(newest, known ? static_cast<std::uint64_t>(status.st_size) : 0);
    ::close(newest);
    return end ? std::move(end->last_line) : std::string();
}

void line_file::on_written(std::size_t size, timestamp time) noexcept {
    if (size_ == 0) begun_ = time;
    size_ += size;
}

result<void> line_file::sync() {
    if (fdatasync(descriptor_) != 0) return failed("the file cannot be synced");
    size_synced_ = size_;
    return {};
}

result<void> line_file::cut_unsynced() {
    if (ftruncate(descriptor_, static_cast<off_t>(size_synced_)) != 0)
        return failed("the file cannot be cut");
    size_ = size_synced_;
    return {};
}

bool line_file::is_moved() const noexcept {
    struct stat named {};
    struct stat opened {};
    if (descriptor_ < 0 || fstat(descriptor_, &opened) != 0) return false;
    return stat(settings_.path.c_str(), &named) != 0 || named.st_ino != opened.st_ino ||
           named.st_dev != opened.st_dev;
}

result<void> line_file::rotate() {
    std::string target = settings_.path + '.' + name_of_time(begun_);
    const std::string stem = target;
    for (int copy = 1; access(target.c_str(), F_OK) == 0; ++copy) {
        const std::string number = std::to_string(copy);
        target = stem + '-' + std::string(number.size() < 3 ? 3 - number.size() : 0, '0') + number;
    }
    if (rename(settings_.path.c_str(), target.c_str()) != 0)
        return failed("the file cannot be renamed");
    prune();
    return open();
}

std::vector<std::string> line_file::rotated() const {
    namespace fs = std::filesystem;
    const fs::path path(settings_.path);
    const std::string prefix = path.filename().string() + '.';
    const std::size_t size_min = prefix.size() + name_of_time({}).size();
    std::vector<std::string> found;
    std::error_code ignored;
    const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
    for (fs::directory_iterator entry(folder, ignored), end; entry != end;
         entry.increment(ignored)) {
        if (ignored) break;
        const std::string name = entry->path().filename().string();
        const bool matches = name.size() >= size_min && name.compare(0, prefix.size(), prefix) == 0;
        if (!matches || name[prefix.size() + 8] != 'T' || name[size_min - 1] != 'Z') continue;
        if (name.find_first_not_of("0123456789TZ.-", prefix.size()) != std::string::npos) continue;
        found.push_back(entry->path().string());
    }
    std::sort(found.begin(), found.end());
    return found;
}

void line_file::prune() const {
    if (settings_.keep_count == 0) return;
    const std::vector<std::string> all = rotated();
    const std::size_t kept = std::min<std::size_t>(all.size(), settings_.keep_count);
    for (std::size_t i = 0; i + kept < all.size(); ++i)
        unlink(all[i].c_str());
}

}  // namespace callstream::sinks
