#include <catch2/catch.hpp>

#include "tests/sources/cdr_poller_fixture.h"

using namespace callstream;
using namespace callstream::test;

TEST_CASE("a past is filled in windows, each row once, by the end of its call", "[poll]") {
    polled_table one;
    for (long second = 0; second < 7200; second += 7)
        one.pbx.rows.push_back(call(second, second % 900));
    one.run(at(7200 + 900));
    CHECK(one.side.told.size() == one.pbx.rows.size());
    CHECK(one.in_order());
    CHECK(one.pbx.question_count > 3);
    CHECK(one.poller->wait() == one.settings.interval_busy);
    one.run(at(7200 + 1000));
    CHECK(one.side.told.size() == one.pbx.rows.size());
    CHECK(one.poller->wait() == one.settings.interval);
}

TEST_CASE("a window with too many rows is made shorter until they fit", "[poll]") {
    polled_table one;
    one.settings.row_count_max = 100;
    one.settings.window = std::chrono::hours(2);
    for (long second = 0; second < 3600; ++second)
        one.pbx.rows.push_back(call(second, 5));
    one.run(at(4000));
    CHECK(one.side.told.size() == 3600);
    CHECK(one.in_order());
    CHECK(one.poller->counters().restarts < 5);
}

TEST_CASE("what a window held is told as far as it fits, without being read again", "[poll]") {
    polled_table one;
    const bool in_pages = GENERATE(false, true);
    one.pbx.page_size = in_pages ? 50 : 100'000;
    one.settings.row_count_max = 200;
    // A thousand calls of the last hours, behind months with none.
    const long now = 99 * 86'400;
    one.settings.window = std::chrono::hours(24 * 98);
    for (int i = 0; i < 1'000; ++i)
        one.pbx.rows.push_back(call(now - 10'000 + i * 10, i % 40));
    one.run(at(now));
    CHECK(one.side.told.size() == 1'000);
    CHECK(one.in_order());
    INFO(one.pbx.question_count << " questions");
    // Empty months, then windows of two hundred at most; halved again and again it would be more.
    CHECK(one.pbx.question_count <= (in_pages ? 90U : 14U));
}

TEST_CASE("a window whose answer is too large is made shorter", "[poll]") {
    polled_table one;
    one.settings.window = std::chrono::hours(1);
    one.begin();
    REQUIRE(one.poller->make_request(at(100'000)));
    one.poller->on_too_large();
    REQUIRE(one.poller->make_request(at(100'000)));
    CHECK(one.pbx.asked.window.to == at(1800));
    CHECK(one.poller->counters().restarts == 1);
}

TEST_CASE("pages that shift while they are read give each row once and miss none", "[poll]") {
    polled_table one;
    one.pbx.page_size = 10;
    one.settings.begin = at(0);
    for (long second = 0; second < 300; ++second)
        one.pbx.rows.push_back(call(second, 1));
    one.begin();
    timestamp now = at(400);
    long added = 300;
    for (int turn = 0; turn < 400; ++turn) {
        if (one.poller->make_request(now)) {
            REQUIRE(one.poller->take({200, "", "", now}).fine());
            if (added < 390) one.pbx.rows.push_back(call(added++, 1));
        }
        if (one.poller->wait().count() > 0) now += seconds(10);
    }
    CHECK(one.side.told.size() == one.pbx.rows.size());
    CHECK(one.in_order());
}

TEST_CASE("a list that got shorter while it was read is read anew", "[poll]") {
    polled_table one;
    one.pbx.page_size = 10;
    for (long second = 0; second < 30; ++second)
        one.pbx.rows.push_back(call(second, 1));
    one.begin();
    REQUIRE(one.poller->make_request(at(100)));
    REQUIRE(one.poller->take({200, "", "", at(100)}).fine());
    one.pbx.rows.erase(one.pbx.rows.end() - 5, one.pbx.rows.end());  // as somebody deletes them
    one.run(at(100));
    CHECK(one.poller->counters().restarts == 1);
    CHECK(one.side.told.size() == 25 + 0);
}

TEST_CASE("a call that goes on for long is told when it ended, after a restart too", "[poll]") {
    polled_table one;
    one.settings.call_interval = minutes(1);
    for (long second = 0; second < 600; second += 60)
        one.pbx.rows.push_back(call(second, 5));
    one.run(at(700));
    one.pbx.rows.push_back(call(900, 5));
    one.pbx.rows.push_back(call(10, 1000, "long"));  // written at its end
    one.begin();
    one.run(at(1100));
    CHECK(one.side.told.size() == 12);
    CHECK(one.side.told.back() == "long");
    CHECK(one.in_order());
}

TEST_CASE("a first window is as long as the API's steps at least", "[poll]") {
    polled_table one;
    one.pbx.coarse = std::chrono::hours(24);
    one.run(at(3 * 86'400));
    const poll_window first = one.pbx.questions.front().window;
    CHECK(first.to - first.from == std::chrono::hours(24));
}

TEST_CASE("a call that ended just now waits for those that ended before it", "[poll]") {
    polled_table one;
    one.settings.settle = seconds(5);
    one.pbx.rows = {call(0, 10), call(50, 49)};
    one.run(at(100));
    CHECK(one.side.told == std::vector<std::string>{"c0"});
    one.pbx.rows.push_back(call(60, 38));
    one.run(at(105));
    CHECK(one.side.told == std::vector<std::string>{"c0", "c60", "c50"});
}

TEST_CASE("nothing is asked for while the journal is full, and nothing is lost", "[poll]") {
    polled_table one;
    for (long second = 0; second < 500; ++second)
        one.pbx.rows.push_back(call(second, 1));
    one.side.room = 100;
    one.run(at(550));
    CHECK(one.side.told.size() == 100);
    const std::size_t asked = one.pbx.question_count;
    CHECK(one.side.kept.empty());  // the position has not moved
    one.run(at(560), 5);
    CHECK(one.pbx.question_count == asked);
    CHECK(one.poller->wait() == seconds(1));
    one.side.room = 10'000;
    one.run(at(570));
    CHECK(one.side.told.size() == 500);
    CHECK(one.in_order());
}

TEST_CASE("what is not a page of rows moves nothing and is asked for again", "[poll]") {
    polled_table one;
    one.pbx.page_size = 10;
    for (long second = 0; second < 95; ++second)
        one.pbx.rows.push_back(call(second, 1));
    one.begin();
    int failed = 0;
    for (int turn = 0; turn < 60; ++turn) {
        if (turn % 3 == 1) one.pbx.answer = {poll_finding::logged_out, "the session is over", {}};
        const auto request = one.poller->make_request(at(200));
        if (request && !one.poller->take({200, "", "", at(200)}).fine()) ++failed;
    }
    CHECK(failed > 5);
    CHECK(one.side.told.size() == 95);
}

TEST_CASE("a PBX whose clock is behind ours by hours is polled all the same", "[poll]") {
    polled_table one;
    one.settings.begin.reset();
    one.settings.overlap = std::chrono::hours(1);
    const seconds behind(2000);
    one.run(at(10'000));
    for (long second = 10'000; second < 20'000; second += 100) {
        one.pbx.rows.push_back(call(second - behind.count(), 20));
        one.run(at(second + 50));
    }
    CHECK(one.side.told.size() == 100);
}

TEST_CASE("a PBX that gives the same page for ever is found out", "[poll]") {
    struct same_page final : cdr_api {
        seconds granularity() const noexcept override { return seconds(1); }
        http_call_request make_question(const cdr_question&) override { return {}; }
        cdr_reading read(const poll_answer&, std::vector<cdr_row>& out) override {
            out.push_back(call(1, 1));
            cdr_reading reading;
            reading.is_last = false;
            return reading;
        }
    } pbx;
    polled_table one;
    cdr_poller poller(one.settings, {pbx, one.side, one.side});
    poll_judgement last;
    for (int turn = 0; turn < 10 && last.fine(); ++turn) {
        REQUIRE(poller.make_request(at(100)));
        last = poller.take({200, "", "", at(100)});
    }
    CHECK(last.finding == poll_finding::damaged);
}

TEST_CASE("a row older than what is remembered is not told again", "[poll]") {
    polled_table one;
    for (long second = 0; second < 5000; second += 10)
        one.pbx.rows.push_back(call(second, 5));
    one.run(at(5000));
    const std::size_t count = one.side.told.size();
    one.side.told.clear();  // as if forgotten
    one.side.since = at(4950);
    one.pbx.more = minutes(10);
    one.begin();
    one.run(at(5100));
    CHECK(count == 500);
    CHECK(one.side.told == std::vector<std::string>{"c4950", "c4960", "c4970", "c4980", "c4990"});
    CHECK(one.poller->counters().forgotten > 0);
}

TEST_CASE("a past is filled to its end even when what is remembered lies behind it", "[poll]") {
    polled_table one;
    for (long second = 0; second < 5000; second += 10)
        one.pbx.rows.push_back(call(second, 5));
    one.side.since = at(4000);  // by live events
    one.run(at(5100));
    CHECK(one.side.told.size() == 500);
}

TEST_CASE("from now on means that what ended long before is not told", "[poll]") {
    polled_table one;
    one.settings.begin.reset();
    one.settings.call_interval = seconds(1);
    for (long second = 0; second < 5000; second += 10)
        one.pbx.rows.push_back(call(second, 5));
    for (long second = 5000; second < 5100; second += 10)
        one.run(at(second));
    CHECK(one.side.told.size() <= 13);
    CHECK(one.in_order());
}

TEST_CASE("a long stretch too dense for one answer is read in parts", "[poll]") {
    polled_table one;
    one.settings.row_count_max = 200;
    one.settings.call_interval = seconds(1);
    for (long second = 0; second < 3000; ++second)
        one.pbx.rows.push_back(call(second, 5));
    one.run(at(3010));
    const std::size_t asked = one.pbx.question_count;
    one.pbx.rows.push_back(call(1500, 1515, "long"));
    one.begin();
    one.run(at(3030));
    CHECK(one.side.told.size() == 3001);
    CHECK(one.side.told.back() == "long");
    CHECK(one.pbx.question_count > asked + 5);
}
