// A client with the real decoder behind it, and the PBX's part of the dialogue with it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/slab.h"
#include "parsers/ami_decoder.h"
#include "parsers/ami_translator.h"
#include "sources/ami_client.h"
#include "tests/sources/source_fixture.h"
#include "tests/support/loopback_server.h"

namespace callstream::test {

inline std::string header_of(std::string_view message, std::string_view name) {
    const std::string start = "\r\n" + std::string(name) + ": ";
    const std::size_t found = message.find(start);
    if (found == std::string_view::npos) return {};
    const std::size_t begin = found + start.size();
    return std::string(message.substr(begin, message.find("\r\n", begin) - begin));
}

// Runs on the server's thread.
class scripted_pbx {
public:
    explicit scripted_pbx(peer& client) : client_(client) {}

    void greet(std::string_view version = "12.0.0") {
        client_.send("Asterisk Call Manager/" + std::string(version) + "\r\n");
    }
    // Empty once the client is gone.
    const std::string& read_request() { return request_ = client_.read_until("\r\n\r\n"); }
    // To the last request; `headers` are whole lines.
    void answer(std::string_view response, std::string_view headers = {}) {
        client_.send("Response: " + std::string(response) + "\r\nActionID: " +
                     header_of(request_, "ActionID") + "\r\n" + std::string(headers) + "\r\n");
    }
    // The reply, a row of that event for each of `rows`, and the end of the list.
    void answer_list(std::string_view event = {}, const std::vector<std::string>& rows = {}) {
        const std::string id = "\r\nActionID: " + header_of(request_, "ActionID") + "\r\n";
        answer("Success", "EventList: start\r\n");
        for (const std::string& headers : rows)
            client_.send("Event: " + std::string(event) + id + headers + "\r\n");
        client_.send("Event: ListComplete" + id + "EventList: Complete\r\n\r\n");
    }
    std::string asked_for(std::string_view header) const { return header_of(request_, header); }
    void accept_login(std::string_view version = "12.0.0") {
        greet(version);
        read_request();
        answer("Success", "Challenge: 126034338\r\n");
        read_request();
        answer("Success", "Message: Authentication accepted\r\n");
    }
    // Until the client is gone.
    void answer_pings() {
        while (read_request().starts_with("Action: Ping"))
            answer("Success", "Ping: Pong\r\n");
    }

private:
    peer& client_;
    std::string request_;
};

struct ami_fixture : source_fixture {
    ami_fixture() {
        settings.pbx = "hq";
        settings.connection.host = "127.0.0.1";
        settings.username = "monitor";
        settings.secret = secret("Mon1t0r!Secret");
        settings.event_mask = "on";
        settings.backoff_first = settings.backoff_longest = std::chrono::milliseconds(1);
        settings.backoff_refused = std::chrono::milliseconds(1);
    }
    ~ami_fixture() { stop(); }
    ami_fixture(const ami_fixture&) = delete;
    ami_fixture& operator=(const ami_fixture&) = delete;

    void start(std::uint16_t port) {
        settings.connection.port = port;
        const sources::ami_client_parts parts{
            home, slabs, decoder, events, [this] { ++batch_count; }, repair, seen_until, boot};
        client = std::make_unique<sources::ami_client>(settings, parts);
        client->start();
    }
    void stop() {
        if (client) client->stop();
        home.run();
        client.reset();
    }
    bool run_until_failed() {
        return run_until([this] { return !client->status().failure.empty(); });
    }
    bool run_until_connected() {
        return run_until([this] { return client->connected(); });
    }

    slab_pool slabs;
    parsers::ami_translator translator{{}, events};
    parsers::ami_decoder decoder{{}, {translator, events}};
    sources::ami_client_settings settings;
    view_repair* repair = nullptr;
    std::optional<timestamp> seen_until;
    std::string boot;
    std::unique_ptr<sources::ami_client> client;
};

}  // namespace callstream::test
