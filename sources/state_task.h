// Asks how things stand again and again, and has what changed published.
//
// Lifetime: the reader outlives it.
// Threads:  the home loop.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "core/state_reader.h"
#include "sources/poll_family.h"

namespace callstream::sources {

struct state_question {
    std::string name{};  // for logs, such as "trunks"
    std::function<http_call_request(timestamp now)> make{};
    std::chrono::milliseconds every{10'000};
};

struct state_places {
    state_reader& reader;
    std::function<bool()> has_room{};  // in the journal; while there is none, nothing is asked
    std::function<void()> on_read{};   // what was published can go on
};

class state_task final : public poll_task {
public:
    // What an answer is, before it is read.
    using judge = poll_judgement (*)(const poll_answer&);

    state_task(state_question asked, judge judged, state_places to)
        : asked_(std::move(asked)), judge_(judged), to_(std::move(to)) {}

    std::string_view name() const noexcept override { return asked_.name; }
    std::optional<http_call_request> make_request(timestamp now) override {
        if (!to_.has_room()) return std::nullopt;
        return asked_.make(now);
    }
    poll_judgement take(const poll_answer& answer) override;
    std::chrono::milliseconds wait() override { return asked_.every; }

    std::size_t rejected_count() const noexcept { return rejected_count_; }

private:
    state_question asked_;
    judge judge_;
    state_places to_;
    std::size_t rejected_count_ = 0;
};

}  // namespace callstream::sources
