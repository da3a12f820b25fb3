#include "parsers/ami_cdr.h"

#include <algorithm>
#include <charconv>

#include "parsers/ami_text.h"
#include "parsers/cdr_text.h"
#include "parsers/channel_name.h"
#include "parsers/text_repair.h"

namespace callstream::parsers {
namespace {

// FNV-1a over fields, each ended by a byte that no field holds.
class field_hash {
public:
    void add(text field) noexcept {
        for (const char byte : field)
            add_byte(static_cast<unsigned char>(byte));
        add_byte(0xFF);
    }
    void add(const std::optional<duration>& field) noexcept {
        const auto whole = std::chrono::floor<std::chrono::seconds>(field.value_or(duration(-1)));
        for (auto rest = static_cast<std::uint64_t>(whole.count()); rest > 0; rest >>= 8U)
            add_byte(static_cast<unsigned char>(rest));
        add_byte(0xFF);
    }
    std::uint64_t value() const noexcept { return value_; }

private:
    void add_byte(unsigned char byte) noexcept {
        value_ ^= byte;
        value_ *= 0x100000001B3U;
    }

    std::uint64_t value_ = 0xCBF29CE484222325U;
};

disposition disposition_named(text name) noexcept {
    if (name == "ANSWERED") return disposition::answered;
    if (name == "NO ANSWER") return disposition::no_answer;
    if (name == "BUSY") return disposition::busy;
    if (name == "CONGESTION") return disposition::congestion;
    if (name == "CANCEL") return disposition::canceled;
    return name.empty() ? disposition::none : disposition::failed;
}

// What cdr_data has a field for, and what only frames the message.
constexpr std::array typed_keys{
    ami_key::event,
    ami_key::privilege,
    ami_key::timestamp,
    ami_key::system_name,
    ami_key::account_code,
    ami_key::source,
    ami_key::destination,
    ami_key::destination_context,
    ami_key::caller_id,
    ami_key::channel,
    ami_key::destination_channel,
    ami_key::last_application,
    ami_key::last_data,
    ami_key::start_time,
    ami_key::answer_time,
    ami_key::end_time,
    ami_key::duration,
    ami_key::billable_seconds,
    ami_key::disposition,
    ami_key::ama_flags,
    ami_key::uniqueid,
    ami_key::userfield,
    ami_key::recording_file_name,
};

}  // namespace

text recording_of_cdr(const ami_message& message) noexcept {
    const text named = known_text(message[ami_key::recording_file_name]);
    return named.empty() ? known_text(message.find("recordingfile")) : named;
}

text cdr_key::of(const cdr_data& cdr, text start_local, text sequence) noexcept {
    field_hash hash;
    hash.add(cdr.leg_id);
    if (!sequence.empty()) {
        hash.add(sequence);
    } else {
        // What every store of CDRs has, in the form that it has it in.
        hash.add(start_local);
        hash.add(cdr.called.number);
        hash.add(cdr.channel);
        hash.add(cdr.destination_channel);
        hash.add(cdr.application);
        hash.add(name_of(cdr.disposition));
        hash.add(cdr.duration_seconds);
        hash.add(cdr.billable_seconds);
    }
    const text id = whole_characters(cdr.leg_id, bounded_id::capacity);
    char* end = std::copy(id.begin(), id.end(), bytes_.data());
    *end++ = ':';
    end = std::to_chars(end, bytes_.data() + bytes_.size(), hash.value(), 16).ptr;
    return {bytes_.data(), static_cast<std::size_t>(end - bytes_.data())};
}

bool ami_cdr::translate(const ami_message& message, const moment& when) {
    const text id = value_of(message[ami_key::uniqueid]);
    if (message.event() != ami_event::cdr || id.empty()) return false;
    cdr_data data;
    data.leg_id = data.call_id = id;
    data.recording = recording_of_cdr(message);
    const leg_record* leg = calls_.find_leg(id);
    if (leg != nullptr) {
        data.call_id = leg->call->id.view();
        data.direction = leg->call->direction;
        if (data.recording.empty()) data.recording = leg->call->recording.view();
    }
    data.channel = value_of(message[ami_key::channel]);
    data.destination_channel = value_of(message[ami_key::destination_channel]);
    data.calling = {value_of(message[ami_key::source]),
                    name_of_caller_id(message[ami_key::caller_id]),
                    known_text(device_of_channel(data.channel))};
    data.called = {value_of(message[ami_key::destination]),
                   {},
                   known_text(device_of_channel(data.destination_channel))};
    data.context = value_of(message[ami_key::destination_context]);
    data.application = value_of(message[ami_key::last_application]);
    data.application_data = value_of(message[ami_key::last_data]);
    read_seconds(message, data);
    read_times(message, when, data);
    data.disposition = disposition_named(message[ami_key::disposition]);
    data.account_code = value_of(message[ami_key::account_code]);
    data.ama_flags = value_of(message[ami_key::ama_flags]);
    data.user_field = value_of(message[ami_key::userfield]);
    data.cdr_id = value_of(message.find("sequence"));
    if (is_ucm_) read_as_ucm(message, data);
    data.variables = further_headers(message);
    moment ended = when;
    if (data.ended_at) {
        ended.time = *data.ended_at;
        ended.quality = time_quality::source_seconds;
    }
    output_.publish(event_type::cdr_created, ended,
                    {data.call_id, data.call_id, key_of(message, data)}, event_data(data));
    return true;
}

text ami_cdr::value_of(text said) const noexcept {
    return is_ucm_ ? cdr_value(said) : known_text(said);
}

void ami_cdr::read_seconds(const ami_message& message, cdr_data& data) const {
    const auto seconds_in = [&](ami_key key) {
        return is_ucm_ ? cdr_duration_of(cdr_value(message[key])) : to_seconds(message[key]);
    };
    data.duration_seconds = seconds_in(ami_key::duration);
    data.billable_seconds = seconds_in(ami_key::billable_seconds);
}

// A CDR comes when its call has ended; its seconds then tell which 02:30 a call began at.
void ami_cdr::read_times(const ami_message& message, const moment& when, cdr_data& data) {
    data.ended_at = time_of(message[ami_key::end_time], when.time);
    const auto ended_at = data.ended_at.value_or(when.time);
    data.started_at = time_of(message[ami_key::start_time],
                              ended_at - data.duration_seconds.value_or(duration(0)));
    data.answered_at = time_of(message[ami_key::answer_time],
                               ended_at - data.billable_seconds.value_or(duration(0)));
}

std::optional<timestamp> ami_cdr::time_of(text said, timestamp about) noexcept {
    if (!is_ucm_) return clock_.to_utc(said, about);
    const auto read = cdr_time_of(cdr_value(said), clock_, about);
    if (!read) return std::nullopt;
    return read->time;
}

// As its row is read, or the key would be another.
void ami_cdr::read_as_ucm(const ami_message& message, cdr_data& data) const {
    const direction said = cdr_direction_of(data.user_field);
    if (said != direction::none) data.direction = said;
    data.calling.number =
        calling_number_of(data.calling.number, cdr_value(message[ami_key::caller_id]));
    data.called.number = ucm_called_number(data.called.number, data.calling.number);
    data.disposition = cdr_outcome_of(cdr_disposition_of(cdr_value(message[ami_key::disposition])),
                                      data.billable_seconds);
    // The file that a channel writes is told by the row, under the name that it can be fetched by.
    data.recording = files_by_rows_ ? text() : recording_of_cdr(message);
}

text ami_cdr::key_of(const ami_message& message, const cdr_data& data) {
    if (!is_ucm_) return key_.of(data, message[ami_key::start_time], data.cdr_id);
    // Rows have no such sequence.
    const std::string start = data.started_at ? clock_.to_local(*data.started_at) : std::string();
    return key_.of(data, start, {});
}

std::span<const header> ami_cdr::further_headers(const ami_message& message) {
    further_.clear();
    const auto headers = message.headers();
    for (std::size_t i = 0; i < headers.size(); ++i)
        if (std::find(typed_keys.begin(), typed_keys.end(), message.key_at(i)) == typed_keys.end())
            further_.push_back(headers[i]);
    return further_;
}

}  // namespace callstream::parsers
