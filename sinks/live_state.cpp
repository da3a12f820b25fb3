#include "sinks/live_state.h"

#include <utility>

namespace callstream::sinks {

namespace {

using enum event_type;

// Events of which nothing here depends are not even parsed: they are the most.
bool matters(event_type type) noexcept {
    const std::string_view family = info_of(type).family();
    return family == "call" || family == "leg" || family == "queue" || family == "agent" ||
           family == "device" || family == "trunk" || family == "source" ||
           type == conference_joined || type == conference_left;
}

}  // namespace

live_state::live_state(const live_settings& settings)
    : zones_(settings.zones), days_(settings.zones), queues_(days_, settings.service_level) {}

void live_state::apply(const record& event) {
    if (!matters(event.type)) return;
    const auto data = document_.parse(event[attribute::data]);
    if (!data) {
        ++malformed_count_;
        return;
    }
    apply(live_event{event.type, event.time, event[attribute::time], event.pbx, *data});
}

void live_state::apply(const live_event& event) {
    const std::string_view family = info_of(event.type).family();
    sources_.count(event);
    if (family == "call" || family == "leg") {
        calls_.apply(event);
        if (event.type == call_merged) {
            queues_.rename_call(event);
            agents_.rename_call(event);
        }
    }
    if (family == "queue") queues_.apply(event);
    if (event.type == queue_caller_joined) calls_.join_queue(event);
    if (event.type == queue_caller_left) calls_.leave_queue(event);
    if (event.type == queue_caller_left || event.type == queue_caller_abandoned)
        agents_.stop_ringing(event);
    if (event.type == conference_joined) calls_.join_conference(event);
    if (event.type == conference_left) calls_.leave_conference(event);
    if (family == "agent") {
        agents_.apply(event);
        if (event.type == agent_connected) queues_.count_answer(event);
    }
    if (family == "device" || family == "trunk") devices_.apply(event);
    if (family == "source") sources_.apply(event);
}

void live_state::tick(timestamp now) {
    queues_.tick(now);
    sources_.tick(now);
}

void live_state::forget_sources(timestamp begin) {
    sources_.forget(begin);
}

void live_state::forget_others() {
    if (zones_.empty()) return;
    const auto is_other = [this](const std::string& key, const auto&) {
        return zones_.find(key.substr(0, key.find(':'))) == zones_.end();
    };
    calls_.records().erase_if(is_other);
    queues_.records().erase_if(is_other);
    agents_.records().erase_if(is_other);
    devices_.extensions().erase_if(is_other);
    devices_.trunks().erase_if(is_other);
    sources_.sources().erase_if(is_other);
    sources_.activities().erase_if(is_other);
}

void live_state::forget_calls() {
    calls_.forget_all();
    queues_.forget_callers();
}

void live_state::set(live_kind kind, const std::string& key, std::string value) {
    set_.push_back({kind, key, std::move(value)});
}

void live_state::put(live_kind kind, const std::string& key, std::string value,
                     std::vector<live_change>& changes) {
    entries& all = entries_[static_cast<std::size_t>(kind)];
    const auto known = all.find(key);
    if (value.empty()) {
        if (known == all.end() && !tells_touched_) return;
        if (known != all.end()) all.erase(known);
    } else if (known == all.end()) {
        all.emplace(key, value);
    } else {
        if (known->second == value && !tells_touched_) return;
        known->second = value;
    }
    changes.push_back({kind, key, std::move(value)});
}

std::vector<live_change> live_state::take_changes() {
    std::vector<live_change> changes;
    const auto taker = [&](live_kind kind, const auto& render) {
        return [this, kind, render, &changes](const std::string& key, const auto* record) {
            put(kind, key, record != nullptr ? render(key, *record) : std::string(), changes);
        };
    };
    using key_type = const std::string&;
    sources_.sources().take_changes(taker(live_kind::source, [](key_type, const auto& record) {
        return live_sources::render(record);
    }));
    calls_.records().take_changes(taker(
        live_kind::call, [](key_type, const auto& record) { return live_calls::render(record); }));
    queues_.records().take_changes(taker(
        live_kind::queue, [this](key_type, const auto& record) { return queues_.render(record); }));
    agents_.records().take_changes(taker(live_kind::agent, [](key_type, const auto& record) {
        return live_agents::render(record);
    }));
    devices_.extensions().take_changes(
        taker(live_kind::extension,
              [](key_type, const auto& record) { return live_devices::render(record); }));
    devices_.trunks().take_changes(taker(live_kind::trunk, [](key_type, const auto& record) {
        return live_devices::render(record);
    }));
    sources_.activities().take_changes(
        taker(live_kind::activity,
              [](key_type key, const auto& record) { return live_sources::render(key, record); }));
    for (live_change& change : set_)
        put(change.kind, change.key, std::move(change.value), changes);
    set_.clear();
    if (!changes.empty()) ++version_;
    return changes;
}

std::uint64_t live_state::shed_count() const noexcept {
    return calls_.records().shed_count() + queues_.records().shed_count() +
           agents_.records().shed_count() + devices_.extensions().shed_count() +
           devices_.trunks().shed_count() + sources_.sources().shed_count();
}

}  // namespace callstream::sinks
