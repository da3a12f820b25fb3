#include <catch2/catch.hpp>

#include "core/glob.h"
#include "parsers/call_outcome.h"
#include "parsers/call_rules.h"
#include "parsers/channel_name.h"

using namespace callstream;
using namespace callstream::parsers;

TEST_CASE("globs match whole values", "[call_rules]") {
    CHECK(matches_glob("*/trunk*", "PJSIP/trunk-acme-00000022"));
    CHECK(matches_glob("from-?nternal", "from-internal"));
    CHECK(matches_glob("*", ""));
    CHECK(matches_glob("", ""));
    CHECK(matches_glob("a*b*c", "a-b-b-c"));
    CHECK_FALSE(matches_glob("a*b*c", "a-b-b-d"));
    CHECK_FALSE(matches_glob("from", "from-trunk"));
    CHECK_FALSE(matches_glob("?", ""));
}

TEST_CASE("a glob of many stars does not take for ever", "[call_rules]") {
    const std::string value(20'000, 'a');
    CHECK_FALSE(matches_glob("*a*a*a*a*a*a*a*a*a*a*b", value));
}

TEST_CASE("trunks are told by their context first, then by their name", "[call_rules]") {
    const call_rules rules;
    CHECK(rules.is_trunk("PJSIP/acme-1", "from-trunk-acme"));
    CHECK(rules.is_trunk("PJSIP/trunk-acme-1", "default"));
    CHECK(rules.is_trunk("DAHDI/1-1", "from-pstn"));
    CHECK_FALSE(rules.is_trunk("DAHDI/1-1", "from-internal"));  // a telephone on an analogue port
    CHECK_FALSE(rules.is_trunk("PJSIP/101-1", "from-internal"));
    CHECK(rules.is_trunk("PJSIP/trunk-acme"));
}

TEST_CASE("channel names tell device, trunk and kind", "[channel_name]") {
    CHECK(device_of_channel("PJSIP/trunk-acme-00000022") == "PJSIP/trunk-acme");
    CHECK(device_of_channel("DAHDI/i1/5551234-2") == "DAHDI/i1/5551234");
    CHECK(device_of_channel("nonsense") == "nonsense");
    CHECK(device_of_channel("a-b/c") == "a-b/c");
    CHECK(device_of_channel("").empty());
    CHECK(name_of_device("PJSIP/trunk-acme") == "trunk-acme");
    CHECK(name_of_device("DAHDI/i1/5551234") == "i1");
    CHECK(is_local_channel("Local/101@from-internal-00000003;1"));
    CHECK(is_internal_channel("CBAnn/801-00000001;2"));
    CHECK(is_internal_channel("SIP/101-0000002e<ZOMBIE>"));
    CHECK_FALSE(is_internal_channel("PJSIP/Parked-00000001"));
}

TEST_CASE("ids are ordered as Asterisk gave them", "[call_outcome]") {
    CHECK(is_older_id("1795230869.96", "1795230873.98"));
    CHECK(is_older_id("1795230869.9", "1795230869.10"));
    CHECK(is_older_id("pbx1-1795228097.179", "pbx1-1795228097.180"));
    CHECK_FALSE(is_older_id("1795230869.96", "1795230869.96"));
    CHECK(is_older_id("my-own-id-k7", "1795230869.96"));  // no number counts as none
    CHECK_FALSE(is_older_id("1795230869.96", ""));
}
