#include "bench/sim_replay_program.h"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace callstream::sim {

namespace {

constexpr std::string_view blank_line = "\r\n\r\n";
constexpr std::size_t burst_size = 256 * 1024;

// The number behind `"key": ` in a line of JSON that this project wrote itself.
double number_of(const std::string& line, const std::string& key) {
    const auto found = line.find("\"" + key + "\":");
    return found == std::string::npos ? 0
                                      : std::strtod(line.c_str() + found + key.size() + 3, nullptr);
}

std::size_t behind_login(const std::string& bytes) {
    std::size_t begin = bytes.find('\n') + 1;  // the banner
    while (std::string_view(bytes).substr(begin).starts_with("Response:")) {
        const auto end = bytes.find(blank_line, begin);
        if (end == std::string::npos) return bytes.size();
        const bool accepted = bytes.find("Authentication accepted", begin) < end;
        begin = end + blank_line.size();
        if (accepted) break;
    }
    return begin;
}

std::vector<capture::segment> load_segments(const std::string& path, std::size_t size) {
    std::vector<capture::segment> segments;
    std::ifstream file(path);
    std::optional<double> first;
    for (std::string line; std::getline(file, line);) {
        const double at = number_of(line, "t");
        if (!first) first = at;
        segments.push_back({duration(static_cast<duration::rep>((at - *first) * 1e6)),
                            static_cast<std::size_t>(number_of(line, "off")),
                            static_cast<std::size_t>(number_of(line, "len"))});
    }
    if (segments.empty()) segments.push_back({{}, 0, size});
    return segments;
}

}  // namespace

result<capture> load_capture(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return failure(errc::not_found, "cannot read the capture");
    std::ostringstream all;
    all << file.rdbuf();
    capture loaded;
    loaded.bytes = all.str();
    const std::string stem = path.substr(0, path.rfind('.'));
    loaded.segments = load_segments(stem + ".segments.jsonl", loaded.bytes.size());
    loaded.begin = behind_login(loaded.bytes);
    return loaded;
}

replay_program::replay_program(loop& owner, capture recorded, const replay_settings& settings)
    : timer_(owner, [this] { send_due(); }),
      recorded_(std::move(recorded)),
      settings_(settings),
      loops_left_(settings.loops),
      position_(recorded_.begin) {}

std::size_t replay_program::next_message(std::size_t from) const {
    const auto end = recorded_.bytes.find(blank_line, from);
    return end == std::string::npos ? recorded_.bytes.size() : end + blank_line.size();
}

// FullyBooted is what clients wait for before they ask for lists, so it goes out at once, and the
// rest when they have their answers.
void replay_program::on_login(session& client) {
    if (client_ != nullptr) return;
    client_ = &client;
    ready_ = false;
    const bool booting =
        std::string_view(recorded_.bytes).substr(position_).starts_with("Event: FullyBooted");
    if (booting) {
        send_until(next_message(position_));
    } else {
        client.send_raw(
            "Event: FullyBooted\r\nPrivilege: system,all\r\nUptime: 1\r\nLastReload: 1\r\n"
            "Status: Fully Booted\r\n\r\n",
            1);
    }
}

void replay_program::on_ready(session& client) {
    if (client_ != &client) return;
    ready_ = true;
    if (finished()) return;
    start_clock();
    send_due();
}

void replay_program::on_drained(session& client) {
    if (client_ == &client && ready_ && !finished() && settings_.speed <= 0) send_due();
}

void replay_program::on_gone(session& client) {
    if (client_ != &client) return;
    client_ = nullptr;
    timer_.stop();
    const bool torn =
        position_ > recorded_.begin &&
        recorded_.bytes.compare(position_ - blank_line.size(), blank_line.size(), blank_line) != 0;
    if (torn) position_ = next_message(position_);
}

void replay_program::send_until(std::size_t end) {
    const std::string_view text =
        std::string_view(recorded_.bytes).substr(position_, end - position_);
    std::uint64_t events = 0;
    for (auto at = text.find("\r\nEvent: "); at != std::string_view::npos;
         at = text.find("\r\nEvent: ", at + 1))
        ++events;
    position_ += client_->send_raw(text, events);
    client_->flush();
}

void replay_program::send_due() {
    const auto last = std::find_if(recorded_.segments.begin(), recorded_.segments.end(),
                                   [this](const capture::segment& one) { return !is_due(one); });
    const bool all = last == recorded_.segments.end();
    const std::size_t end = all ? recorded_.bytes.size() : last->begin;
    if (end > position_) send_until(end);
    if (position_ < end) return;  // cut on the way
    if (position_ == recorded_.bytes.size()) return end_loop();
    if (settings_.speed <= 0) return;
    const auto wait = time_of(*last) - elapsed();
    timer_.start(
        std::max(std::chrono::milliseconds(1), std::chrono::ceil<std::chrono::milliseconds>(wait)));
}

bool replay_program::is_due(const capture::segment& one) const {
    if (settings_.speed > 0) return time_of(one) <= elapsed();
    return one.begin <= position_ || one.begin + one.size <= position_ + burst_size;
}

// When a segment is sent, since the client was ready; what was sent before counts as sent then.
duration replay_program::time_of(const capture::segment& one) const {
    return duration(static_cast<duration::rep>(static_cast<double>((one.at - resumed_at_).count()) /
                                               settings_.speed));
}

duration replay_program::elapsed() const {
    return callstream::now() - clock_start_;
}

void replay_program::end_loop() {
    const bool torn = !recorded_.bytes.ends_with(blank_line);
    if (--loops_left_ == 0) {
        if (torn) client_->close_after_writing();
        return;
    }
    position_ = recorded_.begin;
    start_clock();
    timer_.start(std::chrono::milliseconds(1));
}

void replay_program::start_clock() {
    clock_start_ = callstream::now();
    resumed_at_ = {};
    for (const capture::segment& one : recorded_.segments)
        if (one.begin <= position_) resumed_at_ = one.at;
}

}  // namespace callstream::sim
