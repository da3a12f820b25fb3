// What the tests of the journal append and expect: payloads made from a number.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/ensure.h"
#include "core/journal.h"
#include "core/journal_reader.h"

namespace callstream::test {

inline journal_settings small_journal(const std::string& path) {
    journal_settings settings;
    settings.path = path;
    settings.max_bytes = std::uint64_t{64} << 20;
    settings.segment_bytes = limits::segment_size_min;
    settings.fsync = fsync_mode::never;
    return settings;
}

inline std::unique_ptr<journal> open_journal(const journal_settings& settings) {
    auto opened = journal::open(settings);
    ensure(opened.has_value(), "a journal for a test opens");
    return std::move(*opened);
}

inline std::unique_ptr<journal_reader> open_reader(journal& source, std::string_view name,
                                                   start_at begin = start_at::oldest) {
    auto opened = journal_reader::open(source, name, begin);
    ensure(opened.has_value(), "a reader for a test opens");
    return std::move(*opened);
}

// Distinct for each number, of exactly `size` bytes where that holds the number.
inline std::string payload_of(std::uint64_t number, std::size_t size = 0) {
    std::string payload = "{\"n\":" + std::to_string(number) + "}";
    if (payload.size() < size) payload.resize(size, static_cast<char>('a' + number % 26));
    return payload;
}

inline timestamp at_second(std::int64_t second) {
    return timestamp{std::chrono::seconds{second}};
}

// False when the journal is full.
inline bool try_append(journal& target, std::uint16_t pbx, std::string_view payload,
                       timestamp now = at_second(1000)) {
    const auto room = target.room(payload.size());
    if (!room) {
        ensure(room.error().code == errc::full, "an append fails for want of room only");
        return false;
    }
    payload.copy(room->data(), payload.size());
    record_header header;
    header.pbx = pbx;
    header.time = now;
    target.commit(header, payload.size(), now);
    return true;
}

inline void append(journal& target, std::uint16_t pbx, std::string_view payload) {
    ensure(try_append(target, pbx, payload), "there is room in a journal for a test");
}

// Appends numbers [from, to) and publishes each.
inline void append_numbers(journal& target, std::uint16_t pbx, std::uint64_t from, std::uint64_t to,
                           std::size_t size = 0) {
    for (std::uint64_t number = from; number < to; ++number) {
        append(target, pbx, payload_of(number, size));
        target.publish();
    }
}

// All that is published and not read yet, acknowledged on request.
inline std::vector<std::string> read_payloads(journal_reader& reader, bool acknowledge = false) {
    std::vector<std::string> payloads;
    for (;;) {
        const auto next = reader.next();
        ensure(next.has_value(), "a sound journal can be read");
        if (!*next) return payloads;
        payloads.emplace_back((*next)->payload);
        if (acknowledge)
            ensure(reader.acknowledge((*next)->position_next).has_value(),
                   "a cursor can be stored");
    }
}

inline std::vector<std::string> payloads_of(std::uint64_t from, std::uint64_t to,
                                            std::size_t size = 0) {
    std::vector<std::string> payloads;
    for (std::uint64_t number = from; number < to; ++number)
        payloads.push_back(payload_of(number, size));
    return payloads;
}

}  // namespace callstream::test
