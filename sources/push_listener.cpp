#include "sources/push_listener.h"

#include <algorithm>
#include <limits>

namespace callstream::sources {

namespace {

constexpr std::size_t room_wanted = 256 * 1024;  // for the events of one report, with room to spare
constexpr std::size_t published_together_max = 256;  // reports
constexpr std::uint64_t not_published = std::numeric_limits<std::uint64_t>::max();

constexpr http_answer fine{};
constexpr http_answer no_path{404, "there is no such path\n"};
constexpr http_answer wrong_method{405, "reports come by POST\n", "text/plain", {}, "POST"};
constexpr http_answer wrong_type{415, "reports are JSON, without a content coding\n"};
constexpr http_answer wrong_address{403, "this address may not push here\n"};
constexpr http_answer no_room{503, "the journal is full\n", "text/plain", {}, {}, 5};
constexpr http_answer wants_basic{401, "credentials are needed\n", "text/plain",
                                  R"(Basic realm="callstream", charset="UTF-8")"};
constexpr http_answer wants_token{401, "credentials are needed\n", "text/plain",
                                  R"(Bearer realm="callstream")"};

// Senders of reports name their type as they like, or not at all.
bool may_be_report(const http_head& head, bool takes_xml) noexcept {
    if (!head.find("Content-Encoding").empty() &&
        !same_token(head.find("Content-Encoding"), "identity"))
        return false;
    std::string_view type = head.find("Content-Type");
    type = type.substr(0, type.find(';'));
    while (type.ends_with(' '))
        type.remove_suffix(1);
    constexpr std::array<std::string_view, 6> known{
        "application/json",         "text/plain", "text/json", "application/x-www-form-urlencoded",
        "application/octet-stream", "text/html"};
    const bool is_xml = same_token("application/xml", type) || same_token("text/xml", type);
    return (takes_xml && is_xml) || type.empty() || type.ends_with("+json") ||
           std::any_of(known.begin(), known.end(),
                       [type](std::string_view each) { return same_token(each, type); });
}

}  // namespace

struct push_listener::route_state {
    push_route wired;
    push_window window;
};

push_listener::push_listener(const http_server_settings& settings, const push_parts& parts)
    : parts_(parts), server_(parts.home, parts.slabs, settings, *this) {
    waiting_.reserve(1024);
}

push_listener::~push_listener() = default;

result<void> push_listener::add(const push_route& route) {
    const auto pbx = parts_.events.pbx_index(route.events.pbx());
    if (!pbx) return tl::unexpected(pbx.error());
    auto window = push_window::open(parts_.events, *pbx, parts_.home.time());
    if (!window) return tl::unexpected(window.error());
    routes_.push_back(std::unique_ptr<route_state>(new route_state{route, std::move(*window)}));
    return {};
}

result<void> push_listener::start() {
    auto started = server_.start();
    if (started)
        for (const std::uint16_t port : server_.ports())
            log_info("waiting for pushed reports", {{"port", port}, {"paths", routes_.size()}});
    return started;
}

http_verdict push_listener::on_head(const http_head& head, const socket_address& peer) {
    const auto found = std::find_if(routes_.begin(), routes_.end(), [&head](const auto& each) {
        return each->wired.settings.path == head.path;
    });
    if (found == routes_.end()) return refuse(peer, no_path);
    route_state& to = **found;
    const push_settings& settings = to.wired.settings;
    http_verdict verdict;
    verdict.route = static_cast<std::uint32_t>(found - routes_.begin());
    verdict.body_size_max = settings.body_size_max;
    const http_access access = check_access(settings.access, head, peer, verdict.note);
    if (access == http_access::forbidden || access == http_access::unauthorized)
        return refuse_access(settings, peer, access);
    if (access == http_access::wants_signature) verdict.route |= signed_route;
    if (head.method != "POST") return refuse(peer, wrong_method);
    if (!may_be_report(head, settings.takes_xml)) return refuse(peer, wrong_type);
    if (has_room(to)) return verdict;
    ++counters_.shed;
    return {.refusal = no_room};
}

http_verdict push_listener::refuse(const socket_address& peer, const http_answer& answer) {
    ++counters_.refused;
    log_warn("a pushed report was refused",
             {{"client", address_text(peer)},
              {"status", answer.status},
              {"reason", answer.body.substr(0, answer.body.size() - 1)}});
    return {.refusal = answer};
}

http_verdict push_listener::refuse_access(const push_settings& settings, const socket_address& peer,
                                          http_access access) {
    if (access == http_access::forbidden) return refuse(peer, wrong_address);
    return refuse(peer, settings.access.password.empty() ? wants_token : wants_basic);
}

bool push_listener::has_room(route_state& to) {
    return !to.window.full() && parts_.events.room(room_wanted).has_value();
}

void push_listener::shed(const http_ticket& ticket) {
    ++counters_.shed;
    log_warn("pushed reports are shed: the journal is full");
    server_.answer(ticket, no_room);
}

void push_listener::on_request(const http_request& request) {
    route_state& to = *routes_[request.route & ~signed_route];
    const push_settings& settings = to.wired.settings;
    if ((request.route & signed_route) != 0 &&
        !check_signature(settings.access, request.body, request.note)) {
        ++counters_.refused;
        log_warn("a pushed report has a wrong signature", {{"pbx", to.wired.events.pbx()}});
        server_.answer(request.ticket, wants_token);
        return;
    }
    take(to, request);
}

// A report that its sender repeats because it heard no answer, by how far its first coming got.
std::optional<push_window::known_report> push_listener::find_known(push_window& window,
                                                                   std::uint64_t digest) {
    const auto now = parts_.home.time();
    if (auto known = window.take(digest, now)) return known;
    const auto is_heard = [this](const http_ticket& ticket) { return server_.is_heard(ticket); };
    if (auto known = window.take_over(digest, is_heard)) return known;
    const auto is_acknowledged = [this](const http_ticket& ticket) {
        return server_.is_acknowledged(ticket);
    };
    if (!window.take_undelivered(digest, now, is_acknowledged)) return std::nullopt;
    push_window::known_report known{};
    known.which.digest = digest;
    return known;
}

void push_listener::take(route_state& to, const http_request& request) {
    push_window& window = to.window;
    const auto now = parts_.home.time();
    const std::uint64_t digest = report_digest(request.body);
    const std::uint32_t route = request.route & ~signed_route;
    const auto known = find_known(window, digest);
    if (known && known->part == push_window::known_part::all) {
        waiting_.push_back({request.ticket, route, known->which, true, not_published});
        return;
    }
    // Since the head others may have filled the journal, and what is written in part stays so.
    const bool has_room = parts_.events.room(room_wanted).has_value();
    const auto entered = has_room ? window.enter(digest, request.ticket)
                                  : failure(errc::full, "the journal is full");
    if (!entered) {
        if (known) window.expect_again(*known, now);
        return shed(request.ticket);
    }
    auto coming = report_coming::first;
    if (known) {
        const bool perhaps = known->part == push_window::known_part::answered;
        coming = perhaps ? report_coming::perhaps_again : report_coming::again;
    }
    const std::uint64_t shed_before = to.wired.events.counters().shed;
    const report_verdict read = to.wired.decoder.decode(request.body, parts_.clock.time(), coming);
    const bool is_shed = to.wired.events.counters().shed != shed_before;
    // Whoever has all the events stands for the report: the first one if nothing was missing.
    const bool was_whole = known && read.accepted() && !is_shed && !window.has_events(*entered);
    if (was_whole || !read.accepted()) window.end(*entered);
    if (known && !was_whole) window.end(known->which);
    if (!read.accepted()) return reject(to, request.ticket, read);
    if (is_shed) {
        window.expect_again({*entered, push_window::known_part::some}, now);
        return shed(request.ticket);
    }
    const push_window::entry& stands = was_whole ? known->which : *entered;
    waiting_.push_back({request.ticket, route, stands, was_whole, not_published});
    if (++unpublished_ == published_together_max) publish();
}

void push_listener::reject(const route_state& to, const http_ticket& ticket,
                           const report_verdict& read) {
    ++counters_.rejected;
    log_warn("a pushed report cannot be read",
             {{"pbx", to.wired.events.pbx()}, {"reason", read.problem}, {"byte", read.offset}});
    std::string words(read.problem);
    words.append(" (byte ").append(std::to_string(read.offset)).append(")\n");
    server_.answer(ticket, {400, words});
}

void push_listener::on_unconfirmed(const http_ticket& ticket) {
    for (const auto& each : routes_)
        each->window.lose(ticket);
}

void push_listener::on_batch() {
    publish();
    on_durable();
}

// Also in the middle of a large turn: the disk works on its first reports while the others come.
void push_listener::publish() {
    unpublished_ = 0;
    parts_.on_batch();
    const std::uint64_t position = parts_.events.published();
    for (auto last = waiting_.rbegin(); last != waiting_.rend() && last->position == not_published;
         ++last)
        last->position = position;
}

// Answers of one connection leave in one write.
void push_listener::on_durable() {
    const std::uint64_t safe =
        parts_.waits_for_disk ? parts_.events.durable() : parts_.events.published();
    for (answered_end_ = waiting_first_;
         answered_end_ < waiting_.size() && waiting_[answered_end_].position <= safe;
         ++answered_end_)
        server_.answer(waiting_[answered_end_].ticket, fine);
    while (waiting_first_ < answered_end_)
        finish(waiting_first_++);
    sending_ = answered_end_;
    if (waiting_first_ == waiting_.size() || waiting_first_ >= 1024) {
        const auto begin = waiting_.begin();
        waiting_.erase(begin, begin + static_cast<std::ptrdiff_t>(waiting_first_));
        waiting_first_ = answered_end_ = sending_ = 0;
    }
}

// Between the mark and the answer lies as little as can be: what a kill there does is described at
// push_window::answer(). The other way round is worse, for the sender that an answer wakes often
// runs before we do.
void push_listener::on_sending(const http_ticket& ticket) {
    for (std::size_t i = sending_; i < answered_end_; ++i) {
        waiting_answer& each = waiting_[i];
        if (each.ticket != ticket) continue;
        each.is_sent = server_.is_heard(ticket);
        push_window& window = routes_[each.route]->window;
        const bool is_anothers = !each.is_repeat && window.is_taken_over(each.report);
        if (each.is_sent && !is_anothers) window.answer(each.report);
        return;
    }
}

void push_listener::finish(std::size_t which) {
    sending_ = which;
    server_.send(waiting_[which].ticket);
    const waiting_answer answered = waiting_[which];
    push_window& window = routes_[answered.route]->window;
    const auto now = parts_.home.time();
    ++(answered.is_sent ? counters_.accepted : counters_.unheard);
    if (answered.is_repeat) ++counters_.repeated;
    if (!answered.is_repeat && window.is_taken_over(answered.report)) return;
    const bool is_open = answered.report.slot != push_window::no_slot;
    if (is_open && !answered.is_sent) return window.expect_again({answered.report, {}}, now);
    window.told(answered.report, answered.ticket, !answered.is_sent, now);
}

}  // namespace callstream::sources
