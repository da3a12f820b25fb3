#include "app/bucket_options.h"

#include <algorithm>

#include "app/connection_options.h"
#include "core/config_value.h"

namespace callstream::app {

namespace {

result<std::string> parse_endpoint(std::string_view text) {
    const auto wrong = [](std::string_view what) { return failure(errc::bad_config, what); };
    std::string named(text);
    if (const std::size_t at = named.find(sources::bucket_placeholder); at != named.npos)
        named.replace(at, sources::bucket_placeholder.size(), "name");
    const auto parsed = parse_url(named, named.starts_with("http://") ? 80 : 443);
    if (!parsed) return tl::unexpected(parsed.error());
    if (parsed->scheme != "https" && parsed->scheme != "http")
        return wrong("must begin with https:// or http://");
    if (!parsed->username.empty() || !parsed->password.empty())
        return wrong("must hold no key: there are access_key and secret_key");
    if (!parsed->path.empty()) return wrong("must hold no path: 'path' says where things go");
    return std::string(text.substr(0, text.find_last_not_of('/') + 1));
}

// What every S3 takes for a bucket, and nothing that means more in a URL.
result<std::string> parse_name(std::string_view text) {
    const bool is_name =
        text.size() >= 3 && text.size() <= 63 && std::all_of(text.begin(), text.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
        });
    if (!is_name || text.front() == '.' || text.back() == '.')
        return failure(errc::bad_config, "must be 3 to 63 of a-z, 0-9, '-' and '.'");
    return std::string(text);
}

// It stands between colons and slashes in what is signed.
result<std::string> parse_region(std::string_view text) {
    const bool is_region =
        !text.empty() && text.find_first_of(":/ \t\r\n") == std::string_view::npos;
    if (!is_region) return failure(errc::bad_config, "must be a region such as eu-central-1");
    return std::string(text);
}

}  // namespace

void read_bucket(config_table& from, sources::recording_bucket& bucket) {
    from.parsed({"endpoint", "https://HOST:PORT that speaks S3; {bucket} in it: the bucket's name"},
                bucket.endpoint, parse_endpoint);
    from.parsed({"name", "of the bucket"}, bucket.name, parse_name);
    from.parsed({"region", "as the signature has it"}, bucket.region, parse_region);
    from.text({"access_key", "ID of the key"}, bucket.access_key);
    std::string origin;
    from.password({"secret_key", "of that key"}, bucket.secret_key, origin);
    std::optional<tls_settings> tls;
    read_tls(from, tls);
    if (tls) bucket.http.tls = *tls;
    if (tls && bucket.endpoint.starts_with("http://"))
        from.fail("tls", "needs an endpoint with https://");
    from.duration({"connect_timeout", "for resolving, connecting and the TLS handshake together"},
                  bucket.http.connect_timeout, short_times);
    from.require({"endpoint", "name", "access_key", "secret_key"});
}

}  // namespace callstream::app
