#include "app/api_line.h"

#include "app/recording_status.h"
#include "core/log.h"

namespace callstream::app {

namespace {

bool tells_of_restart(const event& told) {
    const text said = told.origin.said.event;
    return told.type == event_type::system_status && (said == "BootUp" || said == "Bootup");
}

bool names_recording(const event& told) {
    if (told.type != event_type::recording_available) return false;
    const auto& data = std::get<recording_data>(told.data);
    return !data.file.empty() && data.path.empty();
}

}  // namespace

api_line::api_line(const pbx_settings& settings, const home_parts& parts, const places& to)
    : session_settings_(*settings.api),
      recording_settings_(settings.recordings),
      subscription_settings_(settings.subscription),
      output_(to.output),
      session_(session_settings_, {parts.home, output_, parts.on_batch, [this] { on_token(); }}) {
    if (recording_settings_) {
        places_.emplace(session_);
        recordings_.emplace(
            *recording_settings_,
            sources::recording_queue_parts{parts.home, output_, *places_, session_settings_.http,
                                           parts.on_batch, &to.kept});
    }
    if (subscription_settings_)
        subscription_.emplace(
            *subscription_settings_,
            sources::yeastar_subscription_parts{
                parts.home, output_, session_,
                [this](std::string_view report) { on_report(report); }, parts.on_batch, &to.kept});
}

void api_line::on_token() {
    if (recordings_) recordings_->on_ready();
    if (subscription_) subscription_->on_token();
}

void api_line::on_report(std::string_view report) {
    const report_verdict verdict = reports_->decode(report, now(), report_coming::first);
    if (!verdict.accepted())
        log_warn("a report over the WebSocket cannot be read", {{"pbx", session_settings_.pbx},
                                                                {"problem", verdict.problem},
                                                                {"byte", verdict.offset}});
}

void api_line::publish(const event& published) {
    output_.publish(published);
    if (tells_of_restart(published)) session_.on_restarted();
    if (recordings_ && names_recording(published)) fetch(published);
}

void api_line::fetch(const event& told) {
    const auto& data = std::get<recording_data>(told.data);
    sources::recording_facts facts;
    facts.pbx = recording_settings_->pbx;
    facts.call_id = data.call_id;
    facts.leg_id = data.leg_id;
    facts.file = data.file;
    facts.time = told.time;
    recordings_->add(facts);
}

void api_line::stop() {
    if (subscription_) subscription_->stop();
    if (recordings_) recordings_->stop();
    session_.stop();
}

bool api_line::stopped() const noexcept {
    return session_.stopped() && (!subscription_ || subscription_->stopped());
}

void api_line::add_to(pbx_status& status) const {
    status.connects = session_.counters().logins;
    const sources::yeastar_session_status session = session_.status();
    status.reason = session.failure;
    if (!session.detail.empty()) status.reason.append(": ").append(session.detail);
    if (subscription_) status.connects += subscription_->counters().connects;
    if (recordings_) add_recordings(*recordings_, status);
}

}  // namespace callstream::app
