#include "parsers/ami_recording_events.h"

#include "parsers/ami_cdr.h"
#include "parsers/ami_text.h"

namespace callstream::parsers {

namespace {

text format_of(text file) noexcept {
    const std::size_t point = file.rfind('.');
    const bool has_one = point != text::npos && file.find('/', point) == text::npos;
    return has_one ? file.substr(point + 1) : text();
}

text last_part(text file) noexcept {
    return file.substr(file.rfind('/') + 1);
}

// One says where the file is, another only what it is called.
bool is_same_file(text one, text other) noexcept {
    return last_part(one) == last_part(other);
}

}  // namespace

bool ami_recording_events::translate(const ami_message& message, const moment& when) {
    switch (message.event()) {
        case ami_event::var_set:
            return on_variable(message);
        case ami_event::mix_monitor_start:
        case ami_event::mix_monitor_stop:
        case ami_event::hangup:
            return on_monitor(message, when);
        case ami_event::confbridge_record:
            return on_conference(event_type::recording_started, message, when);
        case ami_event::confbridge_stop_record:
            return on_conference(event_type::recording_stopped, message, when);
        case ami_event::auto_mix_monitor_end:
            return on_file(message, when);
        default:
            return false;
    }
}

bool ami_recording_events::on_monitor(const ami_message& message, const moment& when) {
    leg_record* leg = calls_.find_leg(message[ami_key::uniqueid]);
    if (leg == nullptr || leg->state == leg_state::ended) return false;
    if (message.event() == ami_event::mix_monitor_start) return start(when, *leg);
    if (message.event() == ami_event::mix_monitor_stop) return stop(when, *leg);
    moment inferred = when;
    inferred.synthetic = true;
    stop(inferred, *leg);
    return false;  // the hang-up itself is still to be told
}

bool ami_recording_events::on_variable(const ami_message& message) {
    if (message[ami_key::variable] != "MIXMONITOR_FILENAME") return false;
    const leg_record* leg = calls_.find_leg(message[ami_key::uniqueid]);
    if (leg != nullptr) leg->call->recording.refine(unescaped(message[ami_key::value], scratch_));
    return false;
}

// Appliances of the 1.x kind: the file is closed.
bool ami_recording_events::on_file(const ami_message& message, const moment& when) {
    text file = known_text(message[ami_key::file_name_of_recording]);
    if (file.empty()) file = known_text(message[ami_key::file_name]);
    const leg_record* leg = calls_.find_leg(message[ami_key::uniqueid]);
    if (leg == nullptr) leg = calls_.find_channel(message[ami_key::channel]);
    return leg != nullptr && tell_file(when, *leg, file);
}

void ami_recording_events::on_cdr(const ami_message& message, const moment& when) {
    const text file = recording_of_cdr(message);
    if (file.empty() || files_by_rows_) return;
    const text id = message[ami_key::uniqueid];
    if (const leg_record* leg = calls_.find_leg(id)) {
        tell_file(when, *leg, file);
        return;
    }
    recording_data data;
    data.call_id = data.leg_id = id;
    data.file = file;
    publish(event_type::recording_available, when, data);
}

bool ami_recording_events::tell_file(const moment& when, const leg_record& leg, text file) {
    call_record& call = *leg.call;
    if (file.empty() || files_by_rows_) return false;
    if (!is_same_file(call.recording.view(), file)) {
        call.recording.assign(file);
        call.is_recording_told = false;
    }
    if (call.is_recording_told) return false;
    call.is_recording_told = true;
    publish(event_type::recording_available, when, leg);
    return true;
}

bool ami_recording_events::start(const moment& when, leg_record& leg) {
    leg.is_recorded = true;
    leg.call->is_recording_told = false;
    publish(event_type::recording_started, when, leg);
    return true;
}

bool ami_recording_events::stop(const moment& when, leg_record& leg) {
    if (!leg.is_recorded) return false;
    leg.is_recorded = false;
    publish(event_type::recording_stopped, when, leg);
    tell_file(when, leg, leg.call->recording.view());
    return true;
}

bool ami_recording_events::on_conference(event_type type, const ami_message& message,
                                         const moment& when) {
    recording_data data;
    data.conference = known_text(message[ami_key::conference]);
    if (data.conference.empty()) return false;
    output_.publish(type, when, {data.conference, {}, {}}, event_data(data));
    return true;
}

void ami_recording_events::publish(event_type type, const moment& when, const leg_record& leg) {
    recording_data data;
    data.call_id = leg.call->id.view();
    data.leg_id = leg.id.view();
    data.file = leg.call->recording.view();
    publish(type, when, data);
}

void ami_recording_events::publish(event_type type, const moment& when, recording_data& data) {
    data.format = format_of(data.file);
    data.variables = when.variables;
    output_.publish(type, when, {data.call_id, data.call_id, {}}, event_data(data));
}

}  // namespace callstream::parsers
