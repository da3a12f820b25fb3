#include <catch2/catch.hpp>

#include "parsers/zone_clock.h"

namespace {

using namespace callstream;
using callstream::parsers::zone_clock;
using std::chrono::hours;
using std::chrono::seconds;

timestamp at(std::int64_t second) {
    return timestamp(seconds(second));
}

const timestamp long_after = at(4'000'000'000);

}  // namespace

TEST_CASE("local time becomes UTC with the zone's offset of that day", "[zone_clock]") {
    CHECK(zone_clock("UTC").to_utc("2026-11-21 03:10:56", long_after) == at(1'795'230'656));
    CHECK(zone_clock("Asia/Shanghai").to_utc("2026-11-21 11:10:56", long_after) ==
          at(1'795'230'656));
    zone_clock berlin("Europe/Berlin");
    CHECK(berlin.to_utc("2026-01-15 12:00:00", long_after) == at(1'768'474'800));
    CHECK(berlin.to_utc("2026-07-15 12:00:00", long_after) == at(1'784'109'600));
    CHECK(berlin.to_utc("2026-01-15 12:00:00", long_after) == at(1'768'474'800));
}

TEST_CASE("an hour that the clock showed twice is the one nearer to what is known",
          "[zone_clock]") {
    zone_clock berlin("Europe/Berlin");
    const timestamp summer = at(1'792'888'200);  // 2026-10-25 02:30 CEST
    const timestamp winter = summer + hours(1);  // 2026-10-25 02:30 CET
    CHECK(berlin.to_utc("2026-10-25 02:30:00", summer + seconds(1)) == summer);
    CHECK(berlin.to_utc("2026-10-25 02:30:00", winter + seconds(1)) == winter);
    CHECK(berlin.to_utc("2026-10-25 02:30:00", winter - seconds(90)) == winter);
}

TEST_CASE("times around a change of the clock are right whatever came before", "[zone_clock]") {
    zone_clock berlin("Europe/Berlin");
    CHECK(berlin.to_utc("2026-10-01 00:00:00", long_after) == at(1'790'805'600));
    CHECK(berlin.to_utc("2026-10-25 01:59:59", long_after) == at(1'792'886'399));
    CHECK(berlin.to_utc("2026-10-25 03:00:00", long_after) == at(1'792'893'600));
    CHECK(berlin.to_utc("2026-03-29 03:00:00", long_after) == at(1'774'746'000));
}

TEST_CASE("what is no time is nothing", "[zone_clock]") {
    zone_clock utc("UTC");
    const std::string text =
        GENERATE("", "2026-11-21", "2026-11-21T03:10:56", "2026-13-21 03:10:56",
                 "2026-02-30 03:10:56", "2026-11-21 24:10:56", "2026-11-21 03:-1:56",
                 "2026-11-21 03:10:56 ", "0000-00-00 00:00:00");
    CHECK_FALSE(utc.to_utc(text, long_after));
}

TEST_CASE("zones are known by their IANA names", "[zone_clock]") {
    CHECK(zone_clock::knows("America/New_York"));
    CHECK_FALSE(zone_clock::knows("Mars/Olympus"));
    CHECK_FALSE(zone_clock::knows(""));
}
