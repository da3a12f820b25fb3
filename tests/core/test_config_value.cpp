#include <catch2/catch.hpp>

#include "core/config_value.h"

using namespace callstream;
using namespace std::chrono_literals;

TEST_CASE("a duration is a whole number and its unit", "[core]") {
    CHECK(parse_duration("500ms").value() == 500ms);
    CHECK(parse_duration("30s").value() == 30s);
    CHECK(parse_duration("5m").value() == 5min);
    CHECK(parse_duration("2h").value() == 2h);
    CHECK(parse_duration("7d").value() == 168h);
    CHECK(parse_duration("0s").value() == 0s);
}

TEST_CASE("what is no duration is refused", "[core]") {
    const std::string text = GENERATE("", "30", "s", "30 s", "-1s", "+1s", "1.5s", "30S", "1h30m",
                                      "30sec", "99999999999999999999s", "9223372036854775807d");
    CAPTURE(text);
    const auto parsed = parse_duration(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code == errc::bad_config);
}

TEST_CASE("a duration is written in its largest whole unit", "[core]") {
    CHECK(format_duration(0ms) == "0s");
    CHECK(format_duration(1500ms) == "1500ms");
    CHECK(format_duration(90s) == "90s");
    CHECK(format_duration(120s) == "2m");
    CHECK(format_duration(48h) == "2d");
}

TEST_CASE("a size is a whole number of bytes or of a unit", "[core]") {
    CHECK(parse_size("1000000").value() == 1'000'000);
    CHECK(parse_size("64KiB").value() == 65'536);
    CHECK(parse_size("64MiB").value() == 64ull << 20);
    CHECK(parse_size("4GiB").value() == 4ull << 30);
    CHECK(parse_size("1TiB").value() == 1ull << 40);
    CHECK(parse_size("10MB").value() == 10'000'000);
    CHECK(parse_size("9223372036854775807").value() == 9'223'372'036'854'775'807);
}

TEST_CASE("what is no size is refused", "[core]") {
    const std::string text = GENERATE("", "GiB", "4 GiB", "-1", "4gib", "4G", "1.5GiB", "0x10",
                                      "9223372036854775808", "8388608TiB", "18446744073709551616");
    CAPTURE(text);
    CHECK_FALSE(parse_size(text));
}

TEST_CASE("a written size means the same bytes", "[core]") {
    CHECK(format_size(4ull << 30) == "4GiB");
    CHECK(format_size(1'000'000) == "1MB");
    CHECK(format_size(1000) == "1kB");
    CHECK(format_size(999) == "999");
    CHECK(format_size(0) == "0");
    const std::uint64_t bytes =
        GENERATE(as<std::uint64_t>{}, 1, 1000, 1024, 1536, 1'000'000, 64ull << 20, 5ull << 40);
    CHECK(parse_size(format_size(bytes)).value() == bytes);
}

TEST_CASE("an address is a host and a port", "[core]") {
    const auto named = parse_host_port("pbx.example:5038", 0).value();
    CHECK(named.host == "pbx.example");
    CHECK(named.port == 5038);
    const auto ipv6 = parse_host_port("[fe80::1%eth0]:6379", 0).value();
    CHECK(ipv6.host == "fe80::1%eth0");
    CHECK(ipv6.port == 6379);
    CHECK(format_host_port(ipv6) == "[fe80::1%eth0]:6379");
    CHECK(format_host_port(named) == "pbx.example:5038");
}

TEST_CASE("an address without a port has the default one, where there is one", "[core]") {
    CHECK(parse_host_port("192.0.2.10", 5038).value().port == 5038);
    CHECK(parse_host_port("[::1]", 5038).value().port == 5038);
    CHECK_FALSE(parse_host_port("192.0.2.10", 0));
}

TEST_CASE("what is no address is refused", "[core]") {
    const std::string text = GENERATE("", ":5038", "::1", "::1:5038", "[::1", "[]:1", "[pbx]:1",
                                      "[::1]5038", "pbx:", "pbx:0", "pbx:65536", "pbx:-1",
                                      "pbx:50 38", "pb x:1", "user@pbx:1", "pbx:1:2");
    CAPTURE(text);
    CHECK_FALSE(parse_host_port(text, 5038));
}

TEST_CASE("a URL is taken apart", "[core]") {
    const auto full = parse_url("rediss://app:p%40ss%2Fw@[::1]:6380/2", 6379).value();
    CHECK(full.scheme == "rediss");
    CHECK(full.username == "app");
    CHECK(full.password.reveal() == "p@ss/w");
    CHECK(full.address.host == "::1");
    CHECK(full.address.port == 6380);
    CHECK(full.path == "2");

    const auto plain = parse_url("redis://127.0.0.1", 6379).value();
    CHECK(plain.username.empty());
    CHECK(plain.password.empty());
    CHECK(plain.address.port == 6379);
    CHECK(plain.path.empty());

    const auto no_user = parse_url("redis://:word@host", 6379).value();
    CHECK(no_user.username.empty());
    CHECK(no_user.password.reveal() == "word");
}

TEST_CASE("what is no URL is refused", "[core]") {
    const std::string text = GENERATE("", "127.0.0.1:6379", "://host", "redis://", "redis://:1",
                                      "redis://a%zz@host", "redis://a%4@host", "redis://host:x/");
    CAPTURE(text);
    CHECK_FALSE(parse_url(text, 6379));
}

TEST_CASE("the nearest word is what was meant, or nothing", "[core]") {
    const std::vector<std::string_view> known{"address", "secret", "username", "Europe/Berlin"};
    CHECK(nearest_word("secert", known) == "secret");
    CHECK(nearest_word("adress", known) == "address");
    CHECK(nearest_word("europe/berlin", known) == "Europe/Berlin");
    CHECK(nearest_word("SECRET", known) == "secret");
    CHECK(nearest_word("colour", known).empty());
    CHECK(nearest_word("", known).empty());
}
