#include <catch2/catch.hpp>

#include "core/digest.h"
#include "core/http_access.h"

using namespace callstream;

namespace {

http_head head_with(std::string_view name, std::string_view value, std::string_view query = {}) {
    http_head head;
    head.query = query;
    if (!name.empty()) head.all[head.count++] = {name, value};
    return head;
}

http_access access(const http_access_settings& settings, const http_head& head,
                   const std::string& from = "192.0.2.7") {
    http_signature signature{};
    return check_access(settings, head, *to_socket_address(from, 1), signature);
}

http_access_settings any_of_three() {
    http_access_settings settings;
    settings.username = "pbx";
    settings.password = secret("s3cret");
    settings.token = secret("t0ken");
    settings.signing_key = secret("key");
    return settings;
}

}  // namespace

TEST_CASE("ranges hold the addresses of their prefix, IPv4 also in its IPv6 form", "[http]") {
    const auto in = [](std::string_view range, const std::string& address) {
        return ip_range::parse(range)->contains(ip_address(*to_socket_address(address, 0)));
    };
    CHECK(in("192.0.2.0/24", "192.0.2.255"));
    CHECK_FALSE(in("192.0.2.0/24", "192.0.3.0"));
    CHECK(in("192.0.2.128/25", "192.0.2.128"));
    CHECK_FALSE(in("192.0.2.128/25", "192.0.2.127"));
    CHECK(in("192.0.2.1", "::ffff:192.0.2.1"));
    CHECK(in("0.0.0.0/0", "10.0.0.1"));
    CHECK_FALSE(in("0.0.0.0/0", "2001:db8::1"));
    CHECK(in("2001:db8::/33", "2001:db8:7fff::1"));
    CHECK_FALSE(in("2001:db8::/33", "2001:db8:8000::1"));
    CHECK(in("::/0", "192.0.2.1"));
    for (const char* bad : {"", "192.0.2", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/x", "::1/129",
                            "a/8", "1.2.3.4/-1"})
        CHECK_FALSE(ip_range::parse(bad));
}

TEST_CASE("without credentials the address decides alone", "[http]") {
    http_access_settings settings;
    CHECK(access(settings, head_with("", "")) == http_access::granted);
    settings.allow = {*ip_range::parse("192.0.2.0/24"), *ip_range::parse("2001:db8::/32")};
    CHECK(access(settings, head_with("", "")) == http_access::granted);
    CHECK(access(settings, head_with("", ""), "2001:db8::5") == http_access::granted);
    CHECK(access(settings, head_with("", ""), "198.51.100.1") == http_access::forbidden);
}

TEST_CASE("any one of the configured credentials is enough, a wrong one is not", "[http]") {
    const http_access_settings settings = any_of_three();
    const auto with = [&](std::string_view name, std::string_view value) {
        return access(settings, head_with(name, value));
    };
    CHECK(with("", "") == http_access::unauthorized);
    CHECK(with("authorization", "Basic cGJ4OnMzY3JldA==") == http_access::granted);
    CHECK(with("Authorization", "basic  cGJ4OnMzY3JldA") == http_access::granted);
    CHECK(with("Authorization", "Basic cGJ4OnMzY3JldB==") == http_access::unauthorized);
    CHECK(with("Authorization", "Basic !!!") == http_access::unauthorized);
    CHECK(with("Authorization", "Bearer t0ken") == http_access::granted);
    CHECK(with("Authorization", "Bearer t0kem") == http_access::unauthorized);
    CHECK(with("Authorization", "Bearer ") == http_access::unauthorized);
    CHECK(with("Authorization", "Bearer") == http_access::unauthorized);
    CHECK(access(settings, head_with("", "", "a=b&token=t0ken")) == http_access::granted);
    CHECK(access(settings, head_with("", "", "token=")) == http_access::unauthorized);
    CHECK(with("X-Signature", "short") == http_access::unauthorized);

    http_access_settings one;
    one.token = secret("t");
    CHECK(access(one, head_with("Authorization", "Basic Og==")) == http_access::unauthorized);
}

TEST_CASE("a signature is right for its body and key alone, in base64 or hex", "[http]") {
    const http_access_settings settings = any_of_three();
    // printf '{"type":30011}' | openssl dgst -sha256 -hmac key
    const std::string body = R"({"type":30011})";
    const http_signature right = to_hmac_sha256("key", body);
    std::string hex;
    for (const unsigned char byte : right) {
        hex += "0123456789abcdef"[byte >> 4];
        hex += "0123456789abcdef"[byte & 15];
    }
    http_signature said{};
    const auto seen = [&](const std::string& value) {
        return check_access(settings, head_with("x-signature", value),
                            *to_socket_address("192.0.2.7", 1), said);
    };
    CHECK(seen("sha256=" + hex) == http_access::wants_signature);
    CHECK(check_signature(settings, body, said));
    CHECK_FALSE(check_signature(settings, body + " ", said));
    CHECK(seen(std::string(43, 'A') + '=') == http_access::wants_signature);
    CHECK_FALSE(check_signature(settings, body, said));
}

TEST_CASE("HMAC, base64 and hex agree with their specifications", "[http]") {
    // RFC 4231, test case 2.
    const auto mac = to_hmac_sha256("Jefe", "what do ya want for nothing?");
    CHECK(from_hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843") ==
          std::string(reinterpret_cast<const char*>(mac.data()), mac.size()));
    // RFC 4648, section 10.
    CHECK(from_base64("Zm9vYmFy") == "foobar");
    CHECK(from_base64("Zm9vYmE=") == "fooba");
    CHECK(from_base64("Zg") == "f");
    CHECK(from_base64("").value() == "");
    CHECK_FALSE(from_base64("Z"));
    CHECK_FALSE(from_base64("Zm 9v"));
    CHECK_FALSE(from_hex("0"));
    CHECK_FALSE(from_hex("0g"));
    CHECK(same_secret("a", "a"));
    CHECK_FALSE(same_secret("", ""));
}
