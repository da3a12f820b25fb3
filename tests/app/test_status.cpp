// Metrics and health, from a status that is made up.
#include <algorithm>
#include <sstream>

#include <catch2/catch.hpp>

#include "app/health.h"
#include "app/metric_table.h"
#include "app/metrics_reference.h"
#include "app/metrics_text.h"

using namespace callstream;
using namespace callstream::app;
using clock_type = std::chrono::steady_clock;

namespace {

home_status sample(clock_type::time_point at) {
    home_status status;
    status.at = at;
    pbx_status pbx;
    pbx.name = "hq";
    pbx.family = "asterisk";
    pbx.transport = "ami";
    pbx.connected = true;
    pbx.events = {10, 7, 1, 1, 1};
    pbx.types[static_cast<std::size_t>(event_type::call_answered)] = 5;
    pbx.types[static_cast<std::size_t>(event_type::source_gap)] = 2;
    status.pbxes.push_back(pbx);
    sink_status sink;
    sink.name = "live";
    sink.type = "redis";
    sink.connected = true;
    sink.sequence = 4;
    sink.settled.buckets[0] = 3;
    sink.settled.buckets[latency_bucket_count - 1] = 1;
    sink.settled.sum_us = 1'500'000;
    status.sinks.push_back(sink);
    status.sequence = 7;
    status.journal = {1000, 1'000'000, 1, 0, 0};
    status.push.emplace();
    return status;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);)
        lines.push_back(line);
    return lines;
}

bool has(const std::vector<std::string>& lines, const std::string& line) {
    return std::find(lines.begin(), lines.end(), line) != lines.end();
}

const health_check& find(const health_checks& checks, const std::string& about) {
    const auto found = std::find_if(checks.begin(), checks.end(),
                                    [&](const health_check& each) { return each.about == about; });
    REQUIRE(found != checks.end());
    return *found;
}

}  // namespace

TEST_CASE("the page of metrics says what was counted", "[app]") {
    const auto at = clock_type::now();
    const auto lines = lines_of(metrics_text(sample(at), {at, "1.2.3", {0.5}}));
    for (const char* line :
         {"callstream_build_info{version=\"1.2.3\"} 1", "callstream_home_loop_age_seconds 0",
          "callstream_pbx_connected{pbx=\"hq\",family=\"asterisk\",transport=\"ami\"} 1",
          "callstream_events_received_total{pbx=\"hq\"} 10",
          "callstream_events_published_total{pbx=\"hq\",type=\"call.answered\"} 5",
          "callstream_pbx_gaps_total{pbx=\"hq\"} 2", "callstream_events_unaccounted{pbx=\"hq\"} 0",
          "callstream_sink_lag_events{sink=\"live\"} 3",
          "callstream_sink_lag_seconds{sink=\"live\"} 0.5",
          "callstream_sink_settled_seconds_count{sink=\"live\"} 4",
          "callstream_sink_settled_seconds_sum{sink=\"live\"} 1.5",
          "callstream_sink_settled_seconds_bucket{sink=\"live\",le=\"+Inf\"} 4",
          "# TYPE callstream_sink_settled_seconds histogram"}) {
        CAPTURE(line);
        CHECK(has(lines, line));
    }
}

TEST_CASE("an event that is in no count shows", "[app]") {
    const auto at = clock_type::now();
    home_status status = sample(at);
    status.pbxes[0].events.published -= 2;
    CHECK(has(lines_of(metrics_text(status, {at, "1", {}})),
              "callstream_events_unaccounted{pbx=\"hq\"} 2"));
}

TEST_CASE("every metric of the table is on the page of a program that has everything", "[app]") {
    const auto at = clock_type::now();
    const std::string text = metrics_text(sample(at), {at, "1", {0}});
    for (const metric_row& row : metric_table) {
        CAPTURE(std::string(row.name));
        CHECK(text.find("# HELP " + std::string(row.name) + ' ') != std::string::npos);
        CHECK(metrics_reference().find('`' + std::string(row.name) + '`') != std::string::npos);
        CHECK((row.kind == metric_kind::counter) == row.name.ends_with("_total"));
    }
}

TEST_CASE("a program that sees and delivers is ready", "[app]") {
    const auto at = clock_type::now();
    const health_checks checks = check_ready(sample(at), at);
    CHECK_FALSE(failed(checks));
    CHECK(health_json(checks).starts_with("{\"state\":\"fine\""));
}

TEST_CASE("before the first report it lives and is not ready", "[app]") {
    CHECK_FALSE(failed(check_alive(std::nullopt, clock_type::now())));
    CHECK(failed(check_ready(std::nullopt, clock_type::now())));
}

TEST_CASE("a home loop that hangs is not alive", "[app]") {
    const auto at = clock_type::now();
    CHECK_FALSE(failed(check_alive(sample(at), at + std::chrono::seconds(9))));
    const health_checks checks = check_alive(sample(at), at + std::chrono::seconds(12));
    CHECK(failed(checks));
    CHECK(find(checks, "home").reason.find("has not turned for 12 s") != std::string::npos);
}

TEST_CASE("a full journal is not ready, and names the sink that holds it", "[app]") {
    const auto at = clock_type::now();
    home_status status = sample(at);
    status.sinks[0].position = 50'000;
    status.journal = {1'000'000, 1'000'000, 10, 0, 995'000};
    const health_checks checks = check_ready(status, at);
    CHECK(failed(checks));
    CHECK(find(checks, "journal").reason.find("sink live is 3 events behind") != std::string::npos);
    status.journal.position_next = 950'000;  // half of the last segment is left
    CHECK(find(check_ready(status, at), "journal").state == health::degraded);
    status.journal = {900'000, 1'000'000, 9, 0, 895'000};  // there is room for another
    CHECK(find(check_ready(status, at), "journal").state == health::fine);
}

TEST_CASE("a journal that is full of what sinks have is fine", "[app]") {
    const auto at = clock_type::now();
    home_status status = sample(at);
    status.journal = {1'000'000, 1'000'000, 10, 0, 995'000};
    status.sinks[0].position = 990'000;  // some events behind
    CHECK(find(check_ready(status, at), "journal").state == health::fine);
    // The web server reads, and holds nothing.
    status.sinks.push_back(status.sinks[0]);
    status.sinks[1].holds = false;
    status.sinks[1].position = 0;
    CHECK_FALSE(failed(check_ready(status, at)));
}

TEST_CASE("one lost PBX of two degrades, the last one is not ready", "[app]") {
    const auto at = clock_type::now();
    home_status status = sample(at);
    status.pbxes.push_back(status.pbxes[0]);
    status.pbxes[1].name = "branch";
    status.pbxes[0].connected = false;
    status.pbxes[0].reason = "the connection was refused";
    CHECK_FALSE(failed(check_ready(status, at)));
    CHECK(find(check_ready(status, at), "pbx:hq").reason == "the connection was refused");
    CHECK(health_json(check_ready(status, at)).starts_with("{\"state\":\"degraded\""));
    status.pbxes[1].connected = false;
    CHECK(failed(check_ready(status, at)));
}

TEST_CASE("whoever stops is not ready", "[app]") {
    const auto at = clock_type::now();
    home_status status = sample(at);
    status.stopping = true;
    CHECK(failed(check_ready(status, at)));
    CHECK_FALSE(failed(check_alive(status, at)));
}
