#include "sinks/web_clients.h"

#include <algorithm>
#include <utility>

#include "core/log.h"
#include "sinks/live_json.h"

namespace callstream::sinks {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t write_size_max = 512 * 1024;
constexpr std::size_t slow_write_size_max = 64 * 1024;    // of one that did not take all last time
constexpr std::size_t own_size_max = 4 * 1024 * 1024;     // beside the state, which is sent whole
constexpr std::size_t own_size_crowded = 256 * 1024;      // when there is too much of it
constexpr std::size_t own_total_max = 256 * 1024 * 1024;  // of all clients together
constexpr std::size_t own_capacity_kept = 64 * 1024;
constexpr std::size_t catch_up_size_max = 256 * 1024;  // in one turn
constexpr std::size_t catch_up_count_max = 2'000;      // records
constexpr std::size_t catch_up_total_max = 10'000;     // of all clients
constexpr std::size_t resumed_size_max = 1024 * 1024;  // from what was sent of late
constexpr milliseconds keep_alive_interval{15'000};
constexpr milliseconds kept_interval{1'000};
constexpr milliseconds outlived_time_max{10'000};
constexpr milliseconds log_kept_time{60'000};  // for those who come back

std::string reason_document(std::string_view reason) {
    live_json out;
    out.begin_object();
    out.text("reason", reason);
    out.end_object();
    return out.take();
}

}  // namespace

void web_clients::add(const http_ticket& ticket, stream_request asked, stream_filter filter) {
    auto made = std::make_unique<client>();
    made->ticket = ticket;
    made->is_packed = asked.takes_gzip;
    made->asked = std::move(asked);
    made->filter = std::move(filter);
    made->sent_at = loop_.time();
    ++counters_.accepted;
    if (made->is_packed) server_.stream(ticket, frame_packer::header());
    clients_.push_back(std::move(made));
    if (begun_) begin(*clients_.back());
    count_feeds();
}

void web_clients::begin() {
    begun_ = true;  // each then begins in its turn
}

// False while all that is kept for clients is too much: it waits for the others.
bool web_clients::begin(client& added) {
    if (own_size_ > own_total_max) return false;
    pack();
    added.is_begun = true;
    added.asked.wants_state ? begin_state(added) : begin_events(added);
    added.own_size_max = added.own.size() + own_size_max;
    own_size_ += added.own.size();
    return true;
}

void web_clients::count_feeds() {
    with_own_.clear();
    event_clients_ = change_clients_ = {};
    for (const auto& one : clients_) {
        if (one->from == feed::own) {
            with_own_.push_back(one.get());
            continue;
        }
        feed_counts& counts = one->from == feed::events ? event_clients_ : change_clients_;
        ++counts.all;
        if (one->is_packed) ++counts.packed;
    }
}

void web_clients::pack() {
    events_.pack(packer_, event_clients_.packed > 0);
    changes_.pack(packer_, change_clients_.packed > 0);
}

void web_clients::begin_state(client& added) {
    const bool shares = !added.asked.wants_events && added.asked.pbxes.empty();
    added.from = shares ? feed::changes : feed::own;
    join(added);
    append_frame(added.own, format_place(state_place_), "state",
                 added.asked.pbxes.empty()
                     ? whole_state()
                     : state_document(state_, state_place_, added.asked.pbxes));
}

// Made once for all who come at the same time, as they do after a restart.
const std::string& web_clients::whole_state() {
    if (whole_state_version_ != state_.version() || whole_state_place_ != state_place_) {
        whole_state_ = state_document(state_, state_place_, {});
        whole_state_version_ = state_.version();
        whole_state_place_ = state_place_;
    }
    return whole_state_;
}

void web_clients::begin_events(client& added) {
    added.from = added.filter.passes_all() ? feed::events : feed::own;
    added.own = ": callstream\n\n";
    join(added);
    if (!added.asked.last_event_id) return;
    const auto from = parse_place(*added.asked.last_event_id);
    if (!from) return reset(added, "the id is none of this stream");
    if (*from != place_ && !resume(added, *from))
        return reset(added, "the journal has no longer what followed that id");
    ++counters_.resumed;
}

bool web_clients::resume(client& added, stream_place from) {
    const frame_log& latest = events_.log(false);
    const std::uint64_t offset = added.from == feed::events
                                     ? latest.offset_behind(from.position, from.sequence)
                                     : frame_log::no_offset;
    if (offset != frame_log::no_offset && latest.end() - offset <= resumed_size_max) {
        added.own += latest.from(offset, resumed_size_max);
        return true;
    }
    if (from.position > place_.position) return false;
    auto reader = journal_reader::open(journal_, "", start_at::oldest);
    if (!reader) return false;
    if (from.position > 0) (*reader)->seek(from.position);
    const auto next = (*reader)->next();
    if (!next || !*next) return false;
    if (from.position > 0 && (*next)->sequence != from.sequence + 1) return false;
    (*reader)->seek((*next)->position);
    added.reader = std::move(*reader);
    return true;
}

void web_clients::reset(client& added, std::string_view reason) {
    ++counters_.reset;
    append_frame(added.own, format_place(place_), "reset", reason_document(reason));
}

void web_clients::remove(const http_ticket& ticket) {
    for (const auto& one : clients_)
        if (one->ticket.connection == ticket.connection &&
            one->ticket.generation == ticket.generation)
            one->is_done = true;
}

void web_clients::tell(const record& event) {
    if (event_clients_.all > 0) events_wanted_ = loop_.time();
    const bool is_kept = loop_.time() - events_wanted_ < log_kept_time;
    place_ = {event.position_next, event.sequence};
    const frame_log& latest = events_.log(false);
    if (!is_kept && with_own_.empty() && latest.end() == latest.begin()) return;
    frame_.clear();
    append_event_frame(frame_, event);
    if (is_kept) {
        events_.append(frame_, event.position_next, event.sequence);
        if (events_.unpacked_size() > log_size_max / 4) pack();
    }
    if (!is_kept && latest.end() != latest.begin()) events_.clear();
    for (client* const one : with_own_)
        if (one->is_begun && one->asked.wants_events && !one->reader && one->filter.passes(event))
            one->own += frame_;
}

void web_clients::tell(std::span<const live_change> changes) {
    state_place_ = place_;
    if (changes.empty()) return;
    if (change_clients_.all > 0) {
        frame_.clear();
        append_frame(frame_, format_place(place_), "change", change_document(changes, place_, {}));
        changes_.append(frame_, place_.position);
    }
    for (client* const one : with_own_) {
        if (!one->is_begun || !one->asked.wants_state) continue;
        const std::string document = change_document(changes, place_, one->asked.pbxes);
        if (!document.empty()) append_frame(one->own, format_place(place_), "change", document);
    }
}

void web_clients::tell_reset(std::string_view reason) {
    frame_.clear();
    append_frame(frame_, format_place(place_), "reset", reason_document(reason));
    if (event_clients_.all > 0) events_.append(frame_, place_.position, place_.sequence);
    for (client* const one : with_own_)
        if (one->is_begun && one->asked.wants_events && !one->reader) one->own += frame_;
}

bool web_clients::is_due() const noexcept {
    return event_clients_.all > 0 && events_.log(false).end() - flushed_until_ > log_size_max / 4;
}

// Up to where the others are, and never beyond. What a filter leaves out costs time as well: there
// is a bound for all clients together.
void web_clients::catch_up(client& one) {
    one.own.clear();
    one.own_sent = 0;
    const std::size_t left_max = std::min(catch_up_left_, catch_up_count_max);
    for (std::size_t count = 0; count < left_max && one.own.size() < catch_up_size_max; ++count) {
        --catch_up_left_;
        const auto next = one.reader->next();
        const bool is_there = !next || !*next || (*next)->position >= place_.position;
        if (one.reader->skipped_count() > one.missed) {
            one.missed = one.reader->skipped_count();
            append_frame(one.own, {}, "reset",
                         reason_document("events were damaged or gone before they were sent"));
        }
        if (is_there) return join(one);
        if (one.filter.passes(**next)) append_event_frame(one.own, **next);
        one.reader->release((*next)->position_next);
    }
}

void web_clients::join(client& one) {
    one.reader.reset();
    if (one.from != feed::own) one.offset = log_of(one).end();
}

// Bytes as the client gets them.
void web_clients::write(client& one, std::string_view bytes) {
    if (bytes.empty()) return;
    counters_.bytes += bytes.size();
    one.sent_at = loop_.time();
    if (!server_.stream(one.ticket, bytes)) one.is_done = true;
    one.is_slow = server_.unsent(one.ticket) > 0;
}

void web_clients::write_frames(client& one, std::string_view frames) {
    write(one, one.is_packed ? packer_.pack(frames) : frames);
}

void web_clients::keep_alive(client& one) {
    if (loop_.time() - one.sent_at >= keep_alive_interval) write_frames(one, ": keep-alive\n\n");
}

void web_clients::send_own(client& one, std::size_t size_max) {
    const std::string_view rest = std::string_view(one.own).substr(one.own_sent, size_max);
    one.own_sent += rest.size();
    write_frames(one, rest);
    if (one.own_sent < one.own.size()) return;
    if (one.own.capacity() > own_capacity_kept) std::string().swap(one.own);
    one.own.clear();
    one.own_sent = 0;
    one.own_size_max = own_size_max;
}

std::size_t web_clients::own_size() const noexcept {
    std::size_t size = 0;
    for (const auto& one : clients_)
        size += one->own.size();
    return size;
}

// When all have too much together, who is far behind goes first.
std::size_t web_clients::own_limit_of(const client& one) const noexcept {
    const std::size_t given = one.own_size_max - own_size_max;  // what it began with
    return given + (own_size_ > own_total_max ? own_size_crowded : own_size_max);
}

web_clients::left web_clients::send(client& one) {
    if (!one.is_begun && (!begun_ || !begin(one))) return begun_ ? left::unsent : left::nothing;
    const bool is_live = one.from != feed::own && one.own.empty() && !one.reader;
    const bool is_late = is_live && one.offset < log_of(one).begin();
    if (is_late || (one.own.size() > own_limit_of(one) && !one.reader)) {
        drop(one, "the events came faster than they were read");
        return left::nothing;
    }
    if (one.reader && reads_what_is_gone(one)) {
        drop(one, "the journal no longer keeps what was still to be read");
        return left::nothing;
    }
    if (server_.unsent(one.ticket) > 0) return left::unsent;
    return read_on(one);
}

// It may read to the end of what it has, which is a segment; not for ever.
bool web_clients::reads_what_is_gone(client& one) const {
    if (one.reader->position() >= kept_from_) {
        one.outlived_at.reset();
        return false;
    }
    if (!one.outlived_at) one.outlived_at = loop_.time();
    return loop_.time() - *one.outlived_at >= outlived_time_max;
}

// For one whose socket has taken everything.
web_clients::left web_clients::read_on(client& one) {
    const std::size_t size_max = one.is_slow ? slow_write_size_max : write_size_max;
    if (one.own.empty() && one.reader) catch_up(one);
    if (!one.own.empty()) {
        send_own(one, size_max);
        return left::more;
    }
    if (one.reader) {
        keep_alive(one);
        return left::more;
    }
    if (one.from == feed::own || one.offset == log_of(one).end()) {
        keep_alive(one);
        return left::nothing;
    }
    const std::string_view frames = log_of(one).from(one.offset, size_max);
    one.offset += frames.size();
    write(one, frames);
    return one.offset < log_of(one).end() ? left::more : left::nothing;
}

web_clients::left web_clients::flush() {
    left most = left::nothing;
    pack();
    own_size_ = own_size();
    catch_up_left_ = catch_up_total_max;
    if (loop_.time() - kept_asked_ >= kept_interval) {
        kept_asked_ = loop_.time();
        kept_from_ = journal_.usage().position_first;
    }
    for (const auto& one : clients_)
        if (!one->is_done) most = std::max(most, send(*one));
    flushed_until_ = events_.log(false).end();
    const auto gone = std::remove_if(clients_.begin(), clients_.end(),
                                     [](const auto& one) { return one->is_done; });
    clients_.erase(gone, clients_.end());
    count_feeds();
    return most;
}

void web_clients::drop(client& one, std::string_view reason) {
    ++counters_.dropped;
    log_warn(
        "a client of the event stream is too slow and was dropped",
        {{"reason", reason}, {"unsent", server_.unsent(one.ticket)}, {"clients", clients_.size()}});
    frame_.clear();
    append_frame(frame_, {}, "dropped", reason_document(reason));
    if (one.own_sent == 0) write_frames(one, frame_);  // no frame is torn by it
    server_.end_stream(one.ticket);
    one.is_done = true;
}

void web_clients::end_all() {
    for (const auto& one : clients_)
        server_.end_stream(one->ticket);
    clients_.clear();
    count_feeds();
}

}  // namespace callstream::sinks
