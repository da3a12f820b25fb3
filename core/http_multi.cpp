#include "core/http_multi.h"

#include <algorithm>
#include <mutex>

#include "core/ensure.h"

namespace callstream {

namespace {

void start_library() {
    static std::once_flag done;
    std::call_once(done, [] {
        ensure(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK, "libcurl can be started");
    });
}

}  // namespace

struct http_multi::watched_socket {
    uv_poll_t handle{};
    http_multi* owner = nullptr;
    curl_socket_t socket = CURL_SOCKET_BAD;

    static void ready(uv_poll_t* handle, int status, int events) noexcept {
        const auto* self = static_cast<watched_socket*>(handle->data);
        int flags = status < 0 ? CURL_CSELECT_ERR : 0;
        if ((events & UV_READABLE) != 0) flags |= CURL_CSELECT_IN;
        if ((events & UV_WRITABLE) != 0) flags |= CURL_CSELECT_OUT;
        self->owner->act(self->socket, flags);  // which may close this handle
    }
};

http_multi::http_multi(loop& owner, const tls_settings& tls, unsigned connection_count_max)
    : owner_(owner), tls_(tls), timer_(owner, [this] { act(CURL_SOCKET_TIMEOUT, 0); }) {
    start_library();
    multi_ = curl_multi_init();
    cookies_ = curl_share_init();
    ensure(multi_ != nullptr && cookies_ != nullptr, "an HTTP client can be made");
    curl_share_setopt(cookies_, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &http_multi::on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &http_multi::on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, long{connection_count_max});
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, long{connection_count_max});
}

http_multi::~http_multi() {
    curl_multi_cleanup(multi_);
    curl_share_cleanup(cookies_);
    while (!watched_.empty())
        forget(watched_.back());
}

void http_multi::add(CURL* easy) {
    ensure(!inside_, "an HTTP call is not started from its receiver");
    ensure(curl_multi_add_handle(multi_, easy) == CURLM_OK, "an HTTP call can be added");
}

void http_multi::remove(CURL* easy) {
    ensure(!inside_, "an HTTP call is not cancelled from its receiver");
    ensure(curl_multi_remove_handle(multi_, easy) == CURLM_OK, "an HTTP call can be removed");
}

http_multi::watched_socket* http_multi::watch(curl_socket_t socket) {
    auto added = std::make_unique<watched_socket>();
    if (uv_poll_init_socket(owner_.native(), &added->handle, socket) != 0) return nullptr;
    added->handle.data = added.get();
    added->owner = this;
    added->socket = socket;
    watched_.push_back(added.get());
    curl_multi_assign(multi_, socket, added.get());
    return added.release();
}

void http_multi::forget(watched_socket* watched) {
    watched_.erase(std::find(watched_.begin(), watched_.end(), watched));
    uv_close(reinterpret_cast<uv_handle_t*>(&watched->handle), [](uv_handle_t* handle) noexcept {
        delete static_cast<watched_socket*>(handle->data);
    });
}

int http_multi::on_socket(CURL*, curl_socket_t socket, int what, void* self, void* watched) {
    auto& owner = *static_cast<http_multi*>(self);
    auto* known = static_cast<watched_socket*>(watched);
    if (what == CURL_POLL_REMOVE) {
        if (known != nullptr) owner.forget(known);
        return 0;
    }
    if (known == nullptr) known = owner.watch(socket);
    if (known == nullptr) return -1;
    int events = 0;
    if ((what & CURL_POLL_IN) != 0) events |= UV_READABLE;
    if ((what & CURL_POLL_OUT) != 0) events |= UV_WRITABLE;
    return uv_poll_start(&known->handle, events, &watched_socket::ready) == 0 ? 0 : -1;
}

int http_multi::on_timer(CURLM*, long timeout_ms, void* self) {
    auto& owner = *static_cast<http_multi*>(self);
    if (timeout_ms < 0)
        owner.timer_.stop();
    else
        owner.timer_.start(std::chrono::milliseconds(timeout_ms));
    return 0;
}

void http_multi::act(curl_socket_t socket, int events) {
    int running = 0;
    inside_ = true;
    curl_multi_socket_action(multi_, socket, events, &running);
    inside_ = false;
    tell_ends();
}

// A transfer that is told may start, cancel or destroy others: each end is looked up anew.
void http_multi::tell_ends() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        CURL* const easy = message->easy_handle;
        const CURLcode code = message->data.result;
        char* owner = nullptr;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, &owner);
        remove(easy);
        static_cast<http_transfer*>(static_cast<void*>(owner))->on_transfer_done(code);
    }
}

}  // namespace callstream
