#include "app/connection_options.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <system_error>

#include <unistd.h>

namespace callstream::app {

namespace {

constexpr std::array<std::string_view, 3> verify_names{"full", "pin", "none"};

bool is_sha256(const std::string& pin) {
    std::size_t digit_count = 0;
    for (const char c : pin) {
        if (c == ':') continue;
        if (std::string_view("0123456789abcdefABCDEF").find(c) == std::string_view::npos)
            return false;
        ++digit_count;
    }
    return digit_count == 64;
}

void read_tls_table(config_table& from, tls_settings& tls) {
    const bool verify_said = from.choice(
        {"verify", "what the peer's certificate is checked against"}, tls.verify, verify_names);
    from.text({"ca_file", "certificates of trusted authorities, PEM; default: the system's"},
              tls.ca_file);
    const bool pinned =
        from.text({"pin_sha256", "SHA-256 of the peer's certificate, in hex, for verify = \"pin\""},
                  tls.pin_sha256);
    from.text({"server_name", "name that the certificate must hold; default: the host"},
              tls.server_name);
    from.text({"certificate_file", "our own certificate, PEM, for mutual TLS"},
              tls.certificate_file);
    from.text({"key_file", "its private key, PEM"}, tls.key_file);

    if (pinned && !verify_said) tls.verify = tls_verify::pin;
    if (pinned && !is_sha256(tls.pin_sha256))
        from.fail("pin_sha256", "must be 64 hexadecimal digits, with or without colons");
    if (pinned && tls.verify != tls_verify::pin)
        from.fail("pin_sha256", "has no effect unless verify is \"pin\"");
    if (tls.verify == tls_verify::pin) from.require({"pin_sha256"});
    if (from.has("certificate_file") || from.has("key_file"))
        from.require({"certificate_file", "key_file"});
    check_file(from, "ca_file", tls.ca_file);
    check_file(from, "certificate_file", tls.certificate_file);
    check_file(from, "key_file", tls.key_file);
}

}  // namespace

void check_file(config_table& from, std::string_view key, const std::string& path) {
    if (path.empty() || ::access(path.c_str(), R_OK) == 0) return;
    from.fail(key, "file " + path + ": " + std::generic_category().message(errno));
}

void read_tls(config_table& from, std::optional<tls_settings>& tls) {
    tls_settings given;
    const auto read = [&given](config_table& table) { read_tls_table(table, given); };
    if (from.table_or_flag({"tls", "true, or a table of the options of TLS"}, read)) tls = given;
}

void read_connection(config_table& from, stream_settings& connection) {
    from.duration({"connect_timeout", "for resolving, connecting and the TLS handshake together"},
                  connection.connect_timeout, short_times);
    from.duration({"keepalive", "silence after which TCP asks whether the peer is still there"},
                  connection.keepalive, {std::chrono::seconds(1), std::chrono::hours(2)});
    std::uint64_t size = connection.write_queue_size_max;
    from.size({"write_queue_size_max", "bytes that may wait for a slow peer"}, size,
              {64 * 1024, std::uint64_t{1} << 32});
    connection.write_queue_size_max = static_cast<std::size_t>(size);
}

}  // namespace callstream::app
