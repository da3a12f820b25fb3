#include "app/api_stream.h"

#include <limits>
#include <random>
#include <utility>

namespace callstream::app {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t event_size_max = 64 * 1024 * 1024;  // the state of many thousand calls
constexpr std::chrono::seconds silence_max{45};           // three of the server's comments

http_client_settings client_settings(const api_address& address) {
    http_client_settings made;
    made.tls = address.tls;
    return made;
}

std::string refusal_of(int status) {
    switch (status) {
        case 401:
            return "the token is missing or wrong: set CALLSTREAM_TOKEN";
        case 403:
            return "this address is not let in";
        case 404:
            return "there is no live state at this address";
        case 429:
        case 503:
            return "the server takes no more readers now";
        default:
            return "the server answered " + std::to_string(status);
    }
}

}  // namespace

api_stream::api_stream(loop& owner, const api_address& address, std::string path,
                       api_listener& listener)
    : address_(address),
      path_(std::move(path)),
      listener_(listener),
      client_(owner, client_settings(address)),
      call_(client_, *this),
      again_(owner, [this] { start(); }),
      wait_(500ms, 10'000ms, std::random_device{}()),
      reader_(event_size_max) {}

void api_stream::start() {
    http_call_request request;
    request.url = address_.url + path_;
    request.headers = {"Accept: text/event-stream"};
    if (!address_.token.empty())
        request.headers.push_back("Authorization: Bearer " + address_.token.reveal());
    if (!last_id_.empty()) request.headers.push_back("Last-Event-ID: " + last_id_);
    request.answer_size_max = std::numeric_limits<std::int64_t>::max();
    request.offers_gzip = false;
    request.total_timeout = 0ms;
    request.stall_timeout = silence_max;
    reader_ = sse_reader(event_size_max);
    refusal_.clear();
    call_.start(std::move(request));
}

void api_stream::stop() {
    again_.stop();
    call_.cancel();
}

result<void> api_stream::on_head(const http_answer_head& head) {
    if (head.status() == 200) return {};
    refusal_ = refusal_of(head.status());
    return failure(errc::refused, "the server refused");
}

result<void> api_stream::on_body(std::string_view piece) {
    auto fed = reader_.feed(piece);
    while (const auto event = reader_.next()) {
        wait_.reset();
        last_id_ = event->id;
        listener_.on_event(*event);
    }
    return fed;
}

void api_stream::on_done(const result<void>& outcome) {
    std::string reason = refusal_;
    if (reason.empty()) reason = outcome ? "the server ended the stream" : outcome.error().what;
    if (listener_.on_lost(reason)) again_.start(wait_.next());
}

}  // namespace callstream::app
