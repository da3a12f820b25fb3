#include "app/poll_line.h"

#include "app/poll_status.h"
#include "app/recording_status.h"

namespace callstream::app {

namespace {

constexpr std::size_t room_wanted = 256 * 1024;  // for the events of one row, with room to spare

bool has_room_in(journal& events) {
    return events.room(room_wanted).has_value();
}

std::unique_ptr<polled_recordings> open_recordings(const pbx_settings& settings,
                                                   const home_parts& parts,
                                                   const polled_recordings::places& to) {
    if (!settings.recordings) return nullptr;
    return std::make_unique<polled_recordings>(settings, parts, to);
}

}  // namespace

poll_line::poll_line(const pbx_settings& settings, const home_parts& parts, const places& to)
    : settings_(*settings.poll),
      parts_(parts),
      recordings_(open_recordings(settings, parts, {to.output, to.kept})),
      family_(build_polled_family(
          settings, settings_,
          {recordings_ ? *recordings_ : to.output, to.kept,
           [&events = parts.events] { return has_room_in(events); }, parts.on_batch,
           [this](timestamp began, timestamp ended) { cdrs_.note_ended(began, ended); }})),
      join_({recordings_ ? *recordings_ : to.output, to.kept,
             [&events = parts.events] { return has_room_in(events); }},
            {settings.translator.family, family_.said}),
      cdrs_(settings_.cdr, {*family_.cdrs, *this, to.kept}),
      client_(settings_.client, {parts.home, to.output, *family_.session, parts.on_batch}) {
    client_.add(cdrs_);
    for (const auto& task : family_.tasks)
        client_.add(*task);
    if (recordings_) recordings_->ask_with(*family_.session, client_);
}

bool poll_line::has_room() {
    return has_room_in(parts_.events);
}

void poll_line::add_to(pbx_status& status) const {
    if (status.transport == poll_transport) add_poll(client_, cdrs_, status);
    if (recordings_) add_recordings(recordings_->queue(), status);
}

void poll_line::end_batch() {
    join_.store();
    if (recordings_) recordings_->on_ready();
    parts_.on_batch();
}

}  // namespace callstream::app
