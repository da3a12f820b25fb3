#include "sources/push_window.h"

#include <algorithm>
#include <charconv>

namespace callstream::sources {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds doubt_time = std::chrono::minutes(10);
constexpr std::size_t doubtful_count_max = 4 * push_window::size;

// What the journal keeps of a report; `oldest` was the oldest then that is not done.
struct stored_report {
    push_window::entry report;
    std::uint64_t oldest = 0;
    std::uint64_t is_done = 0;
};

// Up to five numbers of 64 bits in hex; no allocation, for it is done twice for each report.
class report_text {
public:
    explicit report_text(const stored_report& stored) noexcept {
        for (const std::uint64_t value : {stored.report.number, stored.report.digest,
                                          stored.report.sequence, stored.oldest, stored.is_done}) {
            char* const begin = text_.data() + size_;
            char* const end = std::to_chars(begin, text_.data() + text_.size(), value, 16).ptr;
            *end = ' ';
            size_ += static_cast<std::size_t>(end - begin) + 1;
        }
    }
    std::string_view view() const noexcept { return {text_.data(), size_}; }

private:
    std::array<char, 5 * 17> text_;
    std::size_t size_ = 0;
};

std::optional<stored_report> to_report(std::string_view said) noexcept {
    stored_report stored;
    for (std::uint64_t* value : {&stored.report.number, &stored.report.digest,
                                 &stored.report.sequence, &stored.oldest, &stored.is_done}) {
        const char* const end = said.data() + said.size();
        const auto read = std::from_chars(said.data(), end, *value, 16);
        if (read.ec != std::errc() || read.ptr == end || *read.ptr != ' ') return std::nullopt;
        said.remove_prefix(static_cast<std::size_t>(read.ptr - said.data()) + 1);
    }
    return stored;
}

std::string name_of(std::uint16_t pbx, std::uint64_t number) {
    return "push." + std::to_string(pbx) + '.' + std::to_string(number % push_window::size);
}

}  // namespace

std::uint64_t report_digest(std::string_view body) noexcept {
    std::uint64_t value = 0xCBF29CE484222325U;  // FNV-1a
    for (const char c : body) {
        value ^= static_cast<unsigned char>(c);
        value *= 0x100000001B3U;
    }
    return value == 0 ? 1 : value;
}

push_window::push_window(journal& events, std::uint16_t pbx, milliseconds now)
    : journal_(events), pbx_(pbx) {
    restore(now);
}

void push_window::restore(milliseconds now) {
    std::vector<stored_report> all;
    for (std::uint64_t slot = 0; slot < size; ++slot)
        if (const auto said = journal_.position(name_of(pbx_, slot)))
            if (const auto stored = to_report(*said)) all.push_back(*stored);
    if (all.empty()) return;
    std::sort(all.begin(), all.end(),
              [](const auto& a, const auto& b) { return a.report.number < b.report.number; });
    const std::uint64_t last = all.back().report.number;
    first_ = next_ = last + 1;
    const std::uint64_t from = all.back().oldest;
    std::uint64_t end = journal_.next_pbx_sequence(pbx_);
    for (auto stored = all.rbegin(); stored != all.rend(); ++stored) {
        // Without events in the journal it never happened. Only the last can be there in part.
        const entry& report = stored->report;
        if (report.number >= from && stored->is_done == 0 && report.sequence < end)
            expect_again(report, report.number == last, now);
        end = report.sequence;
    }
}

void push_window::expect_again(const entry& report, bool in_part, milliseconds now) {
    if (doubtful_.size() == doubtful_count_max) doubtful_.erase(doubtful_.begin());
    doubtful_.push_back({{report, in_part}, now + doubt_time});
}

void push_window::forget_old(milliseconds now) {
    const auto is_old = [now](const doubtful& each) { return each.until < now; };
    doubtful_.erase(std::remove_if(doubtful_.begin(), doubtful_.end(), is_old), doubtful_.end());
}

std::optional<push_window::known_report> push_window::take(std::uint64_t digest, milliseconds now) {
    if (doubtful_.empty()) return std::nullopt;
    forget_old(now);
    const auto found =
        std::find_if(doubtful_.begin(), doubtful_.end(),
                     [digest](const doubtful& each) { return each.known.which.digest == digest; });
    if (found == doubtful_.end()) return std::nullopt;
    const known_report known = found->known;
    doubtful_.erase(found);
    return known;
}

// Those that wait to be repeated count, as long as the ring still has their place.
std::uint64_t push_window::oldest() const noexcept {
    std::uint64_t found = first_;
    for (const doubtful& each : doubtful_)
        found = std::min(found, each.known.which.number);
    return next_ - found < size ? found : std::min(first_, next_ - size + 1);
}

result<void> push_window::store(const entry& report, bool is_done) {
    return journal_.set_position(name_of(pbx_, report.number),
                                 report_text({report, oldest(), is_done ? 1U : 0U}).view());
}

result<push_window::entry> push_window::enter(std::uint64_t digest, const http_ticket& ticket) {
    if (full()) return failure(errc::full, "too many reports wait for the disk");
    const entry report{next_, digest, journal_.next_pbx_sequence(pbx_)};
    if (auto done = store(report, false); !done) return tl::unexpected(done.error());
    ring_[next_ % size] = {report, ticket, false, false};
    ++next_;
    return report;
}

void push_window::leave(const entry& report) noexcept {
    ring_[report.number % size].gone = true;
    while (first_ < next_ && ring_[first_ % size].gone)
        ++first_;
}

// A full journal only makes a later repeat of it look like the same fact.
void push_window::mark_done(const entry& report) {
    if (next_ - report.number <= size) static_cast<void>(store(report, true));
}

}  // namespace callstream::sources
