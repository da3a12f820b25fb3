#include "core/config_value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <span>

namespace callstream {

namespace {

struct unit {
    std::string_view name;
    std::uint64_t factor;
};

constexpr std::array duration_units{
    unit{"ms", 1}, unit{"s", 1000}, unit{"m", 60'000}, unit{"h", 3'600'000}, unit{"d", 86'400'000},
};

// Binary first: the first that divides a number writes it shortest.
constexpr std::array size_units{
    unit{"TiB", 1ull << 40},
    unit{"GiB", 1ull << 30},
    unit{"MiB", 1ull << 20},
    unit{"KiB", 1ull << 10},
    unit{"TB", 1'000'000'000'000},
    unit{"GB", 1'000'000'000},
    unit{"MB", 1'000'000},
    unit{"kB", 1000},
    unit{"", 1},
};

// A whole number and one of the units, together at most 2^63 - 1.
std::optional<std::uint64_t> parse_with_unit(std::string_view text, std::span<const unit> units) {
    std::uint64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [rest, problem] = std::from_chars(text.data(), end, number);
    if (problem != std::errc{}) return std::nullopt;
    const std::string_view name(rest, static_cast<std::size_t>(end - rest));
    constexpr std::uint64_t max = std::numeric_limits<std::int64_t>::max();
    for (const unit& candidate : units) {
        if (candidate.name != name) continue;
        if (number > max / candidate.factor) return std::nullopt;
        return number * candidate.factor;
    }
    return std::nullopt;
}

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_host_name(std::string_view host) noexcept {
    return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), [](char c) {
        return is_digit(c) || is_letter(c) || c == '.' || c == '-' || c == '_';
    });
}

// What may stand between the brackets, with a zone such as %eth0. The resolver checks the rest.
bool is_ipv6(std::string_view host) noexcept {
    return host.find(':') != host.npos && std::all_of(host.begin(), host.end(), [](char c) {
               return is_digit(c) || is_letter(c) || c == ':' || c == '.' || c == '%';
           });
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const char* end = text.data() + text.size();
    const auto [rest, problem] = std::from_chars(text.data(), end, port);
    if (problem != std::errc{} || rest != end || port == 0) return std::nullopt;
    return port;
}

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        unsigned byte = 0;
        if (i + 2 >= text.size()) return std::nullopt;
        const char* end = text.data() + i + 3;
        const auto [rest, problem] = std::from_chars(text.data() + i + 1, end, byte, 16);
        if (problem != std::errc{} || rest != end) return std::nullopt;
        out += static_cast<char>(byte);
        i += 2;
    }
    return out;
}

// Edits of one letter, and swaps of two neighbours, that make one word of the other.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t k = 0; k <= b.size(); ++k)
        last[k] = k;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t k = 1; k <= b.size(); ++k) {
            const std::size_t replaced = last[k - 1] + (a[i - 1] == b[k - 1] ? 0 : 1);
            row[k] = std::min({replaced, last[k] + 1, row[k - 1] + 1});
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
                row[k] = std::min(row[k], before[k - 2] + 1);
        }
        before.swap(last);
        last.swap(row);
    }
    return last[b.size()];
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

}  // namespace

result<std::chrono::milliseconds> parse_duration(std::string_view text) {
    const auto value = parse_with_unit(text, duration_units);
    if (!value)
        return failure(errc::bad_config,
                       "must be a duration such as \"500ms\", \"30s\", \"5m\", \"2h\" or \"7d\"");
    return std::chrono::milliseconds(*value);
}

std::string format_duration(std::chrono::milliseconds value) {
    const auto count = static_cast<std::uint64_t>(value.count());
    if (count == 0) return "0s";
    unit best = duration_units.front();
    for (const unit& candidate : duration_units)
        if (count % candidate.factor == 0) best = candidate;
    return std::to_string(count / best.factor).append(best.name);
}

result<std::uint64_t> parse_size(std::string_view text) {
    const auto value = parse_with_unit(text, size_units);
    if (!value)
        return failure(errc::bad_config,
                       "must be a size such as 1000000, \"64MiB\", \"4GiB\" or \"10GB\"");
    return *value;
}

std::string format_size(std::uint64_t bytes) {
    for (const unit& candidate : size_units)
        if (bytes != 0 && bytes % candidate.factor == 0)
            return std::to_string(bytes / candidate.factor).append(candidate.name);
    return "0";
}

result<host_port> parse_host_port(std::string_view text, std::uint16_t port) {
    const auto wrong = failure(errc::bad_config, "must be HOST:PORT, with IPv6 as [::1]:PORT");
    host_port out{std::string(), port};
    std::string_view rest;
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == text.npos || !is_ipv6(text.substr(1, end - 1))) return wrong;
        out.host = text.substr(1, end - 1);
        rest = text.substr(end + 1);
    } else {
        const std::string_view name = text.substr(0, text.find(':'));
        if (!is_host_name(name)) return wrong;
        out.host = name;
        rest = text.substr(name.size());
    }
    if (!rest.empty()) {
        const auto said = rest.front() == ':' ? parse_port(rest.substr(1)) : std::nullopt;
        if (!said) return wrong;
        out.port = *said;
    }
    if (out.port == 0) return wrong;
    return out;
}

std::string format_host_port(const host_port& address) {
    const bool ipv6 = address.host.find(':') != std::string::npos;
    return (ipv6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

result<url> parse_url(std::string_view text, std::uint16_t port) {
    const auto wrong =
        failure(errc::bad_config, "must be a URL such as SCHEME://USER:PASSWORD@HOST:PORT/PATH");
    const std::size_t scheme_end = text.find("://");
    if (scheme_end == text.npos || scheme_end == 0) return wrong;
    url out;
    out.scheme = text.substr(0, scheme_end);
    std::string_view authority = text.substr(scheme_end + 3);
    if (const std::size_t slash = authority.find('/'); slash != authority.npos) {
        out.path = authority.substr(slash + 1);
        authority = authority.substr(0, slash);
    }
    if (const std::size_t at = authority.rfind('@'); at != authority.npos) {
        const std::string_view user = authority.substr(0, at);
        const std::size_t colon = std::min(user.find(':'), user.size());
        const auto name = percent_decoded(user.substr(0, colon));
        const auto word = percent_decoded(user.substr(std::min(colon + 1, user.size())));
        if (!name || !word) return wrong;
        out.username = *name;
        out.password = secret(*word);
        authority = authority.substr(at + 1);
    }
    auto address = parse_host_port(authority, port);
    if (!address) return wrong;
    out.address = *std::move(address);
    return out;
}

std::string_view nearest_word(std::string_view word, const std::vector<std::string_view>& among) {
    // A third of the letters may be wrong; beyond that a guess would mislead.
    std::size_t best_distance =
        std::min(std::max<std::size_t>(word.size() / 3, 1) + 1, word.size());
    std::string_view best;
    const std::string wanted = lower(word);
    for (const std::string_view candidate : among) {
        const std::size_t found = distance(wanted, lower(candidate));
        if (found >= best_distance) continue;
        best_distance = found;
        best = candidate;
    }
    return best;
}

}  // namespace callstream
