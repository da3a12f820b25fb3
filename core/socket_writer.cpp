#include "core/socket_writer.h"

#include <algorithm>
#include <array>
#include <utility>

namespace callstream {

namespace {

constexpr std::size_t buffer_count_max = 1024;          // IOV_MAX
constexpr std::size_t idle_capacity_max = 1024 * 1024;  // what an emptied queue may keep

void empty(std::string& queue) {
    queue.clear();
    if (queue.capacity() > idle_capacity_max) queue.shrink_to_fit();
}

}  // namespace

socket_writer::socket_writer(std::function<void()> on_sent, std::function<void(int)> on_failed)
    : on_sent_(std::move(on_sent)), on_failed_(std::move(on_failed)) {}

void socket_writer::open(uv_stream_t& socket) {
    clear();
    socket_ = &socket;
    request_.data = this;
}

void socket_writer::clear() {
    socket_ = nullptr;
    writing_ = broken_ = false;
    empty(sending_);
    empty(waiting_);
}

std::size_t socket_writer::size_waiting() const noexcept {
    return waiting_.size() + (writing_ ? uv_stream_get_write_queue_size(socket_) : 0);
}

void socket_writer::send(std::span<const std::string_view> parts) {
    if (broken_) return;
    std::size_t sent = writing_ ? 0 : send_now(parts);
    if (broken_) return;
    for (const std::string_view part : parts) {
        const std::size_t skipped = std::min(sent, part.size());
        sent -= skipped;
        waiting_ += part.substr(skipped);
    }
    send_waiting();
}

// How many bytes the socket took.
std::size_t socket_writer::send_now(std::span<const std::string_view> parts) {
    std::array<uv_buf_t, buffer_count_max> buffers;
    std::size_t sent = 0;
    while (!parts.empty()) {
        const auto chunk = parts.first(std::min(parts.size(), buffers.size()));
        parts = parts.subspan(chunk.size());
        std::size_t size = 0;
        for (std::size_t i = 0; i < chunk.size(); ++i) {
            buffers[i] = uv_buf_t{const_cast<char*>(chunk[i].data()), chunk[i].size()};
            size += chunk[i].size();
        }
        if (size == 0) continue;
        const int taken =
            uv_try_write(socket_, buffers.data(), static_cast<unsigned>(chunk.size()));
        if (taken == UV_EAGAIN) break;
        if (taken < 0) {
            fail(taken);
            break;
        }
        sent += static_cast<std::size_t>(taken);
        if (static_cast<std::size_t>(taken) < size) break;
    }
    return sent;
}

void socket_writer::send_waiting() {
    if (writing_ || waiting_.empty()) return;
    sending_.swap(waiting_);
    const uv_buf_t buffer{sending_.data(), sending_.size()};
    const int status =
        uv_write(&request_, socket_, &buffer, 1, [](uv_write_t* request, int outcome) noexcept {
            static_cast<socket_writer*>(request->data)->finish(outcome);
        });
    writing_ = status == 0;
    if (status != 0) fail(status);
}

void socket_writer::finish(int status) {
    writing_ = false;
    empty(sending_);
    if (uv_is_closing(reinterpret_cast<const uv_handle_t*>(socket_)) != 0) return;
    if (status != 0) return fail(status);
    send_waiting();
    if (!broken_) on_sent_();
}

void socket_writer::fail(int status) {
    broken_ = true;
    empty(waiting_);
    on_failed_(status);
}

}  // namespace callstream
