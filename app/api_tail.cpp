#include "app/api_tail.h"

#include <cstdio>
#include <optional>

#include "app/api_stream.h"
#include "app/command.h"
#include "app/live_board.h"
#include "app/stop_signals.h"

namespace callstream::app {

namespace {

// A record to print of an event's JSON: readable lines want its type, PBX, time and data.
std::optional<record> record_of(std::string_view payload, const json_value& event) {
    const auto type = event_type_named(event["type"].text());
    const auto time = read_time(event["time"].text());
    const std::string_view source = event["source"].text();
    constexpr std::string_view before_pbx = "/pbx/";
    // Data is the last attribute. No text can hold this: a quote in one has a backslash before it.
    constexpr std::string_view before_data = ",\"data\":";
    const std::size_t data = payload.find(before_data);
    if (!type || !time || !source.starts_with(before_pbx) || data == std::string_view::npos)
        return std::nullopt;
    record made;
    made.type = *type;
    made.time = *time;
    made.pbx = source.substr(before_pbx.size());
    made.payload = payload;
    const std::size_t begin = data + before_data.size();
    made.attributes[static_cast<std::size_t>(attribute::data)] = {
        static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(payload.size() - 1 - begin)};
    return made;
}

class api_tail final : api_listener {
public:
    api_tail(const api_address& address, const std::string& query, line_printer& printer)
        : address_(address),
          printer_(printer),
          stream_(loop_, address, "/api/events" + (query.empty() ? "" : "?" + query), *this),
          turn_end_(loop_, [this] { flush(); }),
          signals_(loop_, [this] { ended_ = true; }) {}

    int run() {
        stream_.start();
        while (!ended_ && loop_.run_once()) {
        }
        stream_.stop();
        signals_.close();
        loop_.run_ready();
        return printer_.flush() && !failed_ ? exit_fine : exit_failed;
    }

private:
    void on_event(const sse_event& event) override {
        was_connected_ = true;
        const auto read = document_.parse(event.data);
        if (event.type == "reset" || event.type == "dropped") {
            const std::string reason(read ? (*read)["reason"].text() : "");
            std::fprintf(stderr, "%s: %s: %s\n", address_.url.c_str(),
                         event.type == "reset" ? "events are missing here" : "disconnected",
                         reason.c_str());
            return;
        }
        const auto shown = read ? record_of(event.data, *read) : std::nullopt;
        if (!shown) return;
        printer_.print(*shown);
        turn_end_.arm();
    }

    bool on_lost(std::string_view reason) override {
        if (ended_) return false;
        std::fprintf(stderr, "%s: %s\n", address_.url.c_str(), std::string(reason).c_str());
        if (was_connected_) return true;
        failed_ = ended_ = true;
        return false;
    }

    void flush() {
        if (!printer_.flush()) ended_ = true;
    }

    api_address address_;
    line_printer& printer_;
    loop loop_;
    json_document document_;
    bool was_connected_ = false;
    bool failed_ = false;
    bool ended_ = false;
    api_stream stream_;
    turn_end turn_end_;
    stop_signals signals_;
};

}  // namespace

int tail_api(const api_address& address, const std::string& query, line_printer& printer) {
    return api_tail(address, query, printer).run();
}

}  // namespace callstream::app
