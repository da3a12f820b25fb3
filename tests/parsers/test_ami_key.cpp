#include <string>

#include <catch2/catch.hpp>

#include "parsers/ami_key.h"

using namespace callstream::parsers;

TEST_CASE("a header name is found in any spelling", "[parsers][ami]") {
    CHECK(ami_key_named("Uniqueid") == ami_key::uniqueid);
    CHECK(ami_key_named("UniqueID") == ami_key::uniqueid);
    CHECK(ami_key_named("UNIQUEID") == ami_key::uniqueid);
    CHECK(ami_key_named("CallerIDnum") == ami_key::caller_id_num);
    CHECK(ami_key_named("Cause-txt") == ami_key::cause_txt);
    CHECK(ami_key_named("Recording File Name") == ami_key::recording_file_name);
    CHECK(ami_event_named("newexten") == ami_event::newexten);
    CHECK(ami_event_named("NewExten") == ami_event::newexten);
}

TEST_CASE("a name that is not quite a known one is unknown", "[parsers][ami]") {
    CHECK(ami_key_named("") == ami_key::unknown);
    CHECK(ami_key_named("Uniquei") == ami_key::unknown);
    CHECK(ami_key_named("Uniqueidd") == ami_key::unknown);
    CHECK(ami_key_named("Uniqueid ") == ami_key::unknown);
    CHECK(ami_key_named("Cause\rtxt") == ami_key::unknown);  // '\r' and '-' differ in the case bit
    CHECK(ami_key_named(std::string(1000, 'x')) == ami_key::unknown);
    CHECK(ami_event_named("Hangu") == ami_event::unknown);
}

TEST_CASE("every name in the tables is found as what it is", "[parsers][ami]") {
    for (std::size_t i = 1; i < ami_key_count; ++i) {
        const auto key = static_cast<ami_key>(i);
        CHECK(ami_key_named(name_of(key)) == key);
        CHECK(equal_names(name_of(key), name_of(key)));
    }
    for (std::size_t i = 2; i < ami_event_count; ++i) {
        const auto event = static_cast<ami_event>(i);
        CHECK(ami_event_named(name_of(event)) == event);
    }
}
