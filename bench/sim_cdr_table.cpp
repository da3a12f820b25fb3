#include "bench/sim_cdr_table.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

namespace callstream::sim {

namespace {

constexpr std::uint64_t twin_every = 25;  // such a row is a second one of the call before it
constexpr std::array<std::string_view, 6> names{"Alice",     "Bob",    "Zo\u00eb M\u00fcller",
                                                "Reception", "测试 1", "O'Brien, Pat"};

}  // namespace

void cdr_table::begin(std::int64_t now_ms) {
    const double step = settings_.days * 86'400'000.0 /
                        static_cast<double>(std::max<std::uint64_t>(settings_.initial_count, 1));
    for (std::uint64_t i = 0; i < settings_.initial_count; ++i)
        ends_ms_.push_back(now_ms - static_cast<std::int64_t>(
                                        step * static_cast<double>(settings_.initial_count - i)));
    due_ms_ = static_cast<double>(now_ms);
    if (settings_.calls_per_second > 0) due_ms_ += 1000.0 / settings_.calls_per_second;
}

void cdr_table::grow(std::int64_t now_ms) {
    if (settings_.calls_per_second <= 0) return;
    for (; due_ms_ <= static_cast<double>(now_ms) && !is_full(count());
         due_ms_ += 1000.0 / settings_.calls_per_second)
        ends_ms_.push_back(static_cast<std::int64_t>(due_ms_));
}

void cdr_table::add(std::uint64_t count, std::int64_t now_ms) {
    ends_ms_.insert(ends_ms_.end(), count, now_ms);
}

std::int64_t cdr_table::end_ms(std::uint64_t number) const {
    if (number <= ends_ms_.size()) return ends_ms_[number - 1];
    const auto ahead = static_cast<double>(number - ends_ms_.size() - 1);
    return static_cast<std::int64_t>(due_ms_ + ahead * 1000.0 / settings_.calls_per_second);
}

// splitmix64: every row can be made again at any time, without those before it.
std::uint64_t cdr_table::random(std::uint64_t number, std::uint64_t use) const noexcept {
    std::uint64_t mixed = (settings_.seed * 0x100000001b3U + number) * 8 + use;
    mixed += 0x9e3779b97f4a7c15U;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebU;
    return mixed ^ (mixed >> 31);
}

std::int64_t cdr_table::start_of(std::uint64_t number) const {
    const auto most = static_cast<std::uint64_t>(settings_.duration_max_s);
    return end_ms(number) / 1000 - 1 - static_cast<std::int64_t>(random(number, 0) % most);
}

sim_cdr cdr_table::row(std::uint64_t number) const {
    sim_cdr made;
    made.number = made.call_number = number;
    if (number % twin_every == 0) --made.call_number;
    made.start = start_of(number);
    made.call_start = start_of(made.call_number);
    made.end = end_ms(number) / 1000;
    const std::uint64_t outcome = random(number, 1) % 10;
    if (outcome < 6) {
        made.answer =
            std::min(made.end, made.start + static_cast<std::int64_t>(random(number, 2) % 10));
    } else {
        made.status = outcome < 8    ? cdr_status::no_answer
                      : outcome == 8 ? cdr_status::busy
                                     : cdr_status::failed;
    }
    dial(made);
    made.recorded = made.status == cdr_status::answered && random(number, 3) % 2 == 0;
    // More legs than a client that knows sub_cdr_1 to sub_cdr_4 expects.
    if (random(number, 4) % 8 == 0)
        made.leg_count = 2 + static_cast<unsigned>(random(number, 4) / 8 % 6);
    return made;
}

void cdr_table::dial(sim_cdr& made) const {
    const std::uint64_t dice = random(made.number, 5);
    const auto extension = fmt::format("{}", 200 + dice / 16 % 40);
    const auto outside = fmt::format("0049301{:06}", dice / 1024 % 1'000'000);
    made.direction = static_cast<cdr_direction>(dice % 4);
    made.source_name = names[dice / 4 % names.size()];
    made.source = fmt::format("{}", 240 + dice / 16 % 40);
    made.destination = made.reached = extension;
    if (made.direction != cdr_direction::internal)
        made.trunk = fmt::format("{}", 96 + dice / 64 % 4);
    if (made.direction == cdr_direction::outbound) {
        made.destination = made.reached = outside;
    } else if (made.direction != cdr_direction::internal) {
        made.source = outside;
        made.destination = fmt::format("{}", 620 + dice / 256 % 20);
    }
}

std::vector<sim_cdr> cdr_table::started_between(std::int64_t from, std::int64_t to) const {
    std::vector<sim_cdr> found;
    const auto first =
        std::lower_bound(ends_ms_.begin(), ends_ms_.end(), std::max<std::int64_t>(from, 0) * 1000);
    for (auto at = first; at != ends_ms_.end(); ++at) {
        if (*at / 1000 - 1 - settings_.duration_max_s > to) break;
        const auto number = static_cast<std::uint64_t>(at - ends_ms_.begin()) + 1;
        const std::int64_t start = start_of(number);
        if (start >= from && start <= to) found.push_back(row(number));
    }
    std::stable_sort(found.begin(), found.end(), [](const sim_cdr& a, const sim_cdr& b) {
        return a.start != b.start ? a.start > b.start : a.number > b.number;
    });
    return found;
}

std::vector<sim_cdr> cdr_table::active(std::int64_t now_s) const {
    std::vector<sim_cdr> found;
    if (settings_.calls_per_second <= 0) return found;
    const auto ahead = static_cast<std::uint64_t>(
        settings_.calls_per_second * static_cast<double>(settings_.duration_max_s + 1));
    for (std::uint64_t i = 1; i <= ahead && !is_full(count() + i - 1); ++i)
        if (start_of(count() + i) <= now_s) found.push_back(row(count() + i));
    return found;
}

}  // namespace callstream::sim
