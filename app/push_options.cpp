#include "app/push_options.h"

#include <algorithm>
#include <set>

#include "app/connection_options.h"
#include "core/http_limits.h"
#include "core/ip_range.h"

namespace callstream::app {

namespace {

constexpr std::uint16_t https_port = 8443;
constexpr std::array<std::string_view, 3> client_names{"none", "optional", "required"};

// Numeric addresses, separated by commas.
void read_addresses(config_table& from, const config_key& key, std::uint16_t port,
                    std::vector<host_port>& out) {
    std::string said;
    if (!from.text(key, said)) return;
    for (std::size_t at = 0; at <= said.size();) {
        const std::size_t end = std::min(said.find(',', at), said.size());
        std::string_view each = std::string_view(said).substr(at, end - at);
        while (each.starts_with(' '))
            each.remove_prefix(1);
        while (each.ends_with(' '))
            each.remove_suffix(1);
        const auto address = parse_host_port(each, port);
        if (!address) return from.fail(key.name, std::string(address.error().what));
        if (!to_socket_address(address->host, address->port))
            return from.fail(key.name, "needs numeric addresses, such as 0.0.0.0:8260");
        out.push_back(*address);
        at = end + 1;
    }
}

void read_server_tls(config_table& from, http_server_settings& http) {
    tls_server_settings tls;
    from.text({"certificate_file", "certificate and its chain, PEM; loaded again when it changes"},
              tls.certificate_file);
    from.text({"key_file", "its private key, PEM"}, tls.key_file);
    from.choice({"client_certificate", "whether clients must show one"}, tls.client, client_names);
    from.text({"client_ca_file", "who signs the clients' certificates, PEM"}, tls.client_ca_file);
    from.require({"certificate_file", "key_file"});
    if (tls.client != client_certificate::none) from.require({"client_ca_file"});
    check_file(from, "certificate_file", tls.certificate_file);
    check_file(from, "key_file", tls.key_file);
    check_file(from, "client_ca_file", tls.client_ca_file);
    http.tls = tls;
}

}  // namespace

void read_http(config_table& from, http_server_settings& http, std::uint16_t port) {
    read_addresses(from, {"listen", "ADDRESS:PORT, several separated by commas"}, port,
                   http.listen);
    read_addresses(from, {"tls_listen", "the same for HTTPS"}, https_port, http.listen_secure);
    from.table({"tls", "the server's certificate"},
               [&http](config_table& table) { read_server_tls(table, http); });
    from.number<std::size_t>({"connections_max", "connections at once"}, http.connection_count_max,
                             {1, 65'536});
    from.number<std::size_t>({"connections_per_address_max", "of one client address"},
                             http.address_connection_count_max, {1, 65'536});
    from.duration({"head_timeout", "for a request's head"}, http.head_timeout, short_times);
    from.duration({"request_timeout", "for a whole request"}, http.request_timeout, short_times);
    from.duration({"idle_timeout", "for a connection without a request"}, http.idle_timeout,
                  short_times);
    if (!http.listen_secure.empty() && !http.tls) from.fail("tls_listen", "needs 'tls'");
    if (http.listen.empty() && http.listen_secure.empty())
        from.fail("", "needs 'listen' or 'tls_listen'");
}

void read_push(config_table& from, pbx_settings& pbx) {
    sources::push_settings push;
    push.takes_xml = pbx.translator.family == "grandstream";
    http_access_settings& access = push.access;
    from.text({"path", "where this PBX pushes its reports, such as /push/hq"}, push.path);
    std::vector<std::string> ranges;
    from.texts({"allow", "addresses that may push: 192.0.2.7, 192.0.2.0/24, 2001:db8::/32"},
               ranges);
    for (const std::string& range : ranges) {
        const auto parsed = ip_range::parse(range);
        if (parsed)
            access.allow.push_back(*parsed);
        else
            from.fail("allow", std::string(parsed.error().what));
    }
    std::string origin;
    from.text({"username", "of HTTP Basic"}, access.username);
    from.password({"password", "of HTTP Basic"}, access.password, origin);
    from.password({"token", "bearer token, or ?token= in the path"}, access.token, origin);
    from.password({"signing_key", "of X-Signature: HMAC-SHA256 of the body, base64 or hex"},
                  access.signing_key, origin);
    std::uint64_t size = push.body_size_max;
    from.size({"body_size_max", "the largest report"}, size, {1024, limits::http_body_size_max});
    push.body_size_max = static_cast<std::size_t>(size);
    from.require({"path"});
    if (from.has("path") && !push.path.starts_with('/')) from.fail("path", "must begin with '/'");
    if (from.has("username") != from.has("password")) from.require({"username", "password"});
    if (access.allow.empty() && !needs_credentials(access))
        from.fail("",
                  "needs 'allow', or credentials: anyone could push. allow = [\"0.0.0.0/0\", "
                  "\"::/0\"] says that anyone may");
    pbx.push = std::move(push);
}

void check_push(config_table& from, const settings& read) {
    std::set<std::string> paths;
    for (const pbx_settings& pbx : read.pbxes) {
        if (!pbx.push) continue;
        if (!read.http) from.fail("http", "is needed, with 'listen': a PBX pushes reports");
        if (!paths.insert(pbx.push->path).second)
            from.fail("pbx", "two PBXes have the same push.path: " + pbx.push->path);
    }
}

}  // namespace callstream::app
