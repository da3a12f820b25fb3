#include "parsers/ami_recording_events.h"

#include "parsers/ami_text.h"

namespace callstream::parsers {
namespace {

text format_of(text file) noexcept {
    const std::size_t point = file.rfind('.');
    const bool has_one = point != text::npos && file.find('/', point) == text::npos;
    return has_one ? file.substr(point + 1) : text();
}

}  // namespace

bool ami_recording_events::translate(const ami_message& message, const moment& when) {
    const ami_event event = message.event();
    if (event == ami_event::var_set) return on_variable(message);
    const bool concerns_us = event == ami_event::mix_monitor_start ||
                             event == ami_event::mix_monitor_stop || event == ami_event::hangup;
    if (!concerns_us) return false;
    leg_record* leg = calls_.find_leg(message[ami_key::uniqueid]);
    if (leg == nullptr || leg->state == leg_state::ended) return false;
    if (event == ami_event::mix_monitor_start) return start(when, *leg);
    if (event == ami_event::mix_monitor_stop) return stop(when, *leg);
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

bool ami_recording_events::start(const moment& when, leg_record& leg) {
    leg.is_recorded = true;
    publish(event_type::recording_started, when, leg);
    return true;
}

bool ami_recording_events::stop(const moment& when, leg_record& leg) {
    if (!leg.is_recorded) return false;
    leg.is_recorded = false;
    publish(event_type::recording_stopped, when, leg);
    if (leg.call->recording.empty()) return true;
    publish(event_type::recording_available, when, leg);
    return true;
}

void ami_recording_events::publish(event_type type, const moment& when, const leg_record& leg) {
    recording_data data;
    data.call_id = leg.call->id.view();
    data.leg_id = leg.id.view();
    data.file = leg.call->recording.view();
    data.format = format_of(data.file);
    output_.publish(type, when, {data.call_id, data.call_id, {}}, event_data(data));
}

}  // namespace callstream::parsers
