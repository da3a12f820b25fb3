// The events of a recorded run, told one by one to a live state, and random moments of it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "core/event_writer.h"
#include "core/limits.h"
#include "sinks/live_state.h"
#include "tests/support/replayed_capture.h"

namespace callstream::sinks::test {

inline constexpr int moment_count = 20;

// Its client switched events off in between and asked for no snapshot: nobody could know.
inline bool saw_not_all(const std::string& name) {
    return name.starts_with("n4_actions");
}

class told_capture {
public:
    explicit told_capture(const std::string& name)
        : replayed_(name), room_(limits::record_size_max, '\0') {}

    timestamp begin() const { return replayed_.recorded.segments.front().arrived; }
    timestamp end() const { return replayed_.recorded.segments.back().arrived; }

    // Everything up to then; times must not go back.
    void tell_until(timestamp moment) {
        const auto& all = replayed_.events.all();
        for (; next_ < all.size() && all[next_].time <= moment; ++next_)
            tell(all[next_]);
        state_->take_changes();
    }

    // Random ones at which nothing is doubtful, in their order.
    template <class Doubtful>
    std::vector<timestamp> moments(unsigned seed, const Doubtful& is_doubtful) const {
        std::mt19937_64 random(seed);
        std::uniform_int_distribution<std::int64_t> within(begin().time_since_epoch().count(),
                                                           end().time_since_epoch().count());
        std::vector<timestamp> found;
        for (int tries = 0; found.size() < moment_count && tries < 5000; ++tries)
            if (const timestamp moment{duration(within(random))}; !is_doubtful(moment))
                found.push_back(moment);
        std::sort(found.begin(), found.end());
        return found;
    }

    std::set<std::string> keys(live_kind kind) const {
        std::set<std::string> found;
        for (const auto& [key, value] : state_->of(kind))
            found.insert(key.substr(key.find(':') + 1));
        return found;
    }
    // An entry's value, until the next is asked for; nothing if there is no such entry.
    json_value entry(live_kind kind, const std::string& id) {
        const auto& all = state_->of(kind);
        const auto found = all.find("hq:" + id);
        return document_.parse(found == all.end() ? std::string("{}") : found->second).value();
    }
    bool has(live_kind kind, const std::string& id) const {
        return state_->of(kind).count("hq:" + id) > 0;
    }
    std::uint64_t number(live_kind kind, const std::string& id, const char* field) {
        return static_cast<std::uint64_t>(entry(kind, id)[field].number().value_or(0));
    }
    std::string text(live_kind kind, const std::string& id, const char* field) {
        return std::string(entry(kind, id)[field].text());
    }

    // The state is stored, and another goes on from it.
    void restart() {
        const std::string text = state_->save();
        auto made = std::make_unique<live_state>(live_settings{});
        REQUIRE(made->restore(document_.parse(text).value()));
        state_ = std::move(made);
    }
    std::vector<live_state::entries> entries() const {
        std::vector<live_state::entries> all;
        for (std::size_t i = 0; i < live_kind_names.size(); ++i)
            all.push_back(state_->of(static_cast<live_kind>(i)));
        return all;
    }

private:
    void tell(const event& told) {
        const auto written =
            writer_.write(told, {"hq", ++sequence_, 0, told.time}, {room_.data(), room_.size()});
        REQUIRE(written);
        record made;
        made.type = told.type;
        made.time = told.time;
        made.pbx = "hq";
        made.attributes = written->attributes;
        made.payload = std::string_view(room_).substr(0, written->size);
        state_->apply(made);
    }

    callstream::test::replayed_capture replayed_;
    std::unique_ptr<live_state> state_ = std::make_unique<live_state>(live_settings{});
    event_writer writer_;
    std::string room_;
    json_document document_;
    std::size_t next_ = 0;
    std::uint64_t sequence_ = 0;
};

}  // namespace callstream::sinks::test
