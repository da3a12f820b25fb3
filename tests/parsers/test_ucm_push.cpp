#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "parsers/ucm_push.h"

using namespace callstream;
using namespace callstream::parsers;

namespace {

constexpr timestamp arrival{std::chrono::seconds(1'700'000'000)};

struct pushed {
    std::vector<std::string> numbers;
    ucm_push decoder{{},
                     {[this](const cdr_row& row) { numbers.push_back(row.calling.number); },
                      [](const record&) {}, [] {}}};
};

std::string json(int number) {
    return R"({"src":")" + std::to_string(number) +
           R"(","dst":"\"{","start":"2026-02-01 10:30:00"})";
}

std::string xml(int number) {
    return "<?xml version=\"1.0\"?><cdr><src>" + std::to_string(number) +
           "</src><clid>\"a\" <1></clid><start>2026-02-01 10:30:00</start></cdr>";
}

}  // namespace

TEST_CASE("records over TCP are found however the bytes are cut", "[cdr]") {
    const std::string stream =
        json(1) + json(2) + "\n" + xml(3) + xml(4) + "\r\n\r\n" + json(5) + "," + json(6);
    for (std::size_t step = 1; step < 70; ++step) {
        pushed here;
        ucm_stream over(here.decoder, [] { return true; });
        std::string pending;
        for (std::size_t at = 0; at < stream.size(); at += step) {
            pending += stream.substr(at, step);
            const auto done = over.decode(pending, arrival, nullptr);
            REQUIRE(done.has_value());
            pending.erase(0, *done);
        }
        over.finish(arrival);
        INFO(step << " " << over.problem() << " " << pending);
        CHECK(here.numbers == std::vector<std::string>{"1", "2", "3", "4", "5", "6"});
        CHECK(over.counters().messages == 6);
        CHECK(over.counters().rejected == 0);
    }
}

TEST_CASE("a record over TCP that is none is counted, and the next is read", "[cdr]") {
    pushed here;
    ucm_stream over(here.decoder, [] { return true; });
    const std::string stream = R"({"a":1})" + json(2) + R"({"src":"3","start":"never"}{"src)";
    const auto done = over.decode(stream, arrival, nullptr);
    REQUIRE(done.has_value());
    CHECK(here.numbers == std::vector<std::string>{"2"});
    CHECK(over.counters().messages == 3);
    CHECK(over.counters().rejected == 2);
    over.finish(arrival);
    CHECK(over.counters().rejected == 3);
    CHECK(over.problem() == "the connection ended within a record");
}

TEST_CASE("what is no CDR output at all ends the connection", "[cdr]") {
    CHECK(ucm_document_size("POST /push HTTP/1.1\r\n").error().code == errc::wrong_protocol);
    CHECK(ucm_document_size("\x16\x03\x01").error().code == errc::lost_boundary);
    CHECK(ucm_document_size("").value() == 0);
    CHECK(ucm_document_size("<cdr><src>1</src>").value() == 0);
    CHECK(ucm_document_size("<cdr/>x").value() == 6);
}

TEST_CASE("a pushed body gives its rows, or says why not", "[cdr]") {
    pushed here;
    CHECK(here.decoder.decode(json(7), arrival, report_coming::first).accepted());
    CHECK(here.decoder.decode(xml(8), arrival, report_coming::first).accepted());
    CHECK(here.decoder
              .decode(R"({"cdr_root":[)" + json(9) + "," + json(10) + "]}", arrival,
                      report_coming::first)
              .accepted());
    CHECK(here.numbers == std::vector<std::string>{"7", "8", "9", "10"});
    CHECK(here.decoder.decode("{\"cdr_root\":[]}", arrival, report_coming::first).problem ==
          "there is no CDR in it");
    CHECK(
        here.decoder
            .decode("{\"src\":\"1\",\"dst\":\"2\",\"start\":\"x\"}", arrival, report_coming::first)
            .problem == "its start is no time");
    CHECK(here.decoder.counters().reports == 3);
}
