#include "sinks/web_sink.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "core/log.h"
#include "core/mailbox.h"
#include "core/slab.h"
#include "sinks/background_call.h"
#include "sinks/state_file.h"
#include "sinks/web_access.h"
#include "sinks/web_clients.h"

namespace callstream::sinks {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t batch_count_max = 2'000;  // events of one turn of the loop
constexpr milliseconds tick_interval{1'000};
constexpr milliseconds change_interval{100};  // changes of the state are gathered for so long
constexpr milliseconds flush_interval_min{5};
constexpr milliseconds unsent_interval{25};
constexpr std::size_t posted_count_max = 1'024;
constexpr milliseconds store_interval{15'000};

constexpr std::string_view stream_fields =
    "Cache-Control: no-cache, no-transform\r\nX-Accel-Buffering: no\r\n";

}  // namespace

class web_sink::state final : private http_handler {
public:
    state(const web_settings& settings, const web_parts& parts);
    ~state() { stop(); }

    void start();
    void wake() { read(); }
    void drain();
    void stop();
    void post(live_change&& entry);

    std::string problem;
    sink_counters counters;
    std::atomic<bool> drained{false};
    http_server& server() noexcept { return server_; }
    web_counts counts() const noexcept;

private:
    http_verdict on_head(const http_head& head, const socket_address& peer) override;
    void on_request(const http_request& request) override;
    void answer_request(const http_request& request);
    void on_batch() override {}
    void on_stream_gone(const http_ticket& ticket) override { clients_.remove(ticket); }

    web_page* page_at(std::string_view path) const noexcept;
    void answer(const http_ticket& ticket, http_answer told);
    void answer_page(const http_ticket& ticket, web_page& page);
    void answer_state(const http_ticket& ticket);
    void answer_events(const http_ticket& ticket);

    bool read();
    void on_skipped();
    void on_whole();
    void tell_changes();
    void on_tick();
    void flush();
    void arm_flush(milliseconds after);
    void note_counts();
    void store();
    void store_at_the_end();
    void on_stored(stream_place place);

    const web_settings settings_;
    const web_parts parts_;
    web_access access_{settings_};
    slab_pool slabs_;
    http_server server_;
    live_state live_;
    web_clients clients_;
    std::unique_ptr<timer> tick_;
    std::unique_ptr<timer> flush_;
    std::unique_ptr<wakeup> again_;  // there is more to read
    std::unique_ptr<mailbox<live_change>> posted_;
    const http_head* head_ = nullptr;  // of the request that is handed over next
    bool whole_ = false;               // all that was published at the start is applied
    bool flush_armed_ = false;
    std::uint64_t skipped_ = 0;
    const timestamp begun_ = now();
    std::optional<background_call> storing_;
    result<void> stored_now_;  // written by that call
    stream_place stored_;
    milliseconds stored_at_{0};
    milliseconds changes_told_{0};
    milliseconds flush_interval_{flush_interval_min};
    std::string document_;  // the state, all of it
    std::string etag_;
    std::uint64_t document_version_ = ~std::uint64_t{0};
    std::atomic<std::size_t> connections_{0};
    std::atomic<std::size_t> client_count_{0};
    std::array<std::atomic<std::uint64_t>, 6> noted_{};
};

web_sink::state::state(const web_settings& settings, const web_parts& parts)
    : settings_(settings),
      parts_(parts),
      server_(parts.own_loop, slabs_, settings_.http, *this),
      live_(settings_.live),
      clients_(parts.own_loop, server_, parts.events, live_) {
    tick_ = std::make_unique<timer>(parts_.own_loop, [this] { on_tick(); });
    flush_ = std::make_unique<timer>(parts_.own_loop, [this] {
        flush_armed_ = false;
        flush();
    });
    storing_.emplace(parts_.own_loop);
    again_ = std::make_unique<wakeup>(parts_.own_loop, [this] { read(); });
    posted_ = std::make_unique<mailbox<live_change>>(
        parts_.own_loop, posted_count_max,
        [this](live_change&& entry) { live_.set(entry.kind, entry.key, std::move(entry.value)); });
    if (const auto listening = server_.start(); !listening)
        problem = std::string(listening.error().what) + ": " + server_.detail();
}

void web_sink::state::start() {
    counters.connected.store(problem.empty());
    tick_->repeat(tick_interval);
    if (!settings_.state_path.empty())
        if (const auto place = restore_state(settings_.state_path, live_, parts_.reader, nullptr)) {
            clients_.set_place(*place);
            stored_ = *place;
        }
    read();
}

void web_sink::state::stop() {
    if (!tick_) return;
    store_at_the_end();
    clients_.end_all();
    tick_.reset();
    flush_.reset();
    again_.reset();
    posted_.reset();
    server_.stop();
    server_.stop();
}

void web_sink::state::drain() {
    while (read()) {
    }
    tell_changes();
    flush();
    drained.store(true, std::memory_order_release);
}

void web_sink::state::post(live_change&& entry) {
    if (posted_) static_cast<void>(posted_->try_post(std::move(entry)));
}

// All that was published, or what one turn may take; whether there is more.
bool web_sink::state::read() {
    if (!again_) return false;
    journal_reader& reader = parts_.reader;
    std::size_t count = 0;
    bool more = true;
    while (more && count < batch_count_max) {
        const auto next = reader.next();
        more = next && next->has_value();
        if (!more) break;
        live_.apply(**next);
        clients_.tell(**next);
        if (clients_.is_due()) clients_.flush();
        ++count;
    }
    if (reader.skipped_count() != skipped_) on_skipped();
    // Or what has changed in a long journal would pile up.
    if (!whole_) static_cast<void>(live_.take_changes());
    counters.sent.fetch_add(count);
    counters.acknowledged.fetch_add(count);
    static_cast<void>(reader.acknowledge(reader.position()));
    if (more) again_->notify();
    if (!more && !whole_) on_whole();
    if (count > 0 && whole_) arm_flush(flush_interval_);
    return more;
}

// Events were damaged, or the journal was given free before they were read: which calls have ended
// in them is not known.
void web_sink::state::on_skipped() {
    skipped_ = parts_.reader.skipped_count();
    live_.forget_calls();
    clients_.tell_reset("events were damaged or gone before they were read");
}

void web_sink::state::on_whole() {
    whole_ = true;
    live_.tick(now());
    live_.forget_sources(begun_);
    live_.forget_others();
    static_cast<void>(live_.take_changes());
    clients_.begin();
    log_info("the live state is whole",
             {{"events", counters.sent.load()}, {"calls", live_.of(live_kind::call).size()}});
}

void web_sink::state::tell_changes() {
    if (!whole_) return;
    changes_told_ = parts_.own_loop.time();
    clients_.tell(live_.take_changes());
}

void web_sink::state::on_tick() {
    if (whole_) live_.tick(now());
    tell_changes();
    flush();
    note_counts();
    if (parts_.own_loop.time() - stored_at_ >= store_interval) store();
}

// So that a restart need not read the whole journal, and knows what the journal no longer tells.
// Clients do not wait for the disk.
void web_sink::state::store() {
    stored_at_ = parts_.own_loop.time();
    if (settings_.state_path.empty() || !whole_ || clients_.place() == stored_) return;
    if (storing_->busy()) return;
    const stream_place place = clients_.place();
    storing_->start(
        [this, text = state_text(live_, place)] {
            stored_now_ = store_state_text(settings_.state_path, text);
        },
        [this, place] { on_stored(place); });
}

void web_sink::state::store_at_the_end() {
    storing_.reset();  // one that is under way would come behind this one
    if (settings_.state_path.empty() || !whole_ || clients_.place() == stored_) return;
    stored_now_ = store_state_text(settings_.state_path, state_text(live_, clients_.place()));
    on_stored(clients_.place());
}

void web_sink::state::on_stored(stream_place place) {
    if (stored_now_)
        stored_ = place;
    else
        log_warn("the live state cannot be stored; a restart makes it from the journal",
                 {{"path", settings_.state_path}, {"reason", stored_now_.error().what}});
}

void web_sink::state::arm_flush(milliseconds after) {
    if (flush_armed_ || !flush_) return;
    flush_armed_ = true;
    flush_->start(after);
}

// The more clients there are, the longer it takes, and the more events each write takes along.
void web_sink::state::flush() {
    const auto begin = std::chrono::steady_clock::now();
    const milliseconds since = parts_.own_loop.time() - changes_told_;
    if (since >= change_interval) tell_changes();
    const web_clients::left left = clients_.flush();
    const auto took =
        std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin);
    flush_interval_ = std::max(flush_interval_min, 2 * took);
    if (left == web_clients::left::more)
        arm_flush(flush_interval_);
    else if (left == web_clients::left::unsent)
        arm_flush(std::max(flush_interval_, unsent_interval));
    else if (since < change_interval)
        arm_flush(change_interval - since);
}

void web_sink::state::note_counts() {
    const web_client_counters& counted = clients_.counters();
    connections_.store(server_.connection_count());
    client_count_.store(clients_.count());
    const std::array<std::uint64_t, 6> all{counted.accepted, counted.resumed, counted.reset,
                                           counted.dropped,  counted.bytes,   live_.shed_count()};
    for (std::size_t i = 0; i < all.size(); ++i)
        noted_[i].store(all[i], std::memory_order_relaxed);
}

web_counts web_sink::state::counts() const noexcept {
    return {connections_.load(), client_count_.load(), noted_[0].load(), noted_[1].load(),
            noted_[2].load(),    noted_[3].load(),     noted_[4].load(), noted_[5].load()};
}

web_page* web_sink::state::page_at(std::string_view path) const noexcept {
    for (web_page* const page : parts_.pages)
        if (page->path() == path) return page;
    return nullptr;
}

http_verdict web_sink::state::on_head(const http_head& head, const socket_address& peer) {
    const web_page* const page = page_at(head.path);
    const bool is_open = page != nullptr && page->secrecy() == web_secrecy::open;
    http_verdict verdict;
    head_ = nullptr;
    if (head.is_chunked || head.content_length > 0) {
        verdict.refusal = http_answer{413, "a request to this server has no body\n"};
        verdict.refusal->close = true;
        return verdict;
    }
    verdict.refusal =
        access_.refuse(head, peer, is_open ? web_secrecy::open : web_secrecy::with_token);
    if (!verdict.refusal && page == nullptr && !head.path.starts_with("/api/"))
        verdict.refusal = http_answer{404, "there is nothing at this path\n"};
    if (!verdict.refusal) head_ = &head;
    return verdict;
}

// A request without a body follows its head at once, before any other connection is looked at.
void web_sink::state::on_request(const http_request& request) {
    if (head_ == nullptr) {
        server_.answer(request.ticket, http_answer{400, "a request to this server has no body\n"});
        return;
    }
    answer_request(request);
    head_ = nullptr;
}

void web_sink::state::answer_request(const http_request& request) {
    if (web_page* const page = page_at(head_->path)) return answer_page(request.ticket, *page);
    if (head_->path == "/api/state") return answer_state(request.ticket);
    if (head_->path == "/api/events") return answer_events(request.ticket);
    answer(request.ticket, http_answer{404, "there is nothing at this path\n"});
}

void web_sink::state::answer(const http_ticket& ticket, http_answer told) {
    std::string fields(access_.cors_fields(*head_));
    fields += told.headers;
    told.headers = fields;
    server_.answer(ticket, told);
}

void web_sink::state::answer_page(const http_ticket& ticket, web_page& page) {
    const web_request asked{head_->query, head_->find("If-None-Match")};
    web_answer made = page.make(asked);
    http_answer told{made.status, made.body, made.content_type};
    if (!made.etag.empty()) {
        made.fields.append("ETag: ").append(made.etag).append("\r\n");
        if (made.etag == asked.if_none_match) told = http_answer{304};
    }
    told.headers = made.fields;
    answer(ticket, told);
}

void web_sink::state::answer_state(const http_ticket& ticket) {
    http_answer told{503, "the state is not whole yet: events are being read\n"};
    told.retry_after_s = 1;
    if (!whole_) return answer(ticket, told);
    tell_changes();
    if (document_version_ != live_.version()) {
        document_version_ = live_.version();
        document_ = state_document(live_, clients_.place(), {});
        etag_ =
            '"' + std::to_string(settings_.epoch) + '-' + std::to_string(document_version_) + '"';
    }
    const std::string fields = "Cache-Control: no-cache\r\nETag: " + etag_ + "\r\n";
    const std::vector<std::string> pbxes = query_values(head_->query, "pbx");
    const std::string selected =
        pbxes.empty() ? std::string() : state_document(live_, clients_.place(), pbxes);
    told = http_answer{200, pbxes.empty() ? document_ : selected, "application/json"};
    if (head_->find("If-None-Match") == etag_) told = http_answer{304};
    told.headers = fields;
    answer(ticket, told);
}

void web_sink::state::answer_events(const http_ticket& ticket) {
    auto filter = stream_filter::make(head_->query);
    if (!filter) {
        const std::string words = std::string(filter.error().what) + '\n';
        return answer(ticket, http_answer{400, words});
    }
    if (clients_.count() >= settings_.client_count_max) {
        http_answer full{503, "too many clients read the events\n"};
        full.retry_after_s = 5;
        return answer(ticket, full);
    }
    http_answer head{200};
    head.content_type = "text/event-stream";
    stream_request asked = read_stream_request(*head_);
    const std::string fields =
        std::string(stream_fields) + (asked.takes_gzip ? "Content-Encoding: gzip\r\n" : "");
    head.headers = fields;
    head.streams = true;
    answer(ticket, head);
    server_.send(ticket);
    if (head_->method == "HEAD") return;
    tell_changes();
    clients_.add(ticket, std::move(asked), std::move(*filter));
    arm_flush(milliseconds(0));
}

web_sink::web_sink(const web_settings& settings, const web_parts& parts)
    : state_(std::make_unique<state>(settings, parts)) {}

web_sink::~web_sink() = default;

const std::string& web_sink::problem() const noexcept {
    return state_->problem;
}

std::vector<std::uint16_t> web_sink::ports() const {
    return state_->server().ports();
}

void web_sink::post(live_change entry) {
    state_->post(std::move(entry));
}

web_counts web_sink::counts() const noexcept {
    return state_->counts();
}

void web_sink::start() {
    state_->start();
}

void web_sink::wake() {
    state_->wake();
}

void web_sink::drain(std::chrono::milliseconds) {
    state_->drain();
}

bool web_sink::drained() const noexcept {
    return state_->drained.load(std::memory_order_acquire);
}

void web_sink::stop() {
    state_->stop();
}

const sink_counters& web_sink::counters() const noexcept {
    return state_->counters;
}

}  // namespace callstream::sinks
