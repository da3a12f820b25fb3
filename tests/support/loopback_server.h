// A scripted server on 127.0.0.1 (or ::1), port 0, on a thread of its own: each connection it
// accepts runs the script once. Reading gives up after ten seconds, so that a failing test ends.
//
// Threads: the script runs on the server's thread; look at what it recorded after wait().
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

struct ssl_ctx_st;
struct ssl_st;

namespace callstream::test {

// What the server accepted. Ends the connection when destroyed.
class peer {
public:
    peer(int descriptor, ssl_ctx_st* tls);
    ~peer();
    peer(const peer&) = delete;
    peer& operator=(const peer&) = delete;

    bool handshake_done() const { return handshake_done_; }
    void send(std::string_view bytes);
    // All bytes up to and with `end`; what had come when the connection ended or nothing came.
    std::string read_until(std::string_view end);
    std::string read_size(std::size_t size);
    std::string read_to_end();
    void reset();  // ends with RST

private:
    bool fill();

    int descriptor_;
    ssl_st* session_ = nullptr;
    bool handshake_done_ = false;
    std::string received_;
};

struct server_settings {
    std::string certificate_file{};  // empty: no TLS
    std::string key_file{};
    std::string client_ca_file{};  // asks for a client certificate
    bool v6 = false;
    int connection_count = 1;  // then it stops listening
};

class loopback_server {
public:
    using script = std::function<void(peer&)>;

    explicit loopback_server(script run) : loopback_server({}, std::move(run)) {}
    loopback_server(const server_settings& settings, script run);
    ~loopback_server();  // does not wait for connections that never came

    std::uint16_t port() const { return port_; }
    int accepted_count() const { return accepted_count_; }
    void wait();  // until all connections have run

private:
    void serve(const server_settings& settings);

    script run_;
    int descriptor_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<int> accepted_count_{0};
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

// A port that refuses connections for as long as this lives.
class refusing_port {
public:
    refusing_port();
    ~refusing_port();
    refusing_port(const refusing_port&) = delete;
    refusing_port& operator=(const refusing_port&) = delete;

    std::uint16_t port() const { return port_; }

private:
    int descriptor_;
    std::uint16_t port_;
};

// An address and port that answers nothing, not even with a refusal: its queue is full.
class silent_port {
public:
    silent_port(const std::string& address, std::uint16_t port);
    ~silent_port();
    silent_port(const silent_port&) = delete;
    silent_port& operator=(const silent_port&) = delete;

private:
    std::vector<int> descriptors_;
};

}  // namespace callstream::test
