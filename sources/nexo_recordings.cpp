#include "sources/nexo_recordings.h"

#include <charconv>
#include <utility>

namespace callstream::sources {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view recording_list = "json_array_records";
constexpr std::string_view wave_end = ".wav";
constexpr std::string_view shape = "00000000-000000-";  // 20210507-004956-1620377396-...
constexpr auto ring_longest = 1h;
constexpr auto answer_margin = 1min;
constexpr auto never = 1h;  // until it is hurried

// Without its directory and its end, which a manager event leaves out.
std::string_view stem_of(std::string_view file) {
    if (const std::size_t slash = file.rfind('/'); slash != file.npos)
        file.remove_prefix(slash + 1);
    if (file.ends_with(wave_end)) file.remove_suffix(wave_end.size());
    return file;
}

}  // namespace

std::optional<nexo_range> range_of_nexo_recording(std::string_view file) {
    const std::string_view name = stem_of(file);
    if (name.size() < shape.size()) return std::nullopt;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        const bool is_digit = name[i] >= '0' && name[i] <= '9';
        if (shape[i] == '0' ? !is_digit : name[i] != '-') return std::nullopt;
    }
    const auto number = [name](std::size_t at, std::size_t size) {
        unsigned value = 0;
        std::from_chars(name.data() + at, name.data() + at + size, value);
        return value;
    };
    const std::chrono::year_month_day day{std::chrono::year(static_cast<int>(number(0, 4))),
                                          std::chrono::month(number(4, 2)),
                                          std::chrono::day(number(6, 2))};
    if (!day.ok() || number(9, 2) > 23 || number(11, 2) > 59) return std::nullopt;
    const timestamp answered = timestamp(std::chrono::sys_days(day)) +
                               std::chrono::hours(number(9, 2)) +
                               std::chrono::minutes(number(11, 2));
    constexpr std::size_t minute_size = 16;
    return nexo_range{local_text(answered - ring_longest, minute_size),
                      local_text(answered + answer_margin, minute_size)};
}

void nexo_recordings::locate(const recording_facts& wanted, handler on_place) {
    file_ = wanted.file;
    on_place_ = std::move(on_place);
    logged_out_ = false;
    client_->hurry(*this);
}

std::optional<http_call_request> nexo_recordings::make_request(timestamp) {
    if (!on_place_) return std::nullopt;
    const auto range = range_of_nexo_recording(file_);
    if (!range) {
        const handler told = std::exchange(on_place_, nullptr);
        told(failure(errc::not_found, "the recording's name tells no time to look for it"));
        return std::nullopt;
    }
    range_ = *range;
    return make_nexo_recording_query(settings_.url, range_, {});
}

poll_judgement nexo_recordings::take(const poll_answer& answer) {
    const poll_judgement judged = judge_nexo_list(answer, recording_list, range_);
    if (!on_place_) return judged;
    const bool is_asked_again =
        judged.finding == poll_finding::logged_out && !std::exchange(logged_out_, true);
    if (is_asked_again) return judged;
    const handler told = std::exchange(on_place_, nullptr);
    if (judged.fine())
        told(place_in(answer.body));
    else
        told(failure(errc::refused, judged.words));
    return judged;
}

// Whoever waits for the recording asks again in time, and others are asked for meanwhile.
void nexo_recordings::on_no_answer(const error& reason) {
    if (const handler told = std::exchange(on_place_, nullptr)) told(tl::unexpected(reason));
}

std::chrono::milliseconds nexo_recordings::wait() {
    return on_place_ ? 0ms : std::chrono::milliseconds(never);
}

result<recording_locator::place> nexo_recordings::place_in(std::string_view body) const {
    json_document document;
    const auto parsed = document.parse(body);
    const json_value rows = parsed ? (*parsed)[recording_list] : json_value();
    const std::string_view wanted = stem_of(file_);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::string_view path = rows[i]["path"].text();
        // Several are separated by semicolons.
        if (stem_of(path) != wanted || path.find(';') != path.npos) continue;
        place found{make_nexo_recording_download(settings_.url, path), {}};
        found.request.headers.push_back("Cookie: " + client_->cookies());
        found.member = path.substr(path.rfind('/') + 1);
        return found;
    }
    return failure(errc::not_found, "the PBX does not list the recording");
}

}  // namespace callstream::sources
