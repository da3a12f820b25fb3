// A real redis-server on a free loopback port, in a directory of its own, for tests.
//
// Threads: the test's.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <sys/types.h>

#include "tests/support/temporary_directory.h"

struct redisContext;

namespace callstream::test {

// Aborts, with what redis-server said, if it cannot be started: a machine without it fails the
// test.
class redis_server {
public:
    // Such as {"--requirepass", "secret"}; without more it keeps nothing on disk.
    explicit redis_server(std::vector<std::string> options = {});
    ~redis_server();
    redis_server(const redis_server&) = delete;
    redis_server& operator=(const redis_server&) = delete;

    std::uint16_t port() const noexcept { return port_; }

    void start();   // on the same port, with the same files
    void stop();    // in order
    void kill();    // SIGKILL
    void launch();  // as start(), without waiting until it answers

private:
    bool answers() const;
    void wait_for_end();

    temporary_directory folder_;
    std::vector<std::string> options_;
    std::uint16_t port_ = 0;
    pid_t child_ = -1;
};

struct stream_entry {
    std::string id;
    std::vector<std::string> fields;  // name, value, name, ...

    std::string operator[](const std::string& name) const;
};

// A blocking client of its own, so that what a sink did is seen through other eyes.
class redis_client {
public:
    explicit redis_client(const redis_server& server);

    // The reply as text; "error ..." for an error.
    std::string command(const std::vector<std::string>& words);
    std::vector<stream_entry> entries(const std::string& stream);

private:
    struct free_context {
        void operator()(redisContext* context) const noexcept;
    };
    std::unique_ptr<redisContext, free_context> context_;
};

}  // namespace callstream::test
