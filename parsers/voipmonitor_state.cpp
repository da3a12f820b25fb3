#include "parsers/voipmonitor_state.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "parsers/stored_fields.h"

namespace callstream::parsers {
namespace {

constexpr text call_kind = "voipmonitor-call/";
constexpr std::size_t column_count_max = 64;
constexpr std::size_t text_size_max = 400;  // of a call's id, and of its parties together
constexpr std::size_t report_size_max = 64 * 1024;
// What a call's event has fields for.
constexpr std::array<text, 5> typed{"callid", "caller", "callername", "called", "calldate"};
constexpr std::array<text, 3> components{"licence", "licence-calls", "report"};
constexpr std::array<text, 3> tasks{"licenseCheck", "licenseCallsLimitCheck", "reportSummary"};

std::optional<std::int64_t> seconds_in(text said) {
    double value = 0;
    const auto end = said.data() + said.size();
    const auto read = std::from_chars(said.data(), end, value);
    if (read.ec != std::errc{} || value < 0 || value > 1e9) return std::nullopt;
    return static_cast<std::int64_t>(value);
}

}  // namespace

voipmonitor_calls::voipmonitor_calls(const voipmonitor_state_settings& settings,
                                     event_output& output, state_store* store)
    : call_count_max_(settings.call_count_max),
      on_ended_(settings.on_ended),
      output_(output, "voipmonitor"),
      store_(store),
      document_(settings.from),
      clock_(settings.timezone) {}

std::optional<std::size_t> voipmonitor_calls::index_of(text name) const {
    const auto found = std::find(columns_.begin(), columns_.end(), name);
    if (found == columns_.end()) return std::nullopt;
    return static_cast<std::size_t>(found - columns_.begin());
}

json_value voipmonitor_calls::column(json_value row, text name) const {
    if (columns_.empty()) return row[name];
    const auto index = index_of(name);
    return index ? row[*index] : json_value();
}

void voipmonitor_calls::publish(event_type type, const call_map::value_type& of, timestamp at,
                                time_quality quality) {
    const auto& [id, known] = of;
    call_event_data told;
    told.call_id = id;
    told.calling = {known.number, known.name.empty() ? text() : text(known.name), {}};
    told.called = {known.called, {}, {}};
    told.started_at = known.started_at;
    told.answered_at = known.answered_at;
    told.variables = further_;
    told.state = call_state::initiated;
    if (known.rings) told.state = call_state::ringing;
    if (known.answered_at) told.state = call_state::connected;
    if (type == event_type::call_ended) {
        told.state = call_state::ended;
        told.ended_at = at;
        told.disposition = known.answered_at ? disposition::answered : disposition::none;
        if (known.answered_at && at >= *known.answered_at)
            told.talk_seconds = at - *known.answered_at;
    }
    const moment when{at, quality, "listActiveCalls", true, {}};
    output_.publish(type, when, {id, {}, {}}, told);
}

void voipmonitor_calls::store(const call_map::value_type& one) {
    if (store_ == nullptr) return;
    field_writer value;
    value.put(text(one.second.number));
    value.put(text(one.second.name));
    value.put(text(one.second.called));
    value.put(one.second.started_at);
    value.put(one.second.answered_at);
    value.put(std::uint32_t{one.second.rings ? 1U : 0U});
    store_->put(std::string(call_kind) + one.first, value.view());
}

bool voipmonitor_calls::restore(std::string_view name, std::string_view value) {
    if (!name.starts_with(call_kind) || calls_.size() >= call_count_max_) return false;
    call kept;
    field_reader from(value);
    kept.number = from.get_text();
    kept.name = from.get_text();
    kept.called = from.get_text();
    kept.started_at = from.get_time();
    kept.answered_at = from.get_time();
    kept.rings = from.get_number() != 0;
    if (!from.ok()) return false;
    calls_[std::string(name.substr(call_kind.size()))] = std::move(kept);
    return true;
}

void voipmonitor_calls::list_further(json_value row) {
    further_.clear();
    if (columns_.empty()) return document_.add_further(row, typed, further_);
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (std::find(typed.begin(), typed.end(), columns_[i]) != typed.end()) continue;
        if (!document_.add_said(columns_[i], row[i], further_)) return;
    }
}

// False for what is no call.
bool voipmonitor_calls::take(json_value row, timestamp at) {
    text id = document_.plain(column(row, "callid"));
    if (id.empty()) id = document_.plain(column(row, "callreference"));
    if (id.empty()) return false;
    auto known = calls_.find(id);
    const bool begins = known == calls_.end();
    if (begins) {
        call made;
        made.number = document_.plain(column(row, "caller"));
        made.name = document_.plain(column(row, "callername"));
        made.called = document_.plain(column(row, "called"));
        if (calls_.size() >= call_count_max_ || id.size() > text_size_max ||
            made.number.size() + made.name.size() + made.called.size() > text_size_max)
            return false;
        made.started_at = clock_.to_utc(document_.plain(column(row, "calldate")), at);
        const auto seconds = seconds_in(document_.plain(column(row, "duration")));
        if (!made.started_at && seconds) made.started_at = at - std::chrono::seconds(*seconds);
        known = calls_.emplace(std::string(id), std::move(made)).first;
    }
    call& now = known->second;
    now.list = list_;
    const auto response =
        seconds_in(document_.plain(column(row, "lastSIPresponseNum"))).value_or(0);
    const auto connected = seconds_in(document_.plain(column(row, "connect_duration")));
    const bool answers = !now.answered_at && (connected.value_or(0) > 0 || response == 200);
    const bool rings =
        !now.rings && !now.answered_at && !answers && response >= 180 && response < 200;
    if (begins || rings || answers) list_further(row);
    if (begins)
        publish(event_type::call_initiated, *known, now.started_at.value_or(at),
                now.started_at ? time_quality::source_seconds : time_quality::received);
    if (rings) {
        now.rings = true;
        publish(event_type::call_ringing, *known, at, time_quality::received);
    }
    if (answers) {
        now.answered_at = at - std::chrono::seconds(connected.value_or(0));
        if (now.started_at) now.answered_at = std::max(*now.answered_at, *now.started_at);
        publish(event_type::call_answered, *known, *now.answered_at,
                connected ? time_quality::source_seconds : time_quality::received);
    }
    if (begins || rings || answers) store(*known);
    return true;
}

void voipmonitor_calls::end_missing(timestamp at) {
    further_.clear();
    for (auto one = calls_.begin(); one != calls_.end();) {
        if (one->second.list == list_) {
            ++one;
            continue;
        }
        publish(event_type::call_ended, *one, at, time_quality::received);
        if (on_ended_ && one->second.started_at) on_ended_(*one->second.started_at, at);
        if (store_ != nullptr) store_->put(std::string(call_kind) + one->first, {});
        one = calls_.erase(one);
    }
}

state_reading voipmonitor_calls::read(std::string_view body, timestamp at) {
    const auto document = document_.read(body);
    if (!document) return {"the answer is not valid JSON"};
    json_value rows = *document;
    const std::size_t first_sign = body.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
    if (first_sign == std::string_view::npos || body[first_sign] != '[') {
        if (!(*document)["success"].boolean().value_or(true)) return {"it refuses to list calls"};
        const std::size_t array = body.find('[');
        if (array == std::string_view::npos) return {"this is no list of calls"};
        for (const text name : {"results", "calls", "cdr", "rows", "data"})
            if (rows.size() == 0) rows = (*document)[name];
    }
    ++list_;
    columns_.clear();
    state_reading told;
    std::size_t begin = 0;
    // A table has the names of its columns in its first row.
    if (rows[0].size() > 0) {
        for (std::size_t i = 0; i < std::min(rows[0].size(), column_count_max); ++i)
            columns_.emplace_back(rows[0][i].text());
        if (!index_of("callid") && !index_of("callreference")) return {"this is no list of calls"};
        begin = 1;
    }
    for (std::size_t i = begin; i < rows.size(); ++i)
        if (!take(rows[i], at)) ++told.rejected;
    end_missing(at);
    return told;
}

void voipmonitor_status::tell(const system_data& told, timestamp at) {
    joined_.assign(told.status);
    for (const header& one : told.values)
        joined_.append(1, '\x1e').append(one.name).append(1, '\x1f').append(one.value);
    if (!known_.is_news(told.component, joined_)) return;
    const text said = tasks[static_cast<std::size_t>(part_)];
    output_.publish(event_type::system_status, {at, time_quality::received, said, false, {}},
                    {told.component, {}, {}}, told);
}

state_reading voipmonitor_status::read(std::string_view body, timestamp at) {
    system_data told;
    told.component = components[static_cast<std::size_t>(part_)];
    const auto document = document_.read(body);
    if (part_ == voipmonitor_part::report) {
        // Its columns are those of a report that somebody made up: it goes out as it is.
        if (!document) return {"the answer is not valid JSON"};
        if (document_.view().size() > report_size_max) return {"the report is too large"};
        const std::array values{header{"report", document_.view()}};
        told.values = values;
        tell(told, at);
        return {};
    }
    if (!document) return {"the answer is not valid JSON"};
    const text status = document_.plain((*document)["status"]);
    if (status.empty()) return {"this is no answer of the licence check"};
    const text message = (*document)["message"].text();
    // A limit that was passed for days is no news that all is well, though it locks nothing yet.
    const bool warns = message.find("violation") != text::npos;
    told.status = status != "0" ? "violated" : warns ? "warning" : "ok";
    const std::array values{header{"status", status}, header{"message", message}};
    told.values = values;
    tell(told, at);
    return {};
}

}  // namespace callstream::parsers
