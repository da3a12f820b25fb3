#include "sources/poll_exchange.h"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <utility>

namespace callstream::sources {

namespace {

constexpr std::chrono::hours retry_after_max{1};  // what asks for more is asked all the same
constexpr std::size_t body_kept_max = 1024 * 1024;

}  // namespace

std::chrono::milliseconds read_retry_after(std::string_view value, timestamp at) noexcept {
    using std::chrono::milliseconds;
    const auto bounded = [](std::chrono::seconds wait) {
        return std::clamp<milliseconds>(wait, milliseconds(0), retry_after_max);
    };
    std::uint32_t seconds = 0;
    const char* const end = value.data() + value.size();
    const auto read = std::from_chars(value.data(), end, seconds);
    if (!value.empty() && read.ec == std::errc() && read.ptr == end)
        return bounded(std::chrono::seconds(seconds));
    std::tm date{};
    const std::string ended(value.substr(0, 64));
    if (strptime(ended.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date) == nullptr) return {};
    const auto until = std::chrono::system_clock::from_time_t(timegm(&date));
    return bounded(std::chrono::ceil<std::chrono::seconds>(until - at));
}

void poll_exchange::start(http_call_request request, handler on_done) {
    status_ = 0;
    retry_after_ = {};
    content_type_.clear();
    body_.clear();
    if (body_.capacity() > body_kept_max) body_.shrink_to_fit();
    on_done_ = std::move(on_done);
    call_.start(std::move(request));
}

result<void> poll_exchange::on_head(const http_answer_head& head) {
    status_ = head.status();
    content_type_ = head.find("Content-Type");
    retry_after_ = read_retry_after(head.find("Retry-After"), now());
    return {};
}

result<void> poll_exchange::on_body(std::string_view piece) {
    body_.append(piece);
    return {};
}

void poll_exchange::on_done(const result<void>& outcome) {
    const handler told = std::exchange(on_done_, nullptr);
    told(outcome);
}

}  // namespace callstream::sources
