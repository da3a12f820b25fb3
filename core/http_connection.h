// One connection of the HTTP server: its bytes to requests, its answers in their order.
//
// Lifetime: owned by the server; gone after host::on_gone().
// Threads:  the loop's.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/http_answer.h"
#include "core/http_limits.h"
#include "core/http_parser.h"
#include "core/http_server.h"
#include "core/server_stream.h"
#include "core/slab.h"

namespace callstream {

class http_connection;

// What a connection needs of its server.
struct http_connection_host {
    loop& home;
    slab_pool& slabs;
    const http_server_settings& settings;
    http_handler& handler;
    http_server_counters& counters;
    // Used by one connection after another, so that they stay in the cache.
    std::unique_ptr<http_parser> parser = std::make_unique<http_parser>();
    std::string out;

    virtual std::string_view date() = 0;
    virtual void on_read() = 0;  // on_batch of the handler is due at the end of the turn
    virtual void on_dirty(http_connection& connection) = 0;  // flush() is due then
    virtual void on_gone(http_connection& connection) = 0;   // destroys it

protected:
    http_connection_host(loop& owner, slab_pool& pool, const http_server_settings& chosen,
                         http_handler& to, http_server_counters& counted)
        : home(owner), slabs(pool), settings(chosen), handler(to), counters(counted) {}
    ~http_connection_host() = default;
};

class http_connection final : private server_stream_handler {
public:
    http_connection(http_connection_host& host, std::uint32_t index, std::uint32_t generation);

    result<void> accept(uv_stream_t* listener, ssl_ctx_st* context);
    const socket_address& peer() const noexcept { return stream_.peer(); }
    std::uint32_t index() const noexcept { return index_; }
    std::uint32_t generation() const noexcept { return generation_; }

    // Over a limit: answers so and ends.
    void refuse_connection(const http_answer& answer);
    bool answer(std::uint32_t request, const http_answer& answer);
    bool is_heard() const noexcept { return !ended_ && !closing_ && stream_.is_open(); }
    bool is_acknowledged() const noexcept { return stream_.is_acknowledged(); }
    // See http_server::stream().
    bool is_streaming() const noexcept { return streaming_; }
    bool stream(std::string_view bytes);
    std::size_t unsent() const noexcept { return stream_.write_queue_size(); }
    void end_stream();
    void flush();
    void watch(std::chrono::milliseconds now);  // time-outs; several times a second
    void finish();  // no more requests; ends when those handed over are answered
    void close();

    bool is_dirty = false;  // the server's mark

private:
    enum class phase : std::uint8_t { head, body, chunks, discard, deaf };
    struct slot {
        std::string text;
        bool ready = false;
        bool close = false;
        bool streams = false;
        bool headers_only = false;
    };

    void on_open() override;
    std::span<char> on_space() override { return buffer_.writable(); }
    void on_bytes(std::size_t size) override;
    void on_end() override;
    void on_closed(const error& reason) override;

    void process();
    bool step();
    bool read_head();
    bool take_head(std::size_t size);
    void refuse_by_verdict(const http_answer& told, const http_head& head, std::size_t size);
    bool read_body();
    bool read_chunks();
    bool discard();
    void hand_over(std::string_view body);
    void refuse(const http_refusal& refusal);
    slot& slot_of(std::uint32_t request) noexcept {
        return slots_[(request - slots_from_) % slots_.size()];
    }
    std::uint32_t add_slot(bool keep_alive);
    void send_continue();
    void begin_linger();
    void set_deadline();
    std::uint32_t waiting_count() const noexcept { return request_next_ - request_first_; }

    http_connection_host& host_;
    const std::uint32_t index_;
    const std::uint32_t generation_;
    server_stream stream_;
    receive_buffer buffer_;
    head_finder finder_;
    phase phase_ = phase::head;
    http_verdict verdict_;
    std::size_t head_size_ = 0;
    std::uint64_t body_size_ = 0;  // of the body, or what is left to discard
    bool keep_alive_ = true;       // of the request being read
    bool headers_only_ = false;
    bool continue_due_ = false;
    std::unique_ptr<http_parser> chunks_;  // of a body in chunks
    std::string chunked_body_;
    std::array<slot, limits::http_pipeline_max> slots_;
    std::uint32_t slots_from_ = 0;     // the request that has the first of them
    std::uint32_t request_first_ = 0;  // the oldest without an answer sent
    std::uint32_t request_next_ = 0;
    std::chrono::milliseconds begun_{0};     // when the request being read began
    std::chrono::milliseconds deadline_{0};  // 0: none
    std::chrono::milliseconds stalled_since_{0};
    std::size_t stalled_size_ = 0;
    bool processing_ = false;
    bool paused_ = false;
    bool ended_ = false;      // the client sends no more
    bool streaming_ = false;  // the last answer has begun, and has no end yet
    bool lingering_ = false;  // we do not, and wait for the client to have read it
    bool closing_ = false;
};

}  // namespace callstream
