// The listening sockets of the simulator and the sessions on them.
//
// Lifetime: the parts and the programs outlive the server; stop() it and let the loop run out.
// Threads:  the loop's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "bench/sim_session.h"
#include "core/result.h"

namespace callstream::sim {

struct listen_address {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;  // 0: any free one
};

result<listen_address> parse_listen_address(std::string_view text);

class server {
public:
    // Which program the next client of that listener is played.
    using program_chooser = std::function<program&()>;

    explicit server(const session_parts& parts);
    ~server();
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    // The port it listens on.
    result<std::uint16_t> listen(const listen_address& address, program_chooser choose);
    void stop();  // closes listeners and sessions
    std::size_t session_count() const { return sessions_.size(); }
    void for_each(const std::function<void(session&)>& call);

private:
    struct listener;
    void accept(listener& from);

    session_parts parts_;
    std::vector<std::unique_ptr<listener>> listeners_;
    std::unordered_map<session*, std::unique_ptr<session>> sessions_;
};

}  // namespace callstream::sim
