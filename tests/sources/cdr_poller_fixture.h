// A poller of CDRs, a PBX's table that it asks, and the journal's side that it tells.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sources/cdr_poller.h"

namespace callstream::test {

using namespace callstream::sources;
using std::chrono::minutes;
using std::chrono::seconds;

inline const timestamp epoch = timestamp(seconds(1'700'000'000));

inline timestamp at(long second) {
    return epoch + seconds(second);
}

inline cdr_row call(long began, long lasted, const std::string& id = {}) {
    cdr_row row;
    row.call_id = row.leg_id = id.empty() ? "c" + std::to_string(began) : id;
    row.started_at = at(began);
    row.duration_seconds = seconds(lasted);
    row.ended_at = at(began + lasted);
    return row;
}

// A PBX's table: rows in the order in which they are written, given in pages, the newest first.
struct table final : cdr_api {
    std::vector<cdr_row> rows;
    std::size_t page_size = 1000;
    seconds more{0};  // than it is asked for
    std::size_t question_count = 0;
    cdr_question asked{};
    poll_judgement answer{};  // what is not fine is given once

    seconds coarse{1};
    bool filters = false;
    std::vector<cdr_question> questions;

    seconds granularity() const noexcept override { return coarse; }
    bool filters_duration() const noexcept override { return filters; }
    http_call_request make_question(const cdr_question& question) override {
        asked = question;
        questions.push_back(question);
        ++question_count;
        return {};
    }
    cdr_reading read(const poll_answer&, std::vector<cdr_row>& out) override {
        cdr_reading reading;
        reading.judgement = std::exchange(answer, {});
        if (!reading.judgement.fine()) return reading;
        std::vector<cdr_row> found;
        for (auto row = rows.rbegin(); row != rows.rend(); ++row)
            if (*row->started_at >= asked.window.from - more &&
                *row->started_at < asked.window.to &&
                *row->ended_at - *row->started_at >= asked.duration_min)
                found.push_back(*row);
        const std::size_t first = std::min(found.size(), asked.page * page_size);
        const std::size_t last = std::min(found.size(), first + page_size);
        out.insert(out.end(), found.begin() + static_cast<long>(first),
                   found.begin() + static_cast<long>(last));
        reading.is_last = last == found.size();
        reading.count_total = found.size();
        return reading;
    }
};

// Tells each row once, as long as there is room; forgets what it was not told to keep at a kill.
struct journal_side final : cdr_row_output, state_store {
    std::vector<std::string> told;
    std::vector<timestamp> ends;
    std::map<std::string, std::string, std::less<>> kept;
    std::size_t room = 1'000'000;
    timestamp since{};

    bool has_room() override { return room > 0; }
    bool take(const cdr_row& row) override {
        if (std::find(told.begin(), told.end(), row.leg_id) != told.end()) return false;
        told.push_back(row.leg_id);
        ends.push_back(*row.ended_at);
        --room;
        return true;
    }
    timestamp remembers_since() const override { return since; }
    void forget_before(timestamp ended) override { since = std::max(since, ended); }
    void end_batch() override {}
    void put(std::string_view name, std::string_view value) override {
        kept[std::string(name)] = value;
    }
};

struct polled_table {
    polled_table() {
        settings.pbx = "hq";
        settings.begin = at(0);
        settings.window = minutes(10);
        settings.overlap = minutes(2);
        settings.call_longest = minutes(30);
    }
    void begin() {
        poller = std::make_unique<cdr_poller>(settings, cdr_poller_parts{pbx, side, side});
        for (const auto& [name, value] : side.kept)
            poller->restore(name, value);
    }
    // Until it waits for news, or `turns` are over.
    void run(timestamp now, int turns = 10'000) {
        if (!poller) begin();
        do {
            if (poller->make_request(now)) last = poller->take({200, "", "", now});
        } while (--turns > 0 && poller->wait().count() == 0);
    }
    bool in_order() const { return std::is_sorted(side.ends.begin(), side.ends.end()); }

    cdr_poller_settings settings;
    table pbx;
    journal_side side;
    std::unique_ptr<cdr_poller> poller;
    poll_judgement last{};
};

}  // namespace callstream::test
