#include <catch2/catch.hpp>

#include "parsers/device_state.h"

using namespace callstream::parsers;

TEST_CASE("device states have one vocabulary", "[device_state]") {
    CHECK(name_of_device_state("NOT_INUSE") == "idle");
    CHECK(name_of_device_state("RINGINUSE") == "ringing-in-use");
    CHECK(name_of_device_state("PARTYING") == "PARTYING");
    CHECK(name_of_device_state(1) == "idle");
    CHECK(name_of_device_state(8) == "on-hold");
    CHECK(name_of_device_state(99) == "unknown");
    CHECK(name_of_device_state(-1) == "unknown");
}

TEST_CASE("an extension's bits say one state, the most telling", "[device_state]") {
    CHECK(name_of_extension_state(0) == "idle");
    CHECK(name_of_extension_state(1) == "in-use");
    CHECK(name_of_extension_state(2) == "busy");
    CHECK(name_of_extension_state(4) == "unavailable");
    CHECK(name_of_extension_state(8) == "ringing");
    CHECK(name_of_extension_state(9) == "ringing-in-use");
    CHECK(name_of_extension_state(17) == "on-hold");
    CHECK(name_of_extension_state(-1) == "removed");
}
