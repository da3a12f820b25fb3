#include "tests/support/redis_server.h"

#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>

#include <arpa/inet.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/ensure.h"

namespace callstream::test {

namespace {

std::uint16_t free_port() {
    const int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    ensure(bind(listening, generic, size) == 0, "a loopback port can be had");
    ensure(getsockname(listening, generic, &size) == 0, "a bound socket has a name");
    close(listening);
    return ntohs(address.sin_port);
}

void wait_a_little() {
    const timespec moment{0, 2'000'000};
    nanosleep(&moment, nullptr);
}

struct free_reply {
    void operator()(redisReply* reply) const noexcept { freeReplyObject(reply); }
};
using reply_pointer = std::unique_ptr<redisReply, free_reply>;

reply_pointer ask(redisContext* context, const std::vector<std::string>& words) {
    std::vector<const char*> starts;
    std::vector<std::size_t> sizes;
    for (const std::string& word : words) {
        starts.push_back(word.data());
        sizes.push_back(word.size());
    }
    return reply_pointer(static_cast<redisReply*>(
        redisCommandArgv(context, static_cast<int>(words.size()), starts.data(), sizes.data())));
}

std::string text_of(const redisReply& reply) {
    switch (reply.type) {
        case REDIS_REPLY_ERROR:
            return "error " + std::string(reply.str, reply.len);
        case REDIS_REPLY_INTEGER:
            return std::to_string(reply.integer);
        case REDIS_REPLY_STRING:
        case REDIS_REPLY_STATUS:
            return {reply.str, reply.len};
        default:
            return {};
    }
}

}  // namespace

redis_server::redis_server(std::vector<std::string> options)
    : options_(std::move(options)), port_(free_port()) {
    start();
}

redis_server::~redis_server() {
    kill();
}

void redis_server::start() {
    launch();
    for (int tries = 0; !answers(); ++tries) {
        int status = 0;
        const bool ended = waitpid(child_, &status, WNOHANG) == child_;
        if (ended || tries > 5000) {
            std::ifstream said(folder_ / "output");
            const std::string all{std::istreambuf_iterator<char>(said), {}};
            std::fputs(all.c_str(), stderr);
        }
        ensure(!ended && tries <= 5000, "redis-server starts (Debian package redis-server)");
        wait_a_little();
    }
}

void redis_server::launch() {
    std::vector<std::string> words{"redis-server",
                                   "--bind",
                                   "127.0.0.1",
                                   "--port",
                                   std::to_string(port_),
                                   "--dir",
                                   folder_.path(),
                                   "--save",
                                   "",
                                   "--appendonly",
                                   "no",
                                   "--enable-debug-command",
                                   "local"};
    words.insert(words.end(), options_.begin(), options_.end());
    std::vector<char*> arguments;
    for (std::string& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const std::string output = folder_ / "output";
    child_ = fork();
    ensure(child_ >= 0, "a process can be started");
    if (child_ > 0) return;
    const int file = open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(file, STDOUT_FILENO);
    dup2(file, STDERR_FILENO);
    execvp(arguments[0], arguments.data());
    std::perror("redis-server");
    _exit(127);
}

void redis_server::stop() {
    if (child_ > 0) ::kill(child_, SIGTERM);
    wait_for_end();
}

void redis_server::kill() {
    if (child_ > 0) ::kill(child_, SIGKILL);
    wait_for_end();
}

void redis_server::wait_for_end() {
    int status = 0;
    if (child_ > 0) waitpid(child_, &status, 0);
    child_ = -1;
}

// Any reply will do, also one that asks for a password; but not that it is still loading.
bool redis_server::answers() const {
    redisContext* const context = redisConnect("127.0.0.1", port_);
    bool answered = false;
    if (context != nullptr && context->err == 0) {
        const auto reply = ask(context, {"PING"});
        answered = reply != nullptr && text_of(*reply).find("LOADING") == std::string::npos;
    }
    if (context != nullptr) redisFree(context);
    return answered;
}

std::string stream_entry::operator[](const std::string& name) const {
    for (std::size_t i = 0; i + 1 < fields.size(); i += 2)
        if (fields[i] == name) return fields[i + 1];
    return {};
}

void redis_client::free_context::operator()(redisContext* context) const noexcept {
    redisFree(context);
}

redis_client::redis_client(const redis_server& server)
    : context_(redisConnect("127.0.0.1", server.port())) {
    ensure(context_ != nullptr && context_->err == 0, "the test's redis can be reached");
}

std::string redis_client::command(const std::vector<std::string>& words) {
    const auto reply = ask(context_.get(), words);
    ensure(reply != nullptr, "the test's redis replies");
    return text_of(*reply);
}

std::vector<stream_entry> redis_client::entries(const std::string& stream) {
    const auto reply = ask(context_.get(), {"XRANGE", stream, "-", "+"});
    ensure(reply != nullptr && reply->type == REDIS_REPLY_ARRAY, "the stream can be read");
    std::vector<stream_entry> found;
    for (std::size_t i = 0; i < reply->elements; ++i) {
        const redisReply& pair = *reply->element[i];
        stream_entry entry{text_of(*pair.element[0]), {}};
        for (std::size_t k = 0; k < pair.element[1]->elements; ++k)
            entry.fields.push_back(text_of(*pair.element[1]->element[k]));
        found.push_back(std::move(entry));
    }
    return found;
}

}  // namespace callstream::test
