#include "sources/byte_recorder.h"

#include <array>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace callstream::sources {

namespace {

// Names and numbers of people are in it: for its owner alone.
bool make_private(const std::string& path) noexcept {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return file >= 0 && ::close(file) == 0;
}

}  // namespace

byte_recorder::byte_recorder(std::string name, decoder& behind)
    : name_(std::move(name)), behind_(behind) {}

void byte_recorder::open() {
    ++connection_count_;
    const std::string name =
        connection_count_ == 1 ? name_ : name_ + '.' + std::to_string(connection_count_);
    const std::string bytes = name + ".ami";
    const std::string times = name + ".segments.jsonl";
    bytes_ = std::ofstream();
    times_ = std::ofstream();
    if (!make_private(bytes) || !make_private(times)) {
        failed_ = error{errc::io, "the recording's files cannot be made", errno};
        return;
    }
    bytes_.open(bytes, std::ios::binary);
    times_.open(times, std::ios::binary);
    files_.push_back(bytes);
    size_ = read_count_ = 0;
}

void byte_recorder::reset(timestamp now) {
    known_size_ = 0;
    if (!failed_) open();
    behind_.reset(now);
}

void byte_recorder::write(std::string_view bytes, timestamp arrived) {
    if (failed_ || bytes.empty()) return;
    const std::int64_t micros = arrived.time_since_epoch().count();
    std::array<char, 128> line{};
    const int line_size = std::snprintf(
        line.data(), line.size(),
        "{\"i\":%" PRIu64 ",\"t\":%" PRId64 ".%06" PRId64 ",\"off\":%" PRIu64 ",\"len\":%zu}\n",
        read_count_++, micros / 1'000'000, micros % 1'000'000, size_, bytes.size());
    bytes_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    times_.write(line.data(), line_size);
    size_ += bytes.size();
    size_total_ += bytes.size();
    if (!bytes_ || !times_) failed_ = error{errc::io, "the recording cannot be written", errno};
}

result<std::size_t> byte_recorder::decode(std::string_view pending, timestamp arrived,
                                          message_handler* handler) {
    write(pending.substr(known_size_), arrived);
    const auto done = behind_.decode(pending, arrived, handler);
    known_size_ = done ? pending.size() - *done : 0;
    return done;
}

void byte_recorder::finish(timestamp now) {
    flush();
    known_size_ = 0;
    behind_.finish(now);
}

void byte_recorder::flush() {
    bytes_.flush();
    times_.flush();
}

}  // namespace callstream::sources
