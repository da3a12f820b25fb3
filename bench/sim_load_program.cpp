#include "bench/sim_load_program.h"

#include <algorithm>

#include <fmt/format.h>

namespace callstream::sim {

namespace {

constexpr std::string_view round_mark = "load0000000000";  // the block's system name
constexpr std::size_t round_digits = 10;
constexpr std::string_view stamp_mark = "\r\nTimestamp: ";
constexpr std::size_t chunk_size_max = 256 * 1024;
constexpr std::chrono::milliseconds tick{1};

std::vector<std::size_t> places_of(std::string_view text, std::string_view mark,
                                   std::size_t behind) {
    std::vector<std::size_t> places;
    for (auto at = text.find(mark); at != std::string_view::npos; at = text.find(mark, at + 1))
        places.push_back(at + behind);
    return places;
}

// Writes `value` at those of `places` that lie in [begin, end), into their copy in `chunk`.
void patch(std::string& chunk, const std::vector<std::size_t>& places, std::size_t begin,
           std::string_view value) {
    const std::size_t end = begin + chunk.size();
    for (auto at = std::lower_bound(places.begin(), places.end(), begin);
         at != places.end() && *at < end; ++at)
        chunk.replace(*at - begin, value.size(), value);
}

}  // namespace

load_block make_load_block(const load_settings& settings, event_mask mask) {
    load_block block;
    const pbx_settings exchange{std::string(round_mark), settings.seed, settings.stamped};
    office made_up(exchange, callstream::now(), [&](const event_view& event) {
        if ((static_cast<event_mask>(event.kind) & mask) == 0) return;
        block.text += event.text;
        block.event_ends.push_back(block.text.size());
    });
    plan_settings planned;
    planned.calls_per_second = 10;
    planned.calls_max = settings.call_count;
    planned.mix = settings.mix;
    planned.reports_max = 0;
    call_plan plan(planned, made_up, callstream::now());
    while (const auto next = plan.next_due())
        plan.run_until(*next);

    block.rounds = places_of(block.text, round_mark, round_mark.size() - round_digits);
    if (settings.stamped) block.stamps = places_of(block.text, stamp_mark, stamp_mark.size());
    return block;
}

load_program::load_program(loop& owner, const load_settings& settings)
    : timer_(owner, [this] { send_due(); }),
      settings_(settings),
      events_left_(settings.event_count) {}

double load_program::elapsed_seconds() const {
    const timestamp end = finished() ? finished_at_ : callstream::now();
    return started_at_ == timestamp{} ? 0
                                      : std::chrono::duration<double>(end - started_at_).count();
}

const load_block& load_program::block_for(const session& client) {
    event_mask mask = 0;
    for (const event_class kind : {event_class::system, event_class::call, event_class::agent,
                                   event_class::cdr, event_class::dialplan})
        if (client.wants(kind)) mask |= static_cast<event_mask>(kind);
    const auto known = blocks_.find(mask);
    if (known != blocks_.end()) return known->second;
    return blocks_.emplace(mask, make_load_block(settings_, mask)).first->second;
}

void load_program::on_login(session& client) {
    progress& state = clients_[&client];
    state.block = &block_for(client);
    state.round = ++round_count_;
    event_text text;
    text.begin("FullyBooted", event_class::system, callstream::now());
    text.add("Uptime", 1).add("LastReload", 1).add("Status", "Fully Booted");
    client.send(text.end());
}

void load_program::on_ready(session& client) {
    clients_[&client].ready = true;
    const bool paced = settings_.events_per_second > 0;
    if (started_at_ != timestamp{}) {
        if (!paced) send_some(client, clients_[&client], events_left_);
        return;
    }
    const auto ready = std::count_if(clients_.begin(), clients_.end(),
                                     [](const auto& one) { return one.second.ready; });
    if (static_cast<std::size_t>(ready) < settings_.client_count) return;
    started_at_ = callstream::now();
    if (paced) return timer_.repeat(tick);
    for (auto& [one, state] : clients_)
        send_some(*one, state, events_left_);
}

void load_program::on_drained(session& client) {
    const auto found = clients_.find(&client);
    if (found == clients_.end() || started_at_ == timestamp{}) return;
    if (settings_.events_per_second <= 0 && found->second.ready)
        send_some(client, found->second, events_left_);
    if (events_left_ > 0 || finished()) return;
    for (const auto& [other, state] : clients_)
        if (!other->drained()) return;
    finished_at_ = callstream::now();
}

void load_program::send_due() {
    const double total = elapsed_seconds() * settings_.events_per_second;
    const std::uint64_t sent = settings_.event_count - events_left_;
    std::uint64_t due = std::min(static_cast<std::uint64_t>(total), settings_.event_count);
    due -= std::min(due, sent);

    std::vector<std::pair<session* const, progress>*> ready;
    for (auto& one : clients_)
        if (one.second.ready) ready.push_back(&one);
    if (ready.empty()) return;
    const std::uint64_t share = (due + ready.size() - 1) / ready.size();
    for (std::size_t index = 0; index < ready.size() && due > 0; ++index) {
        auto& [client, state] = *ready[(index + rotation_) % ready.size()];
        const std::uint64_t left_before = events_left_;
        send_some(*client, state, std::min(due, share));
        due -= left_before - events_left_;
    }
    ++rotation_;
    if (events_left_ == 0) timer_.stop();
}

void load_program::send_some(session& client, progress& state, std::size_t event_count_max) {
    const load_block& block = *state.block;
    if (event_count_max == 0 || block.event_ends.empty()) return;
    if (state.next_event == block.event_ends.size()) {
        state.next_event = 0;
        state.round = ++round_count_;
    }
    const std::size_t begin = state.next_event == 0 ? 0 : block.event_ends[state.next_event - 1];
    const auto first = block.event_ends.begin() + static_cast<std::ptrdiff_t>(state.next_event);
    auto last = std::upper_bound(first, block.event_ends.end(), begin + chunk_size_max);
    const auto count_max = static_cast<std::ptrdiff_t>(
        std::min(event_count_max, block.event_ends.size() - state.next_event));
    last = std::min(last, first + count_max);
    const auto count = static_cast<std::size_t>(last - first);

    chunk_.assign(block.text, begin, *(last - 1) - begin);
    patch(chunk_, block.rounds, begin, fmt::format("{:010}", state.round));
    if (settings_.stamped) patch(chunk_, block.stamps, begin, epoch_seconds(callstream::now()));
    state.next_event += count;
    events_left_ -= count;
    client.send_raw(chunk_, count);
    client.flush();
}

}  // namespace callstream::sim
