#include "parsers/fiberme_recordings.h"

#include <array>
#include <utility>

namespace callstream::parsers {
namespace {

constexpr std::array<text, 2> names{"fiberme-recordings/conference", "fiberme-recordings/onetouch"};
constexpr std::array<text, 2> said{"search-conference-recording-page",
                                   "search-onetouch-recording-page"};
constexpr std::array<text, 1> typed{"playUrl"};
constexpr std::chrono::minutes new_age{10};

}  // namespace

fiberme_recordings::fiberme_recordings(const fiberme_recordings_settings& settings,
                                       event_output& output, state_store& kept)
    : kind_(settings.kind),
      output_(output, "fiberme"),
      kept_(kept),
      document_(settings.from),
      clock_(settings.timezone) {}

bool fiberme_recordings::restore(std::string_view name, std::string_view value) {
    if (name != names[static_cast<std::size_t>(kind_)]) return false;
    mark_ = value;
    return true;
}

// Local times in this form are in order as texts.
bool fiberme_recordings::is_passed_over(text start, timestamp at) {
    if (!is_first_) return false;
    if (!mark_.empty()) return start <= mark_;
    const auto time = clock_.to_utc(start, at);
    return time && *time < at - new_age;
}

void fiberme_recordings::tell(json_value item, text file, timestamp at) {
    recording_data told;
    told.file = file;
    if (kind_ == fiberme_recording::conference) told.conference = document_.plain(item["callTo"]);
    further_.clear();
    document_.add_further(item, typed, further_);
    told.variables = further_;
    const std::size_t point = file.rfind('.');
    if (point != text::npos) told.format = file.substr(point + 1);
    const auto start = clock_.to_utc(item["startTime"].text(), at);
    const moment when{start.value_or(at),
                      start ? time_quality::source_seconds : time_quality::received,
                      said[static_cast<std::size_t>(kind_)],
                      false,
                      {}};
    output_.publish(event_type::recording_available, when, {file, {}, file}, told);
}

state_reading fiberme_recordings::read(std::string_view body, timestamp at) {
    const auto document = document_.read(body);
    if (!document) return {"the answer is not valid JSON"};
    if (document_.plain((*document)["code"]) != "0") return {"the PBX answered with an error"};
    const json_value items = (*document)["data"]["items"];
    state_reading told;
    std::set<std::string, std::less<>> seen;
    std::string newest = mark_;
    // The oldest first, as they came.
    for (std::size_t i = items.size(); i-- > 0;) {
        text file = items[i]["playUrl"].text();
        if (file.empty()) file = items[i]["FileName"].text();
        const text start = items[i]["startTime"].text();
        if (file.empty() || file.size() > 400) {
            ++told.rejected;
            continue;
        }
        if (seen_.find(file) == seen_.end() && seen.find(file) == seen.end() &&
            !is_passed_over(start, at))
            tell(items[i], file, at);
        seen.emplace(file);
        if (start > newest) newest = start;
    }
    seen_ = std::move(seen);
    is_first_ = false;
    if (newest == mark_ || newest.size() > 64) return told;
    mark_ = std::move(newest);
    kept_.put(names[static_cast<std::size_t>(kind_)], mark_);
    return told;
}

}  // namespace callstream::parsers
