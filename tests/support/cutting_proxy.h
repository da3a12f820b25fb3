// Stands between a client and a server on loopback and ends a connection after so many bytes.
//
// Threads: a thread of its own forwards; everything else from the test's.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>

namespace callstream::test {

class cutting_proxy {
public:
    explicit cutting_proxy(std::uint16_t server_port);
    ~cutting_proxy();
    cutting_proxy(const cutting_proxy&) = delete;
    cutting_proxy& operator=(const cutting_proxy&) = delete;

    std::uint16_t port() const noexcept { return port_; }

    // The next connection ends once `size` bytes went to the server, or to the client; all later
    // ones are left alone. Call it while no connection is open.
    void cut_next(bool to_server, std::size_t size);
    bool has_cut() const noexcept { return has_cut_; }

private:
    void serve();
    void forward(int client, int server);
    bool pass(int from, int to, bool to_server);

    std::uint16_t server_port_;
    std::uint16_t port_ = 0;
    int listening_ = -1;
    int stop_ = -1;  // an eventfd
    std::atomic<std::size_t> room_to_server_;
    std::atomic<std::size_t> room_to_client_;
    std::atomic<bool> has_cut_{false};
    std::thread thread_;
};

}  // namespace callstream::test
