// The control port of callstream-sim: a test breaks the connection, the PBX or its clock, and asks
// what is really so. One command a line, one line of JSON as its answer.
//
// Lifetime: what the handler uses outlives the port; stop() it and let the loop run out.
// Threads:  the loop's.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <uv.h>

#include "core/loop.h"
#include "core/result.h"

namespace callstream::sim {

class control_port {
public:
    // Gives the answer's line, without its end.
    using line_handler = std::function<std::string(std::string_view line)>;

    control_port(loop& owner, line_handler on_line);
    ~control_port();
    control_port(const control_port&) = delete;
    control_port& operator=(const control_port&) = delete;

    // On 127.0.0.1; 0: any free port. Which it is.
    result<std::uint16_t> listen(std::uint16_t port);
    void stop();

private:
    struct client;
    void accept();
    void read(client& from, std::string_view bytes);

    loop& owner_;
    line_handler on_line_;
    uv_tcp_t listener_{};
    bool listening_ = false;
    std::map<client*, std::unique_ptr<client>> clients_;
};

}  // namespace callstream::sim
