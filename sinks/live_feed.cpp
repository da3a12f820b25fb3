#include "sinks/live_feed.h"

#include "core/log.h"
#include "sinks/state_file.h"

namespace callstream::sinks {

namespace {

constexpr std::size_t read_count_max = 2'000;  // in one turn of the loop
constexpr std::chrono::milliseconds store_interval{5'000};

}  // namespace

live_feed::live_feed(const live_feed_settings& settings, journal_reader& reader)
    : settings_(settings), reader_(reader), state_(settings.live) {}

// An earlier run may have told more than it could store: what is touched again is told again.
bool live_feed::restore() {
    state_.tell_touched(true);
    live_state stale(settings_.live);
    const auto place = settings_.state_path.empty()
                           ? std::nullopt
                           : restore_state(settings_.state_path, state_, reader_, &stale);
    for (std::size_t i = 0; i < live_kind_names.size(); ++i)
        for (const auto& [key, value] : stale.of(static_cast<live_kind>(i)))
            stale_.emplace_back(static_cast<live_kind>(i), key);
    if (place)
        place_ = stored_ = *place;
    else
        reader_.seek(0);  // more than the cursor's: the journal may still have it
    return place.has_value();
}

// Until all that was published at the start is applied, nothing is told: states of long ago are
// nobody's.
bool live_feed::read() {
    std::size_t count = 0;
    for (; count < read_count_max; ++count) {
        const auto next = reader_.next();
        if (!next || !*next) break;
        state_.apply(**next);
        place_ = {(*next)->position_next, (*next)->sequence};
    }
    if (reader_.skipped_count() != skipped_) {
        skipped_ = reader_.skipped_count();
        state_.forget_calls();
    }
    const bool more = count == read_count_max;
    take_changes();
    if (!more && !whole_) {
        whole_ = true;
        state_.forget_others();
        take_changes();
        state_.tell_touched(false);
        for (const auto& [kind, key] : stale_)
            tell_gone(kind, key);
        stale_.clear();
    }
    return more;
}

void live_feed::take_changes() {
    for (live_change& change : state_.take_changes())
        waiting_[{change.kind, std::move(change.key)}] = std::move(change.value);
}

void live_feed::tell_all() {
    for (std::size_t i = 0; i < live_kind_names.size(); ++i)
        for (const auto& [key, value] : state_.of(static_cast<live_kind>(i)))
            waiting_[{static_cast<live_kind>(i), key}] = value;
}

void live_feed::tell_gone(live_kind kind, const std::string& key) {
    if (state_.of(kind).count(key) == 0) waiting_[{kind, key}].clear();
}

// Two values of one entry are never on their way at the same time.
std::optional<live_change> live_feed::next() {
    if (!whole_) return std::nullopt;
    for (auto found = waiting_.begin(); found != waiting_.end(); ++found) {
        if (in_flight_.count(found->first) > 0) continue;
        live_change change{found->first.first, found->first.second, std::move(found->second)};
        in_flight_.insert(found->first);
        waiting_.erase(found);
        return change;
    }
    return std::nullopt;
}

void live_feed::settle(const live_change& change) {
    const entry_key key{change.kind, change.key};
    in_flight_.erase(key);
    count_down(key);
}

void live_feed::give_back(const live_change& change) {
    const entry_key key{change.kind, change.key};
    in_flight_.erase(key);
    if (!waiting_.try_emplace(key, change.value).second)
        count_down(key);  // the newer stands for it
}

void live_feed::take_picture() {
    picture_.emplace();
    picture_->place = place_;
    picture_->text = state_text(state_, place_);
    for (const auto& [key, value] : waiting_)
        ++picture_->missing[key];
    for (const entry_key& key : in_flight_)
        ++picture_->missing[key];
}

void live_feed::count_down(const entry_key& key) {
    if (!picture_) return;
    const auto found = picture_->missing.find(key);
    if (found != picture_->missing.end() && --found->second == 0) picture_->missing.erase(found);
}

void live_feed::store_picture() {
    const picture done = std::move(*picture_);
    picture_.reset();
    const auto write = [this, text = done.text] {
        if (!settings_.state_path.empty())
            stored_now_ = store_state_text(settings_.state_path, text);
    };
    if (background_ != nullptr)
        return background_->start(write, [this, place = done.place] { on_stored(place); });
    write();
    on_stored(done.place);
}

// The state is on the disk before the journal may forget what it was made of.
void live_feed::on_stored(stream_place place) {
    if (!stored_now_) {
        log_warn("the state of a sink cannot be stored; the journal waits for it",
                 {{"sink", settings_.name}, {"reason", stored_now_.error().what}});
        return;
    }
    stored_ = place;
    if (const auto moved = reader_.acknowledge(place.position); !moved)
        log_error("the cursor cannot be stored",
                  {{"sink", settings_.name}, {"reason", moved.error().what}});
}

void live_feed::store(std::chrono::milliseconds now, bool at_once) {
    if (!whole_ || (background_ != nullptr && background_->busy())) return;
    if (picture_ && picture_->missing.empty()) store_picture();
    if (at_once && is_settled()) picture_.reset();
    const bool due = at_once ? is_settled() : now - stored_at_ >= store_interval;
    if (picture_ || place_ == stored_ || !due) return;
    stored_at_ = now;
    take_picture();
    if (picture_->missing.empty()) store_picture();
}

}  // namespace callstream::sinks
