#include "bench/sim_session.h"

#include <array>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace callstream::sim {

namespace {

constexpr std::size_t action_size_max = 64 * 1024;
constexpr int settle_count_max = 10;  // who never stops asking is played to after that
constexpr std::string_view blank_line = "\r\n\r\n";

// Callbacks come one at a time on the loop's thread, and the buffer is used before the next.
std::array<char, 64 * 1024> read_buffer;

void give_buffer(uv_handle_t*, std::size_t, uv_buf_t* buffer) noexcept {
    *buffer = uv_buf_init(read_buffer.data(), static_cast<unsigned>(read_buffer.size()));
}

}  // namespace

struct session::write {
    uv_write_t request;
    session* owner;
    std::string text;
};

session::session(const session_parts& parts, program& played, std::function<void(session&)> gone)
    : parts_(parts), program_(played), gone_(std::move(gone)), settle_(parts.owner, [this] {
          ready_ = true;
          program_.on_ready(*this);
      }) {
    socket_.data = this;
    plan_cut();
}

void session::plan_cut() {
    const session_settings& settings = parts_.settings;
    if (settings.cut_at != 0 && parts_.counters.cuts == 0) until_cut_ = settings.cut_at;
    if (settings.cut_every != 0)
        until_cut_ = settings.cut_every / 2 + parts_.random() % settings.cut_every + 1;
}

bool session::accept(uv_stream_t* listener) {
    uv_tcp_init(parts_.owner.native(), &socket_);
    auto* const stream = reinterpret_cast<uv_stream_t*>(&socket_);
    if (uv_accept(listener, stream) != 0) {
        close();
        return false;
    }
    uv_tcp_nodelay(&socket_, 1);
    uv_read_start(stream, give_buffer,
                  [](uv_stream_t* from, ssize_t size, const uv_buf_t* buffer) noexcept {
                      auto& self = *static_cast<session*>(from->data);
                      if (size < 0) return self.close();
                      self.read({buffer->base, static_cast<std::size_t>(size)});
                  });
    append(parts_.settings.banner);
    append("\r\n");
    flush();
    return true;
}

void session::read(std::string_view bytes) {
    if (silent_) return;
    input_ += bytes;
    std::size_t begin = 0;
    for (auto end = input_.find(blank_line); end != std::string::npos && !ending_;
         end = input_.find(blank_line, begin)) {
        obey(action::parse(std::string_view(input_).substr(begin, end - begin)));
        begin = end + blank_line.size();
    }
    input_.erase(0, begin);
    if (input_.size() > action_size_max) return close();
    flush();
}

void session::obey(const action& asked) {
    if (asked.name().empty()) return reply(error_reply(asked, "Missing action in request"));
    if (asked.is("Logoff")) {
        reply(sim::reply(asked, "Goodbye", "Message: Thanks for all the fish.\r\n"));
        return close_after_writing();
    }
    if (asked.is("Challenge")) {
        if (asked.find("AuthType") != "MD5")
            return reply(error_reply(asked, "Must specify AuthType"));
        challenge_ = std::to_string(parts_.random() % 1'000'000'000);
        return reply(sim::reply(asked, "Success", fmt::format("Challenge: {}\r\n", challenge_)));
    }
    if (asked.is("Login")) return log_in(asked);
    if (!logged_in_) return reply(error_reply(asked, "Permission denied"));
    answer_and_log(asked);
    const auto& settle = parts_.settings.settle;
    const bool patient = parts_.owner.time() - logged_in_at_ < settle_count_max * settle;
    if (!ready_ && patient) settle_.start(settle);
}

bool session::knows_secret(const action& asked) const {
    const session_settings& settings = parts_.settings;
    if (asked.find("Username") != settings.username) return false;
    if (asked.find("AuthType") == "MD5")
        return !challenge_.empty() && asked.find("Key") == md5_hex(challenge_ + settings.secret);
    return asked.find("Secret") == settings.secret;
}

void session::log_in(const action& asked) {
    if (!knows_secret(asked)) {
        ++parts_.counters.refused;
        reply(error_reply(asked, "Authentication failed"));
        return close_after_writing();
    }
    const std::string_view events = asked.find("Events");
    if (!events.empty()) mask_ = parse_event_mask(events);
    reply(sim::reply(asked, "Success", "Message: Authentication accepted\r\n"));
    if (logged_in_) return;
    ++parts_.counters.logins;
    logged_in_ = true;
    logged_in_at_ = parts_.owner.time();
    settle_.start(parts_.settings.settle);
    program_.on_login(*this);
}

void session::answer_and_log(const action& asked) {
    if (asked.is("Events")) {
        mask_ = parse_event_mask(asked.find("EventMask"));
        return reply(
            sim::reply(asked, "Success", mask_ == 0 ? "Events: Off\r\n" : "Events: On\r\n"));
    }
    const auto text = answer(asked, program_.shown());
    if (text) return reply(*text);
    reply(error_reply(asked, fmt::format("Invalid/unknown command: {}. Use Action: ListCommands "
                                         "to show available commands.",
                                         asked.name())));
}

bool session::wants(event_class kind) const {
    return (mask_ & parts_.settings.readable & static_cast<event_mask>(kind)) != 0;
}

void session::send(const event_view& event) {
    if (logged_in_ && wants(event.kind)) send_raw(event.text, 1);
}

std::size_t session::send_raw(std::string_view text, std::uint64_t event_count) {
    if (ending_ || silent_ || text.empty()) return 0;
    const bool cut = until_cut_ != 0 && text.size() >= until_cut_;
    if (cut) {
        text = text.substr(0, std::min<std::size_t>(until_cut_, text.size() - 1));
    } else if (until_cut_ != 0) {
        until_cut_ -= text.size();
    }
    parts_.counters.events += event_count;
    append(text);
    tail_ += text.substr(text.size() - std::min(text.size(), blank_line.size()));
    tail_.erase(0, tail_.size() - std::min(tail_.size(), blank_line.size()));
    between_messages_ = tail_ == blank_line;
    if (between_messages_) append(std::exchange(held_replies_, {}));
    if (cut) {
        ++parts_.counters.cuts;
        close_after_writing();
    }
    return text.size();
}

void session::reply(std::string_view text) {
    if (between_messages_) {
        append(text);
    } else {
        held_replies_ += text;
    }
}

void session::append(std::string_view text) {
    if (ending_) return;
    waiting_ += text;
    if (waiting_.size() <= parts_.settings.write_queue_size_max) return;
    ++parts_.counters.dropped;
    waiting_.clear();
    close();
}

void session::cut_inside_event() {
    constexpr unsigned some_event = 400;
    until_cut_ = 1 + parts_.random() % some_event;
}

void session::close_after_writing() {
    ending_ = true;
    flush();
}

void session::flush() {
    if (closed_ || writing_) return;
    if (waiting_.empty()) {
        if (ending_) close();
        return;
    }
    auto made = std::make_unique<write>();
    made->owner = this;
    made->request.data = made.get();
    made->text.swap(waiting_);
    parts_.counters.bytes += made->text.size();
    writing_ = true;
    const uv_buf_t buffer =
        uv_buf_init(made->text.data(), static_cast<unsigned>(made->text.size()));
    const int status =
        uv_write(&made->request, reinterpret_cast<uv_stream_t*>(&socket_), &buffer, 1,
                 [](uv_write_t* request, int failed) noexcept {
                     const std::unique_ptr<write> done(static_cast<write*>(request->data));
                     session& self = *done->owner;
                     self.writing_ = false;
                     if (failed != 0) return self.close();
                     if (self.logged_in_ && !self.ending_ && self.waiting_.empty())
                         self.program_.on_drained(self);
                     self.flush();
                 });
    if (status == 0) {
        static_cast<void>(made.release());  // the callback's now
    } else {
        close();
    }
}

void session::close() {
    ending_ = true;
    if (std::exchange(closed_, true)) return;
    settle_.stop();
    uv_close(reinterpret_cast<uv_handle_t*>(&socket_), [](uv_handle_t* handle) noexcept {
        auto& self = *static_cast<session*>(handle->data);
        self.program_.on_gone(self);
        self.gone_(self);
    });
}

}  // namespace callstream::sim
