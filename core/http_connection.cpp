#include "core/http_connection.h"

#include <algorithm>
#include <utility>

#include "core/ip_range.h"
#include "core/log.h"

namespace callstream {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds linger_time{2'000};
constexpr std::uint64_t discard_size_max = 256 * 1024;
constexpr std::size_t chunked_capacity_kept = 16 * 1024;
constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";

bool may_begin_request(char c) noexcept {
    return c > ' ' && c < '\x7f';
}

}  // namespace

http_connection::http_connection(http_connection_host& host, std::uint32_t index,
                                 std::uint32_t generation)
    : host_(host),
      index_(index),
      generation_(generation),
      stream_(host.home, *this),
      buffer_(host.slabs),
      deadline_(host.home.time() + host.settings.head_timeout) {}

result<void> http_connection::accept(uv_stream_t* listener, ssl_ctx_st* context) {
    return stream_.accept(listener, context);
}

void http_connection::on_open() {
    set_deadline();
}

void http_connection::on_bytes(std::size_t size) {
    host_.counters.bytes += size;
    buffer_.commit(size);
    host_.on_read();
    process();
}

void http_connection::on_end() {
    ended_ = true;
    phase_ = phase::deaf;
    if (waiting_count() == 0 && (streaming_ || stream_.write_queue_size() == 0)) return close();
    set_deadline();
}

void http_connection::on_closed(const error& reason) {
    closing_ = true;
    if (reason.code == errc::tls || reason.code == errc::wrong_protocol)
        log_warn("a TLS connection failed", {{"client", address_text(peer())},
                                             {"reason", reason.what},
                                             {"detail", stream_.detail()}});
    buffer_.clear();
    host_.on_gone(*this);
}

void http_connection::close() {
    closing_ = true;
    stream_.close({errc::disconnected, "closed"});
}

void http_connection::finish() {
    if (lingering_ || closing_) return;
    phase_ = phase::deaf;
    if (waiting_count() == 0) return close();
    slot_of(request_next_ - 1).close = true;
    set_deadline();
}

void http_connection::process() {
    if (processing_) return;
    processing_ = true;
    while (!closing_ && waiting_count() < slots_.size() && step()) {
    }
    processing_ = false;
    if (closing_) return;
    if (phase_ == phase::deaf) buffer_.consume(buffer_.pending().size());
    if (buffer_.pending().empty()) buffer_.clear();
    const bool full = waiting_count() == slots_.size();
    if (full && !paused_) stream_.pause();
    if (!full && paused_ && !ended_) stream_.resume();
    paused_ = full;
    set_deadline();
}

// Whether there may be more to do with what was read.
bool http_connection::step() {
    switch (phase_) {
        case phase::head:
            return read_head();
        case phase::body:
            return read_body();
        case phase::chunks:
            return read_chunks();
        case phase::discard:
            return discard();
        case phase::deaf:
            return false;
    }
    return false;
}

bool http_connection::read_head() {
    while (buffer_.pending().starts_with("\r\n"))
        buffer_.consume(2);  // old senders end a body with an empty line that is not counted
    const std::string_view pending = buffer_.pending();
    if (pending.empty() || pending == "\r") return false;
    if (!may_begin_request(pending.front())) {
        refuse({400, "no HTTP request begins like this", 0});
        return false;
    }
    const std::string_view allowed = pending.substr(0, limits::http_head_size_max);
    const std::size_t size = finder_.find(allowed);
    if (size > 0) return take_head(size);
    if (allowed.size() == limits::http_head_size_max) refuse({431, "the head is too large", 0});
    return false;
}

bool http_connection::take_head(std::size_t size) {
    finder_.reset();
    const auto read = host_.parser->read_head(buffer_.pending().substr(0, size));
    if (!read) {
        refuse(read.error());
        return false;
    }
    const http_head& head = host_.parser->head();
    keep_alive_ = head.keep_alive;
    headers_only_ = head.method == "HEAD";
    verdict_ = host_.handler.on_head(head, peer());
    if (verdict_.refusal) {
        refuse_by_verdict(*verdict_.refusal, head, size);
        return true;
    }
    if (head.content_length > verdict_.body_size_max) {
        refuse({413, "the body is too large", size});
        return false;
    }
    head_size_ = size;
    body_size_ = head.content_length;
    phase_ = head.is_chunked ? phase::chunks : phase::body;
    const bool more_to_come = head.is_chunked || body_size_ > 0;
    if (head.expects_continue && head.is_1_1 && more_to_come && buffer_.pending().size() == size)
        send_continue();
    if (head.is_chunked) {
        buffer_.consume(size);
        chunked_body_.clear();
        chunks_ = std::exchange(host_.parser, std::make_unique<http_parser>());
    }
    return true;
}

// The body of a request that is refused is passed over if it surely comes and is small.
void http_connection::refuse_by_verdict(const http_answer& told, const http_head& head,
                                        std::size_t size) {
    const bool skips =
        !head.is_chunked && !head.expects_continue && head.content_length <= discard_size_max;
    body_size_ = head.content_length;
    begun_ = milliseconds(0);
    buffer_.consume(size);
    const std::uint32_t request = add_slot(keep_alive_ && skips && !told.close);
    phase_ = slot_of(request).close ? phase::deaf : phase::discard;
    answer(request, told);
}

void http_connection::send_continue() {
    continue_due_ = waiting_count() > 0;
    if (!continue_due_) stream_.write(continue_line);
}

bool http_connection::read_body() {
    const std::string_view pending = buffer_.pending();
    if (pending.size() < head_size_ + body_size_) return false;
    const std::size_t size = head_size_ + static_cast<std::size_t>(body_size_);
    phase_ = phase::head;
    hand_over(pending.substr(head_size_, static_cast<std::size_t>(body_size_)));
    buffer_.consume(size);
    return true;
}

bool http_connection::read_chunks() {
    const auto done =
        chunks_->read_chunks(buffer_.pending(), chunked_body_, verdict_.body_size_max);
    if (!done) {
        refuse(done.error());
        return false;
    }
    buffer_.consume(*done);
    if (!chunks_->chunks_done()) return false;
    chunks_.reset();
    chunked_body_.reserve(chunked_body_.size() + limits::slab_spare_size);
    phase_ = phase::head;
    hand_over(chunked_body_);
    chunked_body_.clear();
    if (chunked_body_.capacity() > chunked_capacity_kept) chunked_body_.shrink_to_fit();
    return true;
}

bool http_connection::discard() {
    const auto size =
        static_cast<std::size_t>(std::min<std::uint64_t>(body_size_, buffer_.pending().size()));
    buffer_.consume(size);
    body_size_ -= size;
    if (body_size_ > 0) return false;
    phase_ = phase::head;
    return true;
}

void http_connection::hand_over(std::string_view body) {
    begun_ = milliseconds(0);
    continue_due_ = false;
    const std::uint32_t request = add_slot(keep_alive_);
    if (slot_of(request).close) phase_ = phase::deaf;
    ++host_.counters.requests;
    host_.on_read();
    host_.handler.on_request({{index_, generation_, request}, verdict_.route, verdict_.note, body});
}

std::uint32_t http_connection::add_slot(bool keep_alive) {
    if (waiting_count() == 0) slots_from_ = request_next_;  // most clients need but one slot
    slot& added = slot_of(request_next_);
    added.text.clear();
    added.ready = false;
    added.close = !keep_alive;
    added.streams = false;
    added.headers_only = headers_only_;
    return request_next_++;
}

void http_connection::refuse(const http_refusal& refusal) {
    ++host_.counters.refused;
    log_warn("an HTTP request was refused", {{"client", address_text(peer())},
                                             {"status", refusal.status},
                                             {"reason", refusal.reason},
                                             {"byte", refusal.offset}});
    phase_ = phase::deaf;
    std::string words(refusal.reason);
    words.append(" (byte ").append(std::to_string(refusal.offset)).append(")\n");
    headers_only_ = false;
    http_answer told{refusal.status, words};
    told.close = true;
    answer(add_slot(false), told);
}

void http_connection::refuse_connection(const http_answer& told) {
    phase_ = phase::deaf;
    answer(add_slot(false), told);
}

bool http_connection::answer(std::uint32_t request, const http_answer& told) {
    if (closing_ || request - request_first_ >= waiting_count()) return false;
    slot& answered = slot_of(request);
    if (answered.ready) return false;
    http_answer whole = told;
    const bool is_last = ended_ && request + 1 == request_next_;
    answered.streams = told.streams && !answered.headers_only;
    whole.close = answered.close = answered.close || told.close || told.streams || is_last;
    append_answer(answered.text, whole, host_.date(), answered.headers_only);
    answered.ready = true;
    host_.on_dirty(*this);
    return is_heard();
}

void http_connection::flush() {
    if (closing_) return;
    std::string& out = host_.out;
    out.clear();
    const std::uint32_t first = request_first_;
    bool last = false;
    bool streams = false;
    while (waiting_count() > 0 && !last) {
        const slot& oldest = slot_of(request_first_);
        if (!oldest.ready) break;
        out += oldest.text;
        last = oldest.close;
        streams = oldest.streams;
        ++request_first_;
    }
    const std::uint32_t end = request_first_;
    if (last) {
        request_first_ = request_next_;
        phase_ = phase::deaf;
    }
    for (std::uint32_t request = first; request != end; ++request)
        host_.handler.on_sending({index_, generation_, request});
    if (!out.empty()) stream_.write(out);
    if (streams && !ended_) {
        streaming_ = true;
        deadline_ = milliseconds(0);
        return;
    }
    if (last) return begin_linger();
    if (ended_ && waiting_count() == 0) return close();
    if (continue_due_ && waiting_count() == 0) send_continue();
    process();
}

bool http_connection::stream(std::string_view bytes) {
    if (!streaming_ || !is_heard() || lingering_) return false;
    stream_.write(bytes);
    return is_heard();
}

void http_connection::end_stream() {
    if (streaming_ && !closing_ && !lingering_) begin_linger();
}

// Closing at once could take the answer from a client that is still sending: it would get a reset.
void http_connection::begin_linger() {
    lingering_ = true;
    deadline_ = host_.home.time() + linger_time;
    stream_.finish();
    if (ended_ && stream_.write_queue_size() == 0) close();
}

void http_connection::set_deadline() {
    if (closing_ || lingering_ || streaming_) return;
    const milliseconds now = host_.home.time();
    const http_server_settings& times = host_.settings;
    if (phase_ != phase::head || !buffer_.pending().empty()) {
        if (begun_.count() == 0) begun_ = now;
        const bool in_head = phase_ == phase::head;
        deadline_ = begun_ + (in_head ? times.head_timeout : times.request_timeout);
    } else {
        begun_ = milliseconds(0);
        deadline_ = waiting_count() > 0 ? milliseconds(0) : now + times.idle_timeout;
    }
}

void http_connection::watch(milliseconds now) {
    if (closing_) return;
    const std::size_t unsent = stream_.write_queue_size();
    if (unsent == 0 || unsent != stalled_size_) stalled_since_ = now;
    stalled_size_ = unsent;
    if (now - stalled_since_ > host_.settings.request_timeout) return close();
    if (deadline_.count() == 0 || now < deadline_) return;
    const bool is_partial = phase_ == phase::body || phase_ == phase::chunks ||
                            (phase_ == phase::head && !buffer_.pending().empty());
    if (!is_partial || waiting_count() == slots_.size()) return close();
    refuse({408, "the request did not come in time", buffer_.pending().size()});
    flush();
}

}  // namespace callstream
