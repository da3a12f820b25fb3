#include "sinks/live_queues.h"

#include <algorithm>
#include <array>
#include <utility>

namespace callstream::sinks {

namespace {

constexpr std::size_t caller_count_max = 5'000;  // of one queue
constexpr std::size_t member_count_max = 5'000;
constexpr std::size_t left_count_max = 64;

auto find_caller(live_queue& queue, std::string_view leg_id) {
    return std::find_if(queue.callers.begin(), queue.callers.end(),
                        [leg_id](const live_caller& caller) { return caller.leg_id == leg_id; });
}

bool forget_left(live_queue& queue, std::string_view leg_id) {
    const auto known = std::find(queue.left.begin(), queue.left.end(), leg_id);
    if (known == queue.left.end()) return false;
    queue.left.erase(known);
    if (queue.today.left > 0) --queue.today.left;
    return true;
}

void begin_day(live_queue& queue, std::string_view day) {
    if (day <= queue.day) return;
    queue.day.assign(day);
    queue.today = {};
    queue.left.clear();
}

// By a place that the PBX told, which may be the first.
void put_at(live_queue& queue, live_caller caller, std::size_t position) {
    const std::size_t index =
        position > 0 ? std::min(position - 1, queue.callers.size()) : queue.callers.size();
    queue.callers.insert(queue.callers.begin() + static_cast<std::ptrdiff_t>(index),
                         std::move(caller));
}

}  // namespace

live_queue* live_queues::take(const live_event& event) {
    const std::string_view name = event.text("queue");
    if (name.empty()) return nullptr;
    const std::string key = event.key(name);
    name_queue(key, event, name);
    return queues_.change(key);
}

void live_queues::name_queue(const std::string& key, const live_event& event,
                             std::string_view queue) {
    live_queue* const made = queues_.take(key);
    if (made == nullptr) return;
    if (made->queue.empty()) {
        made->pbx.assign(event.pbx);
        made->queue.assign(queue);
    }
    begin_day(*made, days_.day_of(event.pbx, event.time));
}

void live_queues::apply(const live_event& event) {
    live_queue* const queue = take(event);
    if (queue == nullptr || event.text("leg_id").empty()) return;
    if (event.type == event_type::queue_caller_joined) return join(event, *queue);
    if (event.type == event_type::queue_caller_left) return leave(event, *queue);
    if (event.type == event_type::queue_caller_abandoned) return abandon(event, *queue);
}

void live_queues::join(const live_event& event, live_queue& queue) {
    const std::string_view leg_id = event.text("leg_id");
    if (find_caller(queue, leg_id) != queue.callers.end()) return;
    ++queue.today.offered;
    if (queue.callers.size() >= caller_count_max) return;
    live_caller caller;
    caller.leg_id.assign(leg_id);
    caller.call_id.assign(event.text("call_id"));
    caller.caller.read(event.data["caller"]);
    caller.joined_at.assign(event.time_text);
    const double position = event.data["position"].number().value_or(0);
    put_at(queue, std::move(caller), position >= 1 ? static_cast<std::size_t>(position) : 0);
}

void live_queues::leave(const live_event& event, live_queue& queue) {
    const auto known = find_caller(queue, event.text("leg_id"));
    if (known == queue.callers.end()) return;
    if (!known->abandoned) {
        ++queue.today.left;
        queue.left.push_back(known->leg_id);
        if (queue.left.size() > left_count_max) queue.left.pop_front();
    }
    queue.callers.erase(known);
}

void live_queues::abandon(const live_event& event, live_queue& queue) {
    const auto known = find_caller(queue, event.text("leg_id"));
    if (known != queue.callers.end()) {
        if (std::exchange(known->abandoned, true)) return;
    } else {
        forget_left(queue, event.text("leg_id"));
    }
    ++queue.today.abandoned;
}

void live_queues::count_answer(const live_event& event) {
    live_queue* const queue = take(event);
    if (queue == nullptr) return;
    forget_left(*queue, event.text("leg_id"));
    if (const auto waits = find_caller(*queue, event.text("leg_id")); waits != queue->callers.end())
        queue->callers.erase(waits);
    ++queue->today.answered;
    const auto waited = event.data["wait_seconds"].number();
    if (waited && *waited <= static_cast<double>(service_level_.count()))
        ++queue->today.answered_in_time;
}

void live_queues::rename_call(const live_event& event) {
    const std::string_view gone = event.text("merged_call_id");
    std::vector<std::pair<std::string, std::string>> found;
    queues_.for_each([&](const std::string& key, const live_queue& queue) {
        for (const live_caller& caller : queue.callers)
            if (queue.pbx == event.pbx && caller.call_id == gone)
                found.emplace_back(key, caller.leg_id);
    });
    for (const auto& [key, leg_id] : found)
        find_caller(*queues_.change(key), leg_id)->call_id.assign(event.text("call_id"));
}

void live_queues::forget_callers() {
    std::vector<std::string> keys;
    queues_.for_each([&keys](const std::string& key, const live_queue& queue) {
        if (!queue.callers.empty()) keys.push_back(key);
    });
    for (const std::string& key : keys)
        queues_.change(key)->callers.clear();
}

void live_queues::tick(timestamp now) {
    std::vector<std::string> due;
    const timestamp tomorrow = now + std::chrono::hours(24);
    queues_.for_each([&](const std::string& key, const live_queue& queue) {
        // A PBX's clock that was wrong must not hold up the days.
        const bool is_ahead = queue.day > std::string(days_.day_of(queue.pbx, tomorrow));
        if (is_ahead || queue.day < days_.day_of(queue.pbx, now)) due.push_back(key);
    });
    for (const std::string& key : due) {
        live_queue& queue = *queues_.change(key);
        queue.day.clear();
        begin_day(queue, days_.day_of(queue.pbx, now));
    }
}

void live_queues::set_member(const std::string& queue_key, std::string_view device,
                             std::string_view status) {
    live_queue* const queue = queues_.change(queue_key);
    if (queue == nullptr) return;
    const std::string member(device);
    if (status.empty())
        queue->members.erase(member);
    else if (queue->members.size() < member_count_max || queue->members.count(member) > 0)
        queue->members[member].assign(status);
}

std::vector<std::string> live_queues::members_that_ring(const std::string& queue_key) const {
    std::vector<std::string> found;
    const live_queue* const queue = queues_.find(queue_key);
    if (queue == nullptr) return found;
    for (const auto& [device, status] : queue->members)
        if (status == "ringing") found.push_back(device);
    return found;
}

void live_queues::write_callers(live_json& out, const live_queue& queue) const {
    out.number("waiting", queue.callers.size());
    std::string_view longest;
    for (const live_caller& caller : queue.callers)
        if (longest.empty() || caller.joined_at < longest) longest = caller.joined_at;
    out.text("longest_wait_since", longest);
    out.name("callers");
    out.begin_array();
    std::size_t position = 0;
    for (const live_caller& caller : queue.callers) {
        out.begin_object();
        out.text("call_id", caller.call_id);
        out.text("number", caller.caller.number);
        out.text("name", caller.caller.name);
        out.number("position", ++position);
        out.text("joined_at", caller.joined_at);
        out.end_object();
    }
    out.end_array();
}

std::string live_queues::render(const live_queue& queue) const {
    constexpr std::array<std::string_view, 5> statuses{"ready", "busy", "ringing", "paused",
                                                       "unavailable"};
    live_json out;
    out.begin_object();
    out.text("pbx", queue.pbx);
    out.text("queue", queue.queue);
    write_callers(out, queue);
    out.number("offered", queue.today.offered);
    out.number("answered", queue.today.answered);
    out.number("abandoned", queue.today.abandoned);
    out.number("left", queue.today.left);
    out.number("answered_in_time", queue.today.answered_in_time);
    out.number("service_level_seconds", static_cast<std::uint64_t>(service_level_.count()));
    const std::uint64_t judged = queue.today.answered + queue.today.abandoned;
    std::optional<double> level;
    if (judged > 0)
        level = static_cast<double>(queue.today.answered_in_time) / static_cast<double>(judged);
    out.name("service_level");
    out.ratio(level);
    out.name("members");
    out.begin_object();
    out.number("total", queue.members.size());
    for (const std::string_view status : statuses)
        out.number(status, static_cast<std::uint64_t>(std::count_if(
                               queue.members.begin(), queue.members.end(),
                               [status](const auto& each) { return each.second == status; })));
    out.end_object();
    out.text("day", queue.day);
    out.end_object();
    return out.take();
}

}  // namespace callstream::sinks
