#include <catch2/catch.hpp>

#include "sources/poll_family.h"

using namespace callstream::sources;

TEST_CASE("statuses of an API that mean something are told apart", "[poll]") {
    CHECK(judge_status(200).fine());
    CHECK(judge_status(401).finding == poll_finding::logged_out);
    CHECK(judge_status(403).finding == poll_finding::forbidden);
    CHECK(judge_status(404).finding == poll_finding::disabled);
    CHECK(judge_status(400).finding == poll_finding::bad_request);
    CHECK(judge_status(429).finding == poll_finding::busy);
    CHECK(judge_status(500).finding == poll_finding::busy);
    CHECK(judge_status(302).finding == poll_finding::foreign);
    CHECK(judge_status(500).detail == "HTTP status 500");
}

TEST_CASE("a web page is no answer of an API, whatever it says that it is", "[poll]") {
    const auto is_page = [](std::string_view type, std::string_view body) {
        return looks_like_html({200, type, body, {}});
    };
    CHECK(is_page("text/html", "\r\n<!DOCTYPE html><html>"));
    CHECK(is_page("", "<HTML><body>"));
    CHECK(is_page("text/plain", "\xEF\xBB\xBF<html>"));
    CHECK_FALSE(is_page("text/html", "{\"LoginStatus\":\"Success\"}"));
    CHECK_FALSE(is_page("text/xml", "<?xml version=\"1.0\"?><root/>"));
    CHECK_FALSE(is_page("text/html", ""));
}
