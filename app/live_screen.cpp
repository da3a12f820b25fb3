#include "app/live_screen.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <utility>

namespace callstream::app {

namespace {

constexpr std::string_view plain = "\x1b[0m";
constexpr std::string_view bold = "\x1b[1m";
constexpr std::string_view dim = "\x1b[2m";
constexpr std::string_view red = "\x1b[31m";
constexpr std::string_view green = "\x1b[32m";
constexpr std::string_view yellow = "\x1b[33m";
constexpr double behind_seconds = 10;
constexpr std::size_t queue_rows_share = 3;  // a third of the screen at most

bool is_tail(char byte) noexcept {
    return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

// A line that is put together within a width. Texts from outside are cut and cleaned; colours take
// no room.
class line {
public:
    line(std::size_t columns, bool colour) : left_(columns), colour_(colour) {}

    line& paint(std::string_view style) {
        if (colour_) out_ += style;
        return *this;
    }
    // Cut to what is left, or to `width` and then filled up to it.
    line& add(std::string_view text) { return put(text, left_, false, false); }
    line& left(std::string_view text, std::size_t width) { return put(text, width, true, false); }
    line& right(std::string_view text, std::size_t width) { return put(text, width, true, true); }
    std::string take() {
        if (colour_) out_ += plain;
        return std::move(out_);
    }

private:
    line& put(std::string_view text, std::size_t width, bool fills, bool at_right) {
        width = std::min(width, left_);
        std::string clean;
        std::size_t used = 0;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (!is_tail(text[i]) && used++ == width) {
                used = width;
                break;
            }
            const auto byte = static_cast<unsigned char>(text[i]);
            const bool is_c1 = byte == 0xC2 && i + 1 < text.size() &&
                               static_cast<unsigned char>(text[i + 1]) < 0xA0;
            if (is_c1) ++i;
            clean += byte < ' ' || byte == 0x7F || is_c1 ? '?' : text[i];
        }
        const std::size_t fill = fills ? width - used : 0;
        if (at_right) out_.append(fill, ' ');
        out_ += clean;
        if (!at_right) out_.append(fill, ' ');
        left_ -= used + fill;
        return *this;
    }

    std::string out_;
    std::size_t left_;
    bool colour_;
};

std::string elapsed(const std::optional<timestamp>& since, timestamp now) {
    if (!since) return "-";
    const auto seconds =
        std::max<std::int64_t>(0, std::chrono::floor<std::chrono::seconds>(now - *since).count());
    const long long hours = seconds / 3600;
    const int minutes = static_cast<int>(seconds / 60 % 60);
    const int rest = static_cast<int>(seconds % 60);
    std::array<char, 40> text{};
    if (hours >= 24)
        std::snprintf(text.data(), text.size(), "%lldd %lldh", hours / 24, hours % 24);
    else if (hours > 0)
        std::snprintf(text.data(), text.size(), "%lld:%02d:%02d", hours, minutes, rest);
    else
        std::snprintf(text.data(), text.size(), "%d:%02d", minutes, rest);
    return text.data();
}

std::string clock(timestamp time) {
    const std::time_t seconds =
        std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
    std::tm local{};
    localtime_r(&seconds, &local);
    std::array<char, 16> text{};
    std::strftime(text.data(), text.size(), "%H:%M:%S", &local);
    return text.data();
}

struct call_words {
    std::string_view word;
    int rank;
    std::string_view style;
};

call_words words_of(std::string_view state) {
    if (state == "queued") return {"waiting", 0, yellow};
    if (state == "parked") return {"parked", 1, yellow};
    if (state == "held") return {"on hold", 2, yellow};
    if (state == "ringing") return {"ringing", 3, bold};
    if (state == "initiated") return {"starting", 4, dim};
    if (state == "conferenced") return {"meeting", 5, green};
    if (state == "connected") return {"talking", 6, green};
    return {state, 7, dim};
}

class painter {
public:
    painter(const live_board& board, const screen_settings& settings)
        : board_(board), settings_(settings) {}

    std::vector<std::string> draw() {
        draw_head();
        draw_sources();
        draw_sinks();
        draw_queues();
        draw_calls();
        if (lines_.size() > settings_.rows) lines_.resize(settings_.rows);
        return std::move(lines_);
    }

private:
    line begin() const { return {settings_.columns, settings_.colour}; }
    void end(line&& made) { lines_.push_back(made.take()); }
    std::size_t room() const {
        return settings_.rows > lines_.size() ? settings_.rows - lines_.size() : 0;
    }

    void draw_head() {
        std::uint64_t waiting = 0;
        for (const auto& [key, queue] : board_.queues())
            waiting += queue.waiting;
        std::string words = std::to_string(board_.calls().size()) + " calls  " +
                            std::to_string(waiting) + " waiting  " +
                            std::to_string(board_.ready_count()) + " of " +
                            std::to_string(board_.agent_count()) + " agents ready  " +
                            std::to_string(board_.calls_last_minute()) + " calls last minute";
        end(std::move(begin()
                          .paint(bold)
                          .add(clock(settings_.now))
                          .add("  ")
                          .add(words)
                          .paint(plain)
                          .paint(dim)
                          .add("  q quits  ")
                          .add(settings_.where)));
        if (!settings_.problem.empty())
            end(std::move(begin().paint(red).add("! ").add(settings_.problem)));
    }

    void draw_sources() {
        for (const auto& [key, source] : board_.sources()) {
            const bool good = source.state == "connected";
            line made = begin();
            made.paint(dim).left("PBX", 6).paint(plain).left(source.pbx, 16).add(" ");
            made.paint(good ? green : source.state == "disconnected" ? red : yellow);
            made.add(good ? "+ " : "! ").add(source.transport).add(" ").add(source.state);
            made.paint(plain).add(" ").add(elapsed(source.since, settings_.now));
            if (!good && !source.reason.empty()) made.add("  ").add(source.reason);
            if (source.has_gap) made.paint(yellow).add("  after a gap");
            end(std::move(made));
        }
    }

    void draw_sinks() {
        for (const auto& [key, sink] : board_.sinks()) {
            const bool late = sink.behind_seconds >= behind_seconds;
            const bool away = sink.ended || !sink.connected;
            line made = begin();
            made.paint(dim).left("sink", 6).paint(plain).left(sink.name, 16).add(" ");
            made.paint(away ? red : late ? yellow : green).add(away || late ? "! " : "+ ");
            made.add(sink.type).add(sink.ended ? " has ended" : away ? " away" : " connected");
            made.paint(plain).add("  ").add(std::to_string(sink.behind)).add(" behind  ");
            made.add(std::to_string(std::llround(sink.rate))).add("/s");
            if (sink.rejected > 0)
                made.paint(yellow).add("  ").add(std::to_string(sink.rejected)).add(" rejected");
            end(std::move(made));
        }
    }

    void draw_queues() {
        if (board_.queues().empty() || room() < 4) return;
        std::vector<const live_queue*> queues;
        for (const auto& [key, queue] : board_.queues())
            queues.push_back(&queue);
        std::stable_sort(queues.begin(), queues.end(), [](const auto* a, const auto* b) {
            return (a->waiting > 0) > (b->waiting > 0);
        });
        end(begin());
        end(std::move(begin()
                          .paint(dim)
                          .left("QUEUE", 23)
                          .right("WAIT", 5)
                          .right("LONGEST", 9)
                          .right("LEVEL", 7)
                          .right("ANSWERED", 10)
                          .right("LOST", 6)
                          .right("READY", 9)));
        const std::size_t most =
            std::min(queues.size(), std::max<std::size_t>(1, settings_.rows / queue_rows_share));
        for (std::size_t i = 0; i < most; ++i)
            draw_queue(*queues[i]);
        draw_more(queues.size() - most);
    }

    void draw_queue(const live_queue& queue) {
        const std::string level =
            queue.level ? std::to_string(std::lround(*queue.level * 100)) + "%" : "-";
        const std::string ready = std::to_string(queue.ready) + "/" + std::to_string(queue.members);
        line made = begin();
        made.left(board_.sources().size() > 1 ? queue.name + " " + queue.pbx : queue.name, 23);
        made.paint(queue.waiting > 0 ? yellow : plain).right(std::to_string(queue.waiting), 5);
        made.right(elapsed(queue.longest_since, settings_.now), 9).paint(plain).right(level, 7);
        made.right(std::to_string(queue.answered), 10);
        made.right(std::to_string(queue.abandoned), 6).right(ready, 9);
        end(std::move(made));
    }

    void draw_calls() {
        if (room() < 3) return;
        std::vector<std::pair<call_words, const live_call*>> calls;
        for (const auto& [key, call] : board_.calls())
            calls.emplace_back(words_of(call.state), &call);
        std::stable_sort(calls.begin(), calls.end(), [](const auto& a, const auto& b) {
            if (a.first.rank != b.first.rank) return a.first.rank < b.first.rank;
            return a.second->since.value_or(timestamp::max()) <
                   b.second->since.value_or(timestamp::max());
        });
        const std::size_t wide = settings_.columns > 50 ? (settings_.columns - 36) / 2 : 8;
        end(begin());
        if (calls.empty()) return end(std::move(begin().paint(dim).add("no calls")));
        end(std::move(begin()
                          .paint(dim)
                          .left("CALL", 9)
                          .right("TIME", 8)
                          .add("  ")
                          .left("FROM", wide)
                          .add(" ")
                          .left("TO", wide)
                          .add(" ")
                          .add("QUEUE OR TRUNK")));
        const std::size_t most =
            calls.size() > room() ? std::max<std::size_t>(1, room()) - 1 : calls.size();
        for (std::size_t i = 0; i < most; ++i)
            draw_call(calls[i].first, *calls[i].second, wide);
        draw_more(calls.size() - most);
    }

    void draw_call(const call_words& words, const live_call& call, std::size_t wide) {
        line made = begin();
        made.paint(words.style).left(words.word, 9).paint(plain);
        made.right(elapsed(call.since, settings_.now), 8).add("  ");
        made.left(call.from, wide).add(" ").left(call.to, wide).add(" ");
        end(std::move(made.paint(dim).add(call.via)));
    }

    void draw_more(std::size_t count) {
        if (count > 0)
            end(std::move(begin().paint(dim).add("and " + std::to_string(count) + " more")));
    }

    const live_board& board_;
    const screen_settings& settings_;
    std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> draw(const live_board& board, const screen_settings& settings) {
    return painter(board, settings).draw();
}

}  // namespace callstream::app
