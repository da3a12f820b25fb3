#include "app/polled_recordings.h"

#include <utility>
#include <variant>

namespace callstream::app {

namespace {

using std::chrono::milliseconds;

constexpr std::string_view cdr_begin = "cdr-";  // of a VoIPmonitor's files, which have no name
constexpr std::string_view capture_end = ".pcap";

std::string_view end_of(sources::voipmonitor_sound sound) {
    if (sound == sources::voipmonitor_sound::ogg) return ".ogg";
    return sound == sources::voipmonitor_sound::zip ? ".zip" : ".wav";
}

}  // namespace

polled_recordings::polled_recordings(const pbx_settings& settings, const home_parts& parts,
                                     const places& to)
    : poll_(*settings.poll),
      settings_(*settings.recordings),
      to_(to),
      answer_(parts.home,
              [this] {
                  const handler told = std::exchange(on_place_, nullptr);
                  auto found = place_of(wanted_);
                  if (!found) return told(tl::unexpected(found.error()));
                  told(place{*std::move(found), {}});
              }),
      queue_(settings_,
             {parts.home, to.output, *this, poll_.client.http, parts.on_batch, &to.kept}) {
    if (const auto* nexo = std::get_if<sources::nexo_settings>(&poll_.api)) nexo_.emplace(*nexo);
}

void polled_recordings::ask_with(const sources::poll_session& session,
                                 sources::poll_client& client) {
    session_ = &session;
    if (nexo_) nexo_->ask_with(client);
}

// A VoIPmonitor takes its user's password with each request; a FCM5600 wants the token of a login.
bool polled_recordings::ready() const noexcept {
    if (!std::holds_alternative<fiberme_poll>(poll_.api)) return true;
    return session_ != nullptr &&
           !static_cast<const sources::fiberme_session&>(*session_).token().empty();
}

void polled_recordings::locate(const sources::recording_facts& wanted, handler on_place) {
    if (nexo_) return nexo_->locate(wanted, std::move(on_place));
    wanted_ = wanted;
    on_place_ = std::move(on_place);
    answer_.start(milliseconds(0));
}

void polled_recordings::cancel() {
    if (nexo_) nexo_->cancel();
    answer_.stop();
    on_place_ = nullptr;
}

result<http_call_request> polled_recordings::place_of(
    const sources::recording_facts& wanted) const {
    if (const auto* fiberme = std::get_if<fiberme_poll>(&poll_.api)) {
        const auto& session = static_cast<const sources::fiberme_session&>(*session_);
        if (session.token().empty()) return failure(errc::refused, "there is no token yet");
        return sources::make_fiberme_download(fiberme->api, session.token(), wanted.file);
    }
    const auto& polled = std::get<voipmonitor_poll>(poll_.api);
    std::string_view id = wanted.file;
    if (!id.starts_with(cdr_begin)) return failure(errc::not_found, "this is no recording's name");
    if (id.ends_with(capture_end)) {
        if (wanted.leg_id.empty()) return failure(errc::not_found, "the call has no Call-ID");
        return sources::make_voipmonitor_capture(polled.api, wanted.leg_id);
    }
    id.remove_prefix(cdr_begin.size());
    return sources::make_voipmonitor_recording(polled.api, id.substr(0, id.find('.')),
                                               polled.sound);
}

void polled_recordings::add(const event& told, text call_id, text leg_id, text file) {
    sources::recording_facts facts;
    facts.pbx = settings_.pbx;
    facts.call_id = call_id;
    facts.leg_id = leg_id;
    facts.file = file;
    facts.time = told.time;
    queue_.add(facts);
}

void polled_recordings::publish(const event& published) {
    to_.output.publish(published);
    if (const auto* recording = std::get_if<recording_data>(&published.data)) {
        if (published.type != event_type::recording_available) return;
        if (recording->file.empty() || !recording->path.empty()) return;
        return add(published, recording->call_id, recording->leg_id, recording->file);
    }
    const auto* cdr = std::get_if<cdr_data>(&published.data);
    if (cdr == nullptr || published.type != event_type::cdr_created || cdr->cdr_id.empty()) return;
    if (std::holds_alternative<voipmonitor_poll>(poll_.api)) add_calls(published, *cdr);
}

// What a VoIPmonitor has of a call, which it tells nobody: the sound if there was a talk.
void polled_recordings::add_calls(const event& told, const cdr_data& cdr) {
    const auto& polled = std::get<voipmonitor_poll>(poll_.api);
    const std::string name = std::string(cdr_begin).append(cdr.cdr_id);
    const auto want = [&](std::string_view end) {
        add(told, cdr.call_id, cdr.leg_id, name + std::string(end));
    };
    if (cdr.billable_seconds.value_or(duration(0)) > duration(0)) want(end_of(polled.sound));
    if (polled.captures && !cdr.leg_id.empty()) want(capture_end);
}

}  // namespace callstream::app
