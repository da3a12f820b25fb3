#include "parsers/cdr_rows.h"

#include <algorithm>
#include <charconv>

#include "parsers/ami_text.h"
#include "parsers/cdr_text.h"
#include "parsers/channel_name.h"

namespace callstream::parsers {
namespace {

using std::chrono::seconds;

constexpr std::size_t problem_count_max = 100;

bool has_column(const cdr_record& record, text folded) noexcept {
    return std::any_of(record.fields.begin(), record.fields.end(), [folded](const header& each) {
        return folded_column(each.name).view() == folded;
    });
}

// Names behind each other, with @ or a comma between them and often one at the end.
void split_names(text said, std::vector<std::string>& names) {
    while (!said.empty()) {
        const std::size_t size = std::min(said.find_first_of("@,"), said.size());
        const text name = cdr_value(said.substr(0, size));
        if (!name.empty()) names.emplace_back(name);
        said.remove_prefix(std::min(size + 1, said.size()));
    }
}

// Who was reached behind a menu, a queue or a group: 202 of 620(202).
text reached_by(text destination) noexcept {
    const std::size_t begin = destination.find('(');
    if (begin == text::npos || begin == 0 || !destination.ends_with(')')) return {};
    return cdr_value(destination.substr(begin + 1, destination.size() - begin - 2));
}

// FIBERME names recordings after the channel: .../1669704779.411-843-842-20221129-145300.gsm
text uniqueid_of_recording(text file) noexcept {
    const std::size_t slash = file.rfind('/');
    if (slash != text::npos) file.remove_prefix(slash + 1);
    const text id = file.substr(0, file.find('-'));
    const bool is_one = id.size() > 10 && id.find('.') == 10 && time_of_uniqueid(id);
    return is_one ? id : text();
}

disposition disposition_of_response(text code) noexcept {
    constexpr std::array<std::pair<text, disposition>, 11> known{{
        {"200", disposition::answered},
        {"202", disposition::answered},
        {"404", disposition::failed},
        {"408", disposition::no_answer},
        {"480", disposition::no_answer},
        {"486", disposition::busy},
        {"487", disposition::canceled},
        {"503", disposition::congestion},
        {"600", disposition::busy},
        {"603", disposition::busy},
        {"604", disposition::failed},
    }};
    for (const auto& [number, outcome] : known)
        if (number == code) return outcome;
    return code.empty() ? disposition::none : disposition::failed;
}

direction direction_of_trunks(bool from_trunk, bool to_trunk) noexcept {
    if (from_trunk && to_trunk) return direction::external;
    if (from_trunk) return direction::inbound;
    return to_trunk ? direction::outbound : direction::none;
}

// Some records of a UCM have an application where a channel should be, or a channel of its own.
text device_in(text channel) noexcept {
    const bool is_one = channel.find('/') != text::npos && !channel.starts_with("Local/@");
    return is_one ? device_of_channel(channel) : text();
}

// Uniqueids: the second that a channel began in, and a number that counts up.
bool is_earlier_channel(text id, text other) noexcept {
    const auto began = time_of_uniqueid(id);
    const auto other_began = time_of_uniqueid(other);
    if (began && other_began && *began != *other_began) return *began < *other_began;
    return id.size() != other.size() ? id.size() < other.size() : id < other;
}

bool is_typed(cdr_column column) noexcept {
    return column != cdr_column::none && column != cdr_column::answered_by &&
           column != cdr_column::source_trunk && column != cdr_column::destination_trunk &&
           column != cdr_column::response;
}

}  // namespace

void cdr_rows::begin(std::vector<cdr_row>& rows, timestamp about) {
    rows_ = &rows;
    about_ = about;
    call_at_.reset();
    call_before_.clear();
    of_call_.clear();
    calls_.clear();
    rejected_ = 0;
    problems_.clear();
}

void cdr_rows::reject(const cdr_record& record, std::string_view why) {
    ++rejected_;
    if (problems_.size() < problem_count_max) problems_.push_back({record.place, why});
}

void cdr_rows::on_record(const cdr_record& record) {
    if (record.part != cdr_part::leg) call_at_.reset();
    if (!record.problem.empty()) return reject(record, record.problem);
    meant_ = known_.of(record);
    const cdr_columns from(meant_, record);
    cdr_row row;
    if (const auto problem = fill(record, from, row); !problem.empty())
        return reject(record, problem);
    if (record.part == cdr_part::leg && call_at_) complete_call(row);
    rows_->push_back(std::move(row));
    if (calls_by_channel_) name_by_channel(rows_->size() - 1);
    if (record.part != cdr_part::call) return;
    call_at_ = rows_->size() - 1;
    call_end_said_ = from[cdr_column::end].data() != nullptr;
}

std::string_view cdr_rows::fill(const cdr_record& record, const cdr_columns& from, cdr_row& row) {
    using column = cdr_column;
    if (from[column::source].empty() && from[column::destination].empty() &&
        from[column::leg].empty())
        return "it names no caller, no called number and no channel";
    unread_.reset();
    row.leg_id = from[column::leg];
    if (dialect_ == cdr_dialect::fiberme)
        row.leg_id = uniqueid_of_recording(from[column::recording]);
    row.channel = from[column::channel];
    row.destination_channel = from[column::destination_channel];
    row.context = from[column::context];
    row.application = from[column::application];
    row.application_data = from[column::application_data];
    row.account_code = from[column::account];
    row.ama_flags = from[column::ama_flags];
    row.user_field = from[column::user_field];
    if (const auto problem = fill_times(record, from, row); !problem.empty()) return problem;
    fill_parties(from, row);
    fill_outcome(from, row);
    if (dialect_ == cdr_dialect::ucm)
        split_names(from[column::recording], row.recordings);
    else if (!from[column::recording].empty())
        row.recordings.emplace_back(from[column::recording]);
    fill_identity(record, from, row);
    unread_.set(static_cast<std::size_t>(cdr_column::call), calls_by_channel_);
    fill_further(record, row);
    return {};
}

// The local clock and Asterisk's channel id, which is in UTC, tell the same second: so the id says
// which of two equal hours it was, and the second where a table shows minutes only.
std::string_view cdr_rows::fill_times(const cdr_record& record, const cdr_columns& from,
                                      cdr_row& row) {
    const auto read_seconds = [&](cdr_column column, std::optional<duration>& into) {
        into = cdr_duration_of(from[column]);
        return into.has_value() || from[column].empty();
    };
    if (!read_seconds(cdr_column::duration, row.duration_seconds))
        return "its duration is no number of seconds";
    if (!read_seconds(cdr_column::billable, row.billable_seconds))
        return "its billed duration is no number of seconds";
    const auto began = time_of_uniqueid(row.leg_id);
    const auto start = cdr_time_of(from[cdr_column::start], clock_, began.value_or(about_));
    if (!start) return from[cdr_column::start].empty() ? "it has no start" : "its start is no time";
    row.started_at = start->time;
    const duration length = row.duration_seconds.value_or(duration(0));
    if (began && start->precision == cdr_precision::minutes &&
        *began >= start->time - length - seconds(60) && *began < start->time + seconds(60))
        row.started_at = began;
    // The column Date of Nexo's file is said to be the end, which the document's own rows leave
    // open: the second in the UniqueID decides.
    const bool may_be_end = dialect_ == cdr_dialect::nexo && has_column(record, "date");
    if (began && may_be_end && *began != start->time && *began == start->time - length)
        row.started_at = began;
    const auto read_time = [&](cdr_column column, timestamp about) -> std::optional<timestamp> {
        const auto read = cdr_time_of(from[column], clock_, about);
        if (read) return read->time;
        // All zeros are how databases write that there was none.
        const bool is_said = from[column].find_first_of("123456789") != text::npos;
        unread_.set(static_cast<std::size_t>(column), is_said);
        return std::nullopt;
    };
    const timestamp ended = *row.started_at + length;
    row.ended_at = read_time(cdr_column::end, ended);
    if (!row.ended_at && row.duration_seconds) row.ended_at = ended;
    row.answered_at = read_time(cdr_column::answer, row.ended_at.value_or(ended) -
                                                        row.billable_seconds.value_or(duration(0)));
    return {};
}

void cdr_rows::fill_parties(const cdr_columns& from, cdr_row& row) {
    using column = cdr_column;
    const text caller_id = from[column::caller_id];
    const text number = calling_number_of(from[column::source], caller_id);
    text name = from[column::source_name];
    if (name.empty() && !caller_id.empty()) name = name_of_caller_id(caller_id);
    row.calling = {std::string(number), std::string(name),
                   std::string(known_text(device_in(row.channel)))};
    text called = from[column::destination];
    text reached = device_in(row.destination_channel);
    if (dialect_ == cdr_dialect::nexo && !reached_by(called).empty()) {
        reached = reached_by(called);
        called = called.substr(0, called.find('('));
        unread_.set(static_cast<std::size_t>(column::destination));
    }
    if (dialect_ == cdr_dialect::fiberme && from[column::answered_by] != called)
        reached = from[column::answered_by];
    if (dialect_ == cdr_dialect::ucm && !called.empty()) {
        called = ucm_called_number(called, number);
        unread_.set(static_cast<std::size_t>(column::destination), called.empty());
    }
    row.called = {std::string(called), {}, std::string(known_text(reached))};
}

void cdr_rows::fill_outcome(const cdr_columns& from, cdr_row& row) {
    using column = cdr_column;
    const text said = from[column::disposition];
    row.disposition = cdr_disposition_of(said);
    if (dialect_ == cdr_dialect::voipmonitor)
        row.disposition = disposition_of_response(from[column::response]);
    row.disposition = cdr_outcome_of(row.disposition, row.billable_seconds);
    const folded_column word(said);
    if (row.disposition == disposition::failed && word.view() != "failed" && word.view() != "faild")
        unread_.set(static_cast<std::size_t>(column::disposition), !said.empty());
    row.direction = cdr_direction_of(from[column::direction]);
    if (dialect_ == cdr_dialect::ucm) row.direction = cdr_direction_of(row.user_field);
    if (dialect_ == cdr_dialect::ucm && row.direction == direction::none) {
        const bool from_trunk = !from[column::source_trunk].empty() ||
                                row.channel.find("/trunk_") != std::string::npos ||
                                row.channel.starts_with("DAHDI/");
        const bool to_trunk = !from[column::destination_trunk].empty() ||
                              row.destination_channel.find("/trunk_") != std::string::npos;
        row.direction = direction_of_trunks(from_trunk, to_trunk);
    }
    if (row.answered_at || row.disposition != disposition::answered || !row.billable_seconds ||
        !row.ended_at)
        return;
    row.answered_at = *row.ended_at - *row.billable_seconds;
}

std::string cdr_rows::content_key(const cdr_row& row) {
    return std::string(key_.of(data_of(row, headers_), clock_.to_local(*row.started_at), {}));
}

// Two records of one call that differ in nothing but their number are two all the same.
std::string cdr_rows::numbered_key(const cdr_row& row) {
    if (row.call_id != call_before_) of_call_.clear();
    call_before_ = row.call_id;
    std::string key = content_key(row);
    std::size_t alike = 0;
    const auto is_known = [&](const std::pair<std::string, std::string>& each) {
        if (each.first != key) return false;
        if (each.second == row.cdr_id) return true;
        ++alike;
        return false;
    };
    if (std::none_of(of_call_.begin(), of_call_.end(), is_known))
        of_call_.emplace_back(key, row.cdr_id);
    if (alike > 0) key += '#' + std::to_string(alike + 1);
    return key;
}

void cdr_rows::fill_identity(const cdr_record& record, const cdr_columns& from, cdr_row& row) {
    row.cdr_id = from[cdr_column::record_id];
    row.call_id = record.call_id.empty() ? from[cdr_column::call] : record.call_id;
    if (row.call_id.empty()) row.call_id = row.leg_id;
    switch (dialect_) {
        case cdr_dialect::asterisk:
            row.key = content_key(row);
            break;
        case cdr_dialect::ucm:
            if (record.part == cdr_part::call) row.leg_id.clear();
            row.key = record.part == cdr_part::call ? row.call_id : numbered_key(row);
            if (row.key.empty()) row.key = content_key(row);
            break;
        case cdr_dialect::nexo:
            // Known by what its Cdr event has as well, unless the file leaves out the channel.
            if (row.leg_id.empty()) row.key = content_key(row);
            break;
        case cdr_dialect::fiberme:
            // Numbers may begin again when the log was cleared. What the clock showed is the same
            // however the hour is understood that it showed twice.
            row.key = row.cdr_id + '-' + clock_.to_local(*row.started_at);
            std::replace(row.key.begin(), row.key.end(), ' ', 'T');
            break;
        case cdr_dialect::voipmonitor:
            row.key = row.cdr_id;
            break;
    }
    if (row.call_id.empty()) row.call_id = row.key;
}

// Records of one call need not come as one, nor in order, and its own record has no channel.
void cdr_rows::name_by_channel(std::size_t at) {
    cdr_row& row = (*rows_)[at];
    named_call& call = calls_[row.call_id];
    call.rows.push_back(at);
    const bool is_first =
        !row.leg_id.empty() && (call.id.empty() || is_earlier_channel(row.leg_id, call.id));
    if (!is_first) {
        if (!call.id.empty()) row.call_id = call.id;
        return;
    }
    call.id = row.leg_id;
    for (const std::size_t each : call.rows)
        (*rows_)[each].call_id = call.id;
}

void cdr_rows::fill_further(const cdr_record& record, cdr_row& row) {
    for (std::size_t i = 0; i < record.fields.size(); ++i) {
        const header& field = record.fields[i];
        const cdr_column column = meant_[i];
        const bool is_said = is_typed(column) && !unread_[static_cast<std::size_t>(column)];
        if (is_said || cdr_value(field.value).empty()) continue;
        row.further.emplace_back(field.name, field.value);
    }
}

// A UCM leaves most columns of the call's own record empty when there are legs.
void cdr_rows::complete_call(const cdr_row& leg) {
    cdr_row& call = (*rows_)[*call_at_];
    if (leg.disposition == disposition::answered || call.disposition == disposition::none)
        call.disposition = leg.disposition;
    if (call.direction == direction::none) call.direction = leg.direction;
    if (call.calling.name.empty()) call.calling.name = leg.calling.name;
    if (call.calling.device.empty()) call.calling.device = leg.calling.device;
    if (leg.answered_at && (!call.answered_at || *leg.answered_at < *call.answered_at))
        call.answered_at = leg.answered_at;
    if (!call_end_said_ && leg.ended_at && (!call.ended_at || *leg.ended_at > *call.ended_at))
        call.ended_at = leg.ended_at;
}

}  // namespace callstream::parsers
