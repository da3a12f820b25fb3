// The one error type. An error names what happened (errc), a fixed phrase and, where the system or
// a library gave one, its number. It never carries payload, a secret or a caller's number.
#pragma once

#include <cstdint>
#include <string_view>

namespace callstream {

enum class errc : std::uint8_t {
    malformed,       // bytes that are not what the format says
    too_large,       // beyond a bound of limits.h
    lost_boundary,   // where the next message starts is unknown
    unreachable,     // the peer cannot be connected to, or its name not resolved
    disconnected,    // the connection ended
    timeout,         // the peer did not answer in time
    refused,         // the peer answered and said no
    wrong_protocol,  // something else than expected speaks on that port
    tls,             // handshake or certificate
    bad_config,      // the operator must change the configuration
    full,            // the journal, or the disk below it, has no room
    io,              // a file operation failed
    corrupt,         // a stored record does not match its checksum
    not_found,
    invalid_state,  // the call does not fit the object's state
};

// What the caller does about it.
enum class remedy : std::uint8_t { skip, close, retry, stop };

struct error {
    errc code;
    std::string_view what;  // static storage, no caller data
    int sys = 0;            // errno, a libuv code or a library's own code; 0 if there is none
};

constexpr remedy remedy_of(errc code) noexcept {
    switch (code) {
        case errc::malformed:
        case errc::not_found:
            return remedy::skip;
        case errc::too_large:
        case errc::lost_boundary:
        case errc::wrong_protocol:
            return remedy::close;
        case errc::unreachable:
        case errc::disconnected:
        case errc::timeout:
        case errc::refused:
        case errc::tls:
        case errc::full:
            return remedy::retry;
        case errc::bad_config:
        case errc::io:
        case errc::corrupt:
        case errc::invalid_state:
            return remedy::stop;
    }
    return remedy::stop;
}

constexpr std::string_view name_of(errc code) noexcept {
    switch (code) {
        case errc::malformed:
            return "malformed";
        case errc::too_large:
            return "too_large";
        case errc::lost_boundary:
            return "lost_boundary";
        case errc::unreachable:
            return "unreachable";
        case errc::disconnected:
            return "disconnected";
        case errc::timeout:
            return "timeout";
        case errc::refused:
            return "refused";
        case errc::wrong_protocol:
            return "wrong_protocol";
        case errc::tls:
            return "tls";
        case errc::bad_config:
            return "bad_config";
        case errc::full:
            return "full";
        case errc::io:
            return "io";
        case errc::corrupt:
            return "corrupt";
        case errc::not_found:
            return "not_found";
        case errc::invalid_state:
            return "invalid_state";
    }
    return "unknown";
}

}  // namespace callstream
