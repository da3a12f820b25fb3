// The ID of an entry of a Redis stream: milliseconds and a number that tells apart entries of one.
#pragma once

#include <array>
#include <charconv>
#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace callstream::sinks {

struct redis_id {
    std::uint64_t milliseconds = 0;
    std::uint64_t sequence = 0;

    auto operator<=>(const redis_id&) const noexcept = default;

    static constexpr redis_id last() noexcept {
        constexpr auto most = std::numeric_limits<std::uint64_t>::max();
        return {most, most};
    }
    // The smallest ID behind this one; last() stays where it is.
    constexpr redis_id next() const noexcept {
        if (sequence != last().sequence) return {milliseconds, sequence + 1};
        return milliseconds != last().milliseconds ? redis_id{milliseconds + 1, 0} : last();
    }
};

inline std::optional<redis_id> parse_redis_id(std::string_view said) noexcept {
    redis_id parsed;
    const char* end = said.data() + said.size();
    const auto first = std::from_chars(said.data(), end, parsed.milliseconds);
    if (first.ec != std::errc() || first.ptr == end || *first.ptr != '-') return std::nullopt;
    const auto second = std::from_chars(first.ptr + 1, end, parsed.sequence);
    if (second.ec != std::errc() || second.ptr != end) return std::nullopt;
    return parsed;
}

// "<milliseconds>-<sequence>".
class redis_id_text {
public:
    explicit redis_id_text(redis_id id) noexcept {
        char* const end = bytes_.data() + bytes_.size();
        char* next = std::to_chars(bytes_.data(), end, id.milliseconds).ptr;
        *next++ = '-';
        next = std::to_chars(next, end, id.sequence).ptr;
        size_ = static_cast<std::size_t>(next - bytes_.data());
    }
    std::string_view view() const noexcept { return {bytes_.data(), size_}; }

private:
    std::array<char, 41> bytes_;  // two numbers of 20 digits
    std::size_t size_;
};

}  // namespace callstream::sinks
