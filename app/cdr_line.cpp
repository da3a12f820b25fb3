#include "app/cdr_line.h"

#include "app/poll_status.h"
#include "app/recording_status.h"
#include "core/log.h"

namespace callstream::app {

namespace {

constexpr std::size_t room_wanted = 256 * 1024;  // for the events of one row, with room to spare

}  // namespace

cdr_line::cdr_line(const pbx_settings& settings, const home_parts& parts, const places& to)
    : poll_settings_(settings.poll),
      output_settings_(settings.cdr_output),
      recording_settings_(settings.recordings),
      parts_(parts),
      to_(to),
      join_({*this, to.kept,
             settings.has_rows() ? [this] { return has_room(); } : std::function<bool()>()},
            {settings.translator.family, "CDR", true}),
      push_({settings.timezone, settings.charset, settings.ami.has_value()},
            {[this](const cdr_row& row) { join_.take(row); },
             [this](const record& stored) { join_.restore(stored); }, [this] { join_.store(); }}) {
    if (poll_settings_) {
        family_ = build_polled_family(
            settings, *poll_settings_,
            {to.output, to.kept, [this] { return has_room(); }, parts.on_batch, {}});
        poller_.emplace(poll_settings_->cdr,
                        sources::cdr_poller_parts{*family_.cdrs, *this, to.kept});
        client_.emplace(
            poll_settings_->client,
            sources::poll_client_parts{parts.home, to.output, *family_.session, parts.on_batch});
        client_->add(*poller_);
    }
    if (poll_settings_ && recording_settings_) {
        places_.emplace(parts.home, std::get<sources::ucm_settings>(poll_settings_->api));
        recordings_.emplace(
            *recording_settings_,
            sources::recording_queue_parts{parts.home, to.output, *places_,
                                           poll_settings_->client.http, parts.on_batch, &to.kept});
    }
    if (!output_settings_) return;
    // What decodes over TCP is what decodes over HTTP: both tell the same rows.
    const auto make_decoder = [this] {
        return std::make_unique<parsers::ucm_stream>(push_, [this] { return has_room(); });
    };
    listener_.emplace(*output_settings_,
                      sources::cdr_listener_parts{parts.home, make_decoder,
                                                  [this] { return has_room(); }, parts.on_batch});
}

void cdr_line::publish(const event& published) {
    to_.output.publish(published);
    if (!recordings_ || published.type != event_type::recording_available) return;
    const auto& data = std::get<recording_data>(published.data);
    sources::recording_facts facts;
    facts.pbx = recording_settings_->pbx;
    facts.call_id = data.call_id;
    facts.leg_id = data.leg_id;
    facts.file = data.file;
    facts.time = published.time;
    recordings_->add(facts);
}

bool cdr_line::restore(std::string_view name, std::string_view value) {
    return join_.restore(name, value) || (poller_ && poller_->restore(name, value)) ||
           (recordings_ && recordings_->restore(name, value));
}

bool cdr_line::has_room() {
    return parts_.events.room(room_wanted).has_value();
}

void cdr_line::end_batch() {
    join_.store();
    parts_.on_batch();
}

result<void> cdr_line::open() {
    if (!listener_) return {};
    auto opened = listener_->start();
    if (!opened)
        log_error("the CDR listener cannot be started", {{"pbx", output_settings_->pbx},
                                                         {"reason", opened.error().what},
                                                         {"detail", listener_->detail()}});
    return opened;
}

void cdr_line::start() {
    if (client_) client_->start();
    if (recordings_) recordings_->on_ready();
}

void cdr_line::stop() {
    if (listener_) listener_->stop();
    if (recordings_) recordings_->stop();
    if (client_) client_->stop();
    join_.store();
    if (!listener_) return;
    const sources::cdr_listener_counters counted = listener_->counters();
    log_info("CDRs over TCP", {{"pbx", output_settings_->pbx},
                               {"connections", counted.connections},
                               {"refused", counted.refused},
                               {"records", counted.documents},
                               {"rejected", counted.rejected}});
}

void cdr_line::add_to(pbx_status& status) const {
    if (status.transport == poll_transport) add_poll(*client_, *poller_, status);
    if (recordings_) add_recordings(*recordings_, status);
}

bool cdr_line::stopped() const noexcept {
    return (!client_ || client_->stopped()) && (!listener_ || listener_->stopped());
}

}  // namespace callstream::app
