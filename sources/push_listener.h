// Takes the call reports that PBXes push over HTTP, a path for each PBX. A 200 is a promise: it
// is sent only when the report's events are safely in the journal, as `fsync` says: after the group
// commit for `batch`, once they are in the journal's memory for `interval` and `never`.
//
// While the journal is full, or too many reports wait for it, a request is answered 503 with
// Retry-After before its body is read.
//
// Lifetime: what it is wired to outlives it.
// Threads:  the home loop.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/batch_clock.h"
#include "core/http_access.h"
#include "core/http_server.h"
#include "core/journal.h"
#include "core/log.h"
#include "core/publisher.h"
#include "core/report_decoder.h"
#include "sources/push_window.h"

namespace callstream::sources {

struct push_settings {
    std::string path;  // such as /push/branch
    http_access_settings access;
    std::size_t body_size_max = 64 * 1024;
    bool takes_xml = false;  // as UCMs send it
};

struct push_counters {
    std::uint64_t accepted = 0;  // answered 200
    std::uint64_t unheard = 0;   // their sender was gone before the answer
    std::uint64_t repeated = 0;  // known already, and answered 200
    std::uint64_t rejected = 0;  // no reports
    std::uint64_t refused = 0;   // for access, path, method or type
    std::uint64_t shed = 0;      // 503: full
};

// One PBX's way from a path to its events.
struct push_route {
    const push_settings& settings;
    report_decoder& decoder;
    const publisher& events;
};

struct push_parts {
    loop& home;
    slab_pool& slabs;
    journal& events;
    batch_clock& clock;
    bool waits_for_disk;  // fsync = "batch"
    // After the reports of a turn of the loop: publishes the journal.
    std::function<void()> on_batch;
};

class push_listener final : private http_handler {
public:
    push_listener(const http_server_settings& settings, const push_parts& parts);
    ~push_listener();
    push_listener(const push_listener&) = delete;
    push_listener& operator=(const push_listener&) = delete;

    // Before start().
    result<void> add(const push_route& route);
    result<void> start();
    const std::string& detail() const noexcept { return server_.detail(); }
    void reload() { server_.reload(); }
    void on_durable();  // on the home loop: journal::durable() grew
    // As http_server::stop(): what has no answer then is sent again by its senders.
    void stop() { server_.stop(); }
    bool stopped() const noexcept { return server_.closed(); }

    const push_counters& counters() const noexcept { return counters_; }
    const http_server& server() const noexcept { return server_; }

private:
    // A route whose request has a signature to be checked.
    static constexpr std::uint32_t signed_route = 1U << 31;

    struct route_state;
    struct waiting_answer {
        http_ticket ticket;
        std::uint32_t route;
        push_window::entry report;
        bool is_repeat;          // of a report that was in the journal already
        std::uint64_t position;  // of the journal; not yet known: the largest
        bool is_sent = false;
    };

    http_verdict on_head(const http_head& head, const socket_address& peer) override;
    void on_request(const http_request& request) override;
    void on_batch() override;
    void on_sending(const http_ticket& ticket) override;
    void on_unconfirmed(const http_ticket& ticket) override;

    http_verdict refuse(const socket_address& peer, const http_answer& answer);
    http_verdict refuse_access(const push_settings& settings, const socket_address& peer,
                               http_access access);
    bool has_room(route_state& to);
    void shed(const http_ticket& ticket);
    void take(route_state& to, const http_request& request);
    void publish();
    void finish(std::size_t which);
    std::optional<push_window::known_report> find_known(push_window& window, std::uint64_t digest);
    void reject(const route_state& to, const http_ticket& ticket, const report_verdict& read);

    push_parts parts_;
    http_server server_;
    std::vector<std::unique_ptr<route_state>> routes_;
    std::vector<waiting_answer> waiting_;  // in the order of the journal
    std::size_t waiting_first_ = 0;
    std::size_t unpublished_ = 0;
    std::size_t sending_ = 0;
    std::size_t answered_end_ = 0;  // those before it are answered, and being sent
    push_counters counters_;
};

}  // namespace callstream::sources
