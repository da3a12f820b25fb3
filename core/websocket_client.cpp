#include "core/websocket_client.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <wslay/wslay.h>

#include "core/config_value.h"
#include "core/ensure.h"

namespace callstream {

namespace {

namespace http = boost::beast::http;
using answer_parser = http::response_parser<http::empty_body>;

constexpr std::size_t room_size = 16 * 1024;
constexpr std::uint32_t head_size_max = 16 * 1024;
constexpr int status_switching = 101;
constexpr std::string_view accept_suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455

std::string to_base64(const unsigned char* bytes, std::size_t size) {
    std::string text((size + 2) / 3 * 4 + 1, '\0');  // a NUL is written behind it
    const int written = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes,
                                        static_cast<int>(size));
    text.resize(static_cast<std::size_t>(written));
    return text;
}

std::string make_key() {
    std::array<unsigned char, 16> random{};
    ensure(RAND_bytes(random.data(), static_cast<int>(random.size())) == 1, "there is randomness");
    return to_base64(random.data(), random.size());
}

// What the server proves with that it speaks WebSocket and did not replay an older answer.
std::string accept_of(const std::string& key) {
    const std::string text = key + std::string(accept_suffix);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    ensure(EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr) == 1,
           "SHA-1 is there");
    return to_base64(digest.data(), size);
}

}  // namespace

class websocket_client::state final : stream_handler {
public:
    state(loop& owner, const websocket_settings& settings, websocket_handler& handler)
        : settings_(settings),
          handler_(handler),
          stream_(owner, settings.connection, *this),
          patience_(owner, [this] {
              close({errc::timeout, "the peer does not answer the upgrade"});
          }) {}
    ~state() { end_frames(); }
    state(const state&) = delete;
    state& operator=(const state&) = delete;

    void connect(const std::string& target) {
        target_ = target;
        detail_.clear();
        stream_.connect();
    }
    result<void> send_text(std::string_view message);
    void close(const error& reason) {
        stream_open_ = false;
        patience_.stop();
        stream_.close(reason);
    }
    bool is_open() const noexcept { return frames_ != nullptr; }
    const std::string& detail() const noexcept { return detail_; }

private:
    void on_open() override;
    std::span<char> on_space() override { return room_; }
    void on_bytes(std::size_t size) override;
    void on_idle() override { handler_.on_batch(); }
    void on_closed(const error& reason) override;

    void read_answer(std::string_view bytes);
    void refuse(int status);
    void begin_frames();
    void end_frames();
    void read_frames(std::string_view bytes);
    result<void> flush();
    error end_of_frames() const;

    static ssize_t on_read(wslay_event_context_ptr frames, std::uint8_t* out, std::size_t size,
                           int flags, void* self) noexcept;
    static ssize_t on_write(wslay_event_context_ptr frames, const std::uint8_t* bytes,
                            std::size_t size, int flags, void* self) noexcept;
    static int on_mask(wslay_event_context_ptr frames, std::uint8_t* out, std::size_t size,
                       void* self) noexcept;
    static void on_message(wslay_event_context_ptr frames,
                           const wslay_event_on_msg_recv_arg* message, void* self) noexcept;

    const websocket_settings& settings_;
    websocket_handler& handler_;
    stream stream_;
    timer patience_;  // for the answer to the upgrade
    std::array<char, room_size> room_{};
    std::string target_;
    std::string key_;
    std::string head_;  // of the answer, while it is not whole
    wslay_event_context_ptr frames_ = nullptr;
    std::string_view unread_;   // of the frames
    bool stream_open_ = false;  // and not told to close
    std::string detail_;
};

void websocket_client::state::on_open() {
    stream_open_ = true;
    key_ = make_key();
    head_.clear();
    const auto& connection = settings_.connection;
    const std::string request =
        "GET " + target_ +
        " HTTP/1.1\r\nHost: " + format_host_port({connection.host, connection.port}) +
        "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: " +
        key_ + "\r\nUser-Agent: " + settings_.user_agent + "\r\n\r\n";
    if (const auto sent = stream_.write(request); !sent) return close(sent.error());
    patience_.start(settings_.upgrade_timeout);
}

void websocket_client::state::on_bytes(std::size_t size) {
    const std::string_view bytes(room_.data(), size);
    if (frames_ == nullptr)
        read_answer(bytes);
    else
        read_frames(bytes);
}

void websocket_client::state::read_answer(std::string_view bytes) {
    if (!stream_open_) return;
    head_.append(bytes);
    answer_parser parser;
    parser.header_limit(head_size_max);
    boost::beast::error_code problem;
    const std::size_t used =
        parser.put(boost::asio::const_buffer(head_.data(), head_.size()), problem);
    if (problem == http::error::need_more && !parser.is_header_done()) return;
    if (problem && !parser.is_header_done()) {
        return close({errc::wrong_protocol, "the peer does not speak HTTP"});
    }
    const auto& answer = parser.get();
    if (answer.result_int() != status_switching)
        return refuse(static_cast<int>(answer.result_int()));
    const auto proof = answer["Sec-WebSocket-Accept"];
    if (std::string_view(proof.data(), proof.size()) != accept_of(key_)) {
        return close({errc::wrong_protocol, "the peer's upgrade is no WebSocket's"});
    }
    const std::string rest = head_.substr(used);
    patience_.stop();
    begin_frames();
    handler_.on_open();
    read_frames(rest);
}

void websocket_client::state::refuse(int status) {
    detail_ = "HTTP status " + std::to_string(status);
    close({errc::refused, "the peer refused the WebSocket", status});
}

void websocket_client::state::begin_frames() {
    wslay_event_callbacks callbacks{};
    callbacks.recv_callback = &state::on_read;
    callbacks.send_callback = &state::on_write;
    callbacks.genmask_callback = &state::on_mask;
    callbacks.on_msg_recv_callback = &state::on_message;
    ensure(wslay_event_context_client_init(&frames_, &callbacks, this) == 0,
           "a WebSocket's frames can be made");
    wslay_event_config_set_max_recv_msg_length(frames_, settings_.message_size_max);
}

void websocket_client::state::end_frames() {
    if (frames_ != nullptr) wslay_event_context_free(std::exchange(frames_, nullptr));
}

// A message's handler may close the connection, but on_closed comes on a later turn.
void websocket_client::state::read_frames(std::string_view bytes) {
    if (!stream_open_) return;
    unread_ = bytes;
    const int read = wslay_event_recv(frames_);
    const auto sent = flush();
    if (!stream_open_) return;
    if (!sent) return close(sent.error());
    if (read == 0 && wslay_event_want_read(frames_) != 0) return;
    close(end_of_frames());
}

// What wslay told the peer when it gave up reading.
error websocket_client::state::end_of_frames() const {
    if (wslay_event_get_close_received(frames_) != 0)
        return {errc::disconnected, "the peer ended the WebSocket"};
    if (wslay_event_get_status_code_sent(frames_) == WSLAY_CODE_MESSAGE_TOO_BIG)
        return {errc::too_large, "a message is larger than allowed"};
    return {errc::malformed, "the peer broke the WebSocket's framing"};
}

result<void> websocket_client::state::send_text(std::string_view message) {
    if (frames_ == nullptr) return failure(errc::invalid_state, "the WebSocket is not open");
    const wslay_event_msg queued{
        WSLAY_TEXT_FRAME, reinterpret_cast<const std::uint8_t*>(message.data()), message.size()};
    if (wslay_event_queue_msg(frames_, &queued) != 0)
        return failure(errc::disconnected, "the WebSocket is closing");
    return flush();
}

result<void> websocket_client::state::flush() {
    if (wslay_event_send(frames_) == 0) return {};
    return failure(errc::full, "the WebSocket cannot be written to");
}

void websocket_client::state::on_closed(const error& reason) {
    stream_open_ = false;
    patience_.stop();
    end_frames();
    if (detail_.empty()) detail_ = stream_.detail();
    handler_.on_closed(reason);
}

ssize_t websocket_client::state::on_read(wslay_event_context_ptr frames, std::uint8_t* out,
                                         std::size_t size, int, void* self) noexcept {
    std::string_view& unread = static_cast<state*>(self)->unread_;
    const std::size_t taken = std::min(size, unread.size());
    if (taken == 0) {
        wslay_event_set_error(frames, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    std::memcpy(out, unread.data(), taken);
    unread.remove_prefix(taken);
    return static_cast<ssize_t>(taken);
}

ssize_t websocket_client::state::on_write(wslay_event_context_ptr frames, const std::uint8_t* bytes,
                                          std::size_t size, int, void* self) noexcept {
    auto& owner = *static_cast<state*>(self);
    if (owner.stream_.write(std::string_view(reinterpret_cast<const char*>(bytes), size)))
        return static_cast<ssize_t>(size);
    wslay_event_set_error(frames, WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
}

int websocket_client::state::on_mask(wslay_event_context_ptr, std::uint8_t* out, std::size_t size,
                                     void*) noexcept {
    return RAND_bytes(out, static_cast<int>(size)) == 1 ? 0 : -1;
}

void websocket_client::state::on_message(wslay_event_context_ptr,
                                         const wslay_event_on_msg_recv_arg* message,
                                         void* self) noexcept {
    auto& owner = *static_cast<state*>(self);
    if (message->opcode != WSLAY_TEXT_FRAME && message->opcode != WSLAY_BINARY_FRAME) return;
    if (!owner.stream_open_) return;
    owner.handler_.on_text({reinterpret_cast<const char*>(message->msg), message->msg_length});
}

websocket_client::websocket_client(loop& owner, const websocket_settings& settings,
                                   websocket_handler& handler)
    : state_(std::make_unique<state>(owner, settings, handler)) {}

websocket_client::~websocket_client() = default;

void websocket_client::connect(const std::string& target) {
    state_->connect(target);
}

result<void> websocket_client::send_text(std::string_view message) {
    return state_->send_text(message);
}

void websocket_client::close(const error& reason) {
    state_->close(reason);
}

bool websocket_client::is_open() const noexcept {
    return state_->is_open();
}

const std::string& websocket_client::detail() const noexcept {
    return state_->detail();
}

}  // namespace callstream
