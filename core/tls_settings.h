// How a TLS peer is verified, and who we are to it.
#pragma once

#include <cstdint>
#include <string>

namespace callstream {

// full: the chain leads to a trusted CA and the certificate names the host.
// pin:  the certificate is exactly the pinned one; chain, name and dates do not matter.
// none: anyone may answer; the connection is only hidden from listeners.
enum class tls_verify : std::uint8_t { full, pin, none };

struct tls_settings {
    tls_verify verify = tls_verify::full;
    std::string ca_file{};           // empty: the system's
    std::string pin_sha256{};        // hex, with or without colons, of the peer's DER certificate;
                                     // with `full` it is checked as well
    std::string server_name{};       // empty: the host's name; also what the certificate must name
    std::string certificate_file{};  // our own, for mutual TLS
    std::string key_file{};
};

}  // namespace callstream
