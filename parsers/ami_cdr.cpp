#include "parsers/ami_cdr.h"

#include <algorithm>
#include <charconv>

#include "parsers/ami_text.h"
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

// The name of `"Alice Reception" <101>`, which Asterisk cuts at 79 bytes wherever that is.
text name_of_caller_id(text caller_id) noexcept {
    const std::size_t number = caller_id.rfind(" <");
    text name = caller_id.substr(0, number);
    if (!name.starts_with('"')) return known_text(number == text::npos ? text() : name);
    name.remove_prefix(1);
    if (name.ends_with('"')) name.remove_suffix(1);
    return known_text(name);
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
    const text id = known_text(message[ami_key::uniqueid]);
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
    data.channel = known_text(message[ami_key::channel]);
    data.destination_channel = known_text(message[ami_key::destination_channel]);
    data.calling = {known_text(message[ami_key::source]),
                    name_of_caller_id(message[ami_key::caller_id]),
                    known_text(device_of_channel(data.channel))};
    data.called = {known_text(message[ami_key::destination]),
                   {},
                   known_text(device_of_channel(data.destination_channel))};
    data.context = known_text(message[ami_key::destination_context]);
    data.application = known_text(message[ami_key::last_application]);
    data.application_data = known_text(message[ami_key::last_data]);
    const text start = message[ami_key::start_time];
    data.duration_seconds = to_seconds(message[ami_key::duration]);
    data.billable_seconds = to_seconds(message[ami_key::billable_seconds]);
    // A CDR comes when its call has ended; its seconds then tell which 02:30 a call began at.
    data.ended_at = clock_.to_utc(message[ami_key::end_time], when.time);
    const auto ended_at = data.ended_at.value_or(when.time);
    data.started_at = clock_.to_utc(start, ended_at - data.duration_seconds.value_or(duration(0)));
    data.answered_at = clock_.to_utc(message[ami_key::answer_time],
                                     ended_at - data.billable_seconds.value_or(duration(0)));
    data.disposition = disposition_named(message[ami_key::disposition]);
    data.account_code = known_text(message[ami_key::account_code]);
    data.ama_flags = known_text(message[ami_key::ama_flags]);
    data.user_field = known_text(message[ami_key::userfield]);
    data.cdr_id = known_text(message.find("sequence"));
    data.variables = further_headers(message);
    moment ended = when;
    if (data.ended_at) {
        ended.time = *data.ended_at;
        ended.quality = time_quality::source_seconds;
    }
    output_.publish(event_type::cdr_created, ended,
                    {data.call_id, data.call_id, key_.of(data, start, data.cdr_id)},
                    event_data(data));
    return true;
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
