#include "parsers/ami_greeting.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace callstream::parsers {

namespace {

using namespace std::string_view_literals;

constexpr std::size_t greeting_size_max = 256;
constexpr auto greeting_start = "Asterisk Call Manager"sv;
constexpr std::array message_starts{"Event: "sv, "Response: "sv};

struct stranger {
    std::string_view start;
    std::string_view what;
};

constexpr std::array strangers{
    stranger{"HTTP/", "an HTTP server answers on the AMI port"},
    stranger{"SSH-", "an SSH server answers on the AMI port"},
    stranger{"SIP/2.0", "a SIP server answers on the AMI port"},
    stranger{"\x15\x03", "the AMI port speaks TLS: a TLS alert came"},
    stranger{"\x16\x03", "the AMI port speaks TLS: a TLS handshake came"},
    stranger{"220", "a mail or FTP server answers on the AMI port"},
    stranger{"-ERR", "a Redis or POP3 server answers on the AMI port"},
    stranger{"Content-Type: auth/request", "a FreeSWITCH event socket answers on the AMI port"},
};

// One begins with the other, as far as both go.
bool agree(std::string_view pending, std::string_view start) noexcept {
    return pending.substr(0, start.size()) == start.substr(0, pending.size());
}

bool is_text(char c) noexcept {
    return (c >= ' ' && c <= '~') || c == '\t' || c == '\r' || c == '\n';
}

result<std::optional<ami_greeting>> read_stranger(std::string_view pending) noexcept {
    for (const auto& [start, what] : strangers) {
        if (!agree(pending, start)) continue;
        if (pending.size() < start.size()) return std::nullopt;
        return failure(errc::wrong_protocol, what);
    }
    return failure(errc::wrong_protocol, is_text(pending.front())
                                             ? "the AMI port greets with something else than AMI"
                                             : "the AMI port sends binary data");
}

unsigned major_version(std::string_view line) noexcept {
    const std::size_t slash = line.rfind('/');
    if (slash == std::string_view::npos) return 0;
    unsigned major = 0;
    const auto [end, failed] = std::from_chars(&line[slash] + 1, line.data() + line.size(), major);
    return failed == std::errc() ? major : 0;
}

}  // namespace

result<std::optional<ami_greeting>> read_ami_greeting(std::string_view pending) noexcept {
    if (pending.empty()) return std::nullopt;
    for (const std::string_view start : message_starts) {
        if (!agree(pending, start)) continue;
        if (pending.size() < start.size()) return std::nullopt;
        return ami_greeting{};
    }
    if (!agree(pending, greeting_start)) return read_stranger(pending);
    const std::size_t line_feed = pending.substr(0, greeting_size_max).find('\n');
    if (line_feed == std::string_view::npos) {
        if (pending.size() < greeting_size_max) return std::nullopt;
        return failure(errc::wrong_protocol, "the AMI greeting does not end");
    }
    std::string_view line = pending.substr(0, line_feed);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.starts_with(greeting_start)) {
        return failure(errc::wrong_protocol, "the AMI port greets with something else than AMI");
    }
    return ami_greeting{line, line_feed + 1, major_version(line)};
}

}  // namespace callstream::parsers
