#include "core/http_client.h"

#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "core/ensure.h"
#include "core/http_failure.h"
#include "core/http_gzip.h"
#include "core/http_head.h"
#include "core/http_multi.h"
#include "core/http_upload.h"

namespace callstream {

namespace {

constexpr std::string_view status_line_start = "HTTP/";

std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
        text.remove_suffix(1);
    return text;
}

// HTTP/1.1 200 OK, HTTP/2 200.
int status_of(std::string_view line) noexcept {
    int status = 0;
    const std::size_t space = line.find(' ');
    if (space != std::string_view::npos)
        std::from_chars(line.data() + space + 1, line.data() + line.size(), status);
    return status;
}

bool is_redirection(int status) noexcept {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

std::string_view http_answer_head::find(std::string_view name) const noexcept {
    std::string_view rest = lines_;
    while (!rest.empty()) {
        const std::size_t end = rest.find('\n');
        const std::string_view line = rest.substr(0, end);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        const std::size_t colon = line.find(':');
        if (colon != std::string_view::npos && same_token(line.substr(0, colon), name))
            return trimmed(line.substr(colon + 1));
    }
    return {};
}

http_client::http_client(loop& owner, const http_client_settings& settings)
    : settings_(settings),
      multi_(std::make_unique<http_multi>(owner, settings.tls, settings.connection_count_max)) {}

http_client::~http_client() = default;

// libcurl tells them as a cookie file has them: domain, tail, path, secure, end, name, value.
std::string http_client::cookies() const {
    CURL* const easy = curl_easy_init();
    ensure(easy != nullptr, "cookies can be asked for");
    curl_easy_setopt(easy, CURLOPT_SHARE, multi_->cookies());
    curl_slist* lines = nullptr;
    curl_easy_getinfo(easy, CURLINFO_COOKIELIST, &lines);
    std::string out;
    for (const curl_slist* each = lines; each != nullptr; each = each->next) {
        const std::string_view line = each->data;
        const std::size_t value = line.rfind('\t');
        const std::size_t name =
            value == 0 || value == line.npos ? line.npos : line.rfind('\t', value - 1);
        if (name == line.npos) continue;
        out.append(out.empty() ? "" : "; ").append(line.substr(name + 1, value - name - 1));
        out.append("=").append(line.substr(value + 1));
    }
    curl_slist_free_all(lines);
    curl_easy_cleanup(easy);
    return out;
}

class http_call::state final : http_transfer {
public:
    state(http_client& client, http_receiver& receiver)
        : client_(client), receiver_(receiver), easy_(curl_easy_init()) {
        ensure(easy_ != nullptr, "an HTTP call can be made");
    }
    ~state() {
        cancel();
        curl_easy_cleanup(easy_);
        curl_slist_free_all(headers_);
    }
    state(const state&) = delete;
    state& operator=(const state&) = delete;

    void start(http_call_request request);
    void cancel();
    bool under_way() const noexcept { return under_way_; }
    const std::string& detail() const noexcept { return detail_; }

private:
    static std::size_t on_line(char* bytes, std::size_t, std::size_t size, void* self);
    static std::size_t on_piece(char* bytes, std::size_t, std::size_t size, void* self);
    void on_transfer_done(CURLcode code) override;

    void open_body();
    void set_message();
    void set_body();
    void set_login();
    void set_bounds();
    bool take_line(std::string_view line);
    bool take_piece(std::string_view piece);
    result<void> give(std::string_view piece);
    bool tell_head();
    bool fail(const error& failed);
    error explain(CURLcode code);

    http_client& client_;
    http_receiver& receiver_;
    CURL* const easy_;
    http_call_request request_;
    curl_slist* headers_ = nullptr;
    http_answer_head head_;
    bool under_way_ = false;
    bool head_told_ = false;
    std::uint64_t size_ = 0;
    std::optional<http_gzip> packed_;
    bool is_unreadable_ = false;  // compressed in a way that was not offered
    std::optional<http_upload> upload_;
    std::optional<error> failed_;  // found by us, not by libcurl
    std::string detail_;
    std::array<char, CURL_ERROR_SIZE> words_{};
};

void http_call::state::start(http_call_request request) {
    ensure(!under_way_, "an HTTP call does one thing at a time");
    request_ = std::move(request);
    head_ = {};
    head_told_ = false;
    size_ = 0;
    packed_.reset();
    is_unreadable_ = false;
    upload_.reset();
    failed_.reset();
    detail_.clear();
    words_[0] = '\0';
    curl_easy_setopt(easy_, CURLOPT_COOKIEFILE, nullptr);  // a reset would lose its memory
    curl_easy_reset(easy_);
    if (!request_.body_file.empty()) open_body();
    set_message();
    set_login();
    set_bounds();
    client_.multi_->tls().apply(easy_);
    under_way_ = true;
    client_.multi_->add(easy_);
}

// What cannot be opened ends the call before anything is sent: libcurl then has no URL.
void http_call::state::open_body() {
    auto opened = http_upload::open(request_.body_file);
    if (opened) {
        upload_.emplace(*std::move(opened));
        return;
    }
    failed_ = opened.error();
    request_.url.clear();
}

void http_call::state::cancel() {
    if (!std::exchange(under_way_, false)) return;
    client_.multi_->remove(easy_);
}

void http_call::state::set_message() {
    curl_easy_setopt(easy_, CURLOPT_PRIVATE, static_cast<http_transfer*>(this));
    curl_easy_setopt(easy_, CURLOPT_URL, request_.url.c_str());
    curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy_, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy_, CURLOPT_PROXY, "");
    curl_easy_setopt(easy_, CURLOPT_USERAGENT, client_.settings_.user_agent.c_str());
    curl_easy_setopt(
        easy_, CURLOPT_HTTP_VERSION,
        long{client_.settings_.offers_http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1});
    curl_easy_setopt(easy_, CURLOPT_HTTP_CONTENT_DECODING, 0L);  // see http_gzip
    curl_slist_free_all(std::exchange(headers_, nullptr));
    if (request_.offers_gzip && request_.resume_at == 0)
        headers_ = curl_slist_append(headers_, "Accept-Encoding: gzip");
    for (const std::string& line : request_.headers)
        headers_ = curl_slist_append(headers_, line.c_str());
    // Embedded servers never answer it. Of what is signed libcurl would sign it, and not send it.
    if (request_.login != http_login::aws_v4) headers_ = curl_slist_append(headers_, "Expect:");
    curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_);
    set_body();
    curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &state::on_line);
    curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
    curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &state::on_piece);
    curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, words_.data());
}

void http_call::state::set_body() {
    if (upload_) return upload_->apply(easy_);
    if (request_.method == "GET") return;
    curl_easy_setopt(easy_, CURLOPT_POST, 1L);
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, request_.body.data());
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request_.body.size()));
    if (request_.method != "POST")
        curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
}

void http_call::state::set_login() {
    if (client_.settings_.keeps_cookies) {
        curl_easy_setopt(easy_, CURLOPT_SHARE, client_.multi_->cookies());
        curl_easy_setopt(easy_, CURLOPT_COOKIEFILE, "");  // begins to keep them; reads no file
    }
    if (request_.login == http_login::none) return;
    const bool digest = request_.login == http_login::digest;
    if (request_.login == http_login::aws_v4)
        curl_easy_setopt(easy_, CURLOPT_AWS_SIGV4, request_.signed_for.c_str());
    else
        curl_easy_setopt(easy_, CURLOPT_HTTPAUTH, digest ? CURLAUTH_DIGEST : CURLAUTH_BASIC);
    curl_easy_setopt(easy_, CURLOPT_USERNAME, request_.username.c_str());
    curl_easy_setopt(easy_, CURLOPT_PASSWORD, request_.password.reveal().c_str());
}

// QUICK_EXIT: a call that ends while its name is being resolved must not wait for the resolver.
void http_call::state::set_bounds() {
    curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy_, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(easy_, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(client_.settings_.connect_timeout.count()));
    curl_easy_setopt(easy_, CURLOPT_TIMEOUT_MS, static_cast<long>(request_.total_timeout.count()));
    curl_easy_setopt(easy_, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(easy_, CURLOPT_LOW_SPEED_TIME,
                     static_cast<long>(request_.stall_timeout.count()));
    curl_easy_setopt(easy_, CURLOPT_MAXFILESIZE_LARGE,
                     static_cast<curl_off_t>(request_.answer_size_max));
    if (request_.redirect_count_max > 0) {
        // libcurl counts the answer to a digest's challenge, too.
        const long logins = request_.login == http_login::digest ? 1 : 0;
        curl_easy_setopt(easy_, CURLOPT_FOLLOWLOCATION, 1L);
        curl_easy_setopt(easy_, CURLOPT_MAXREDIRS, long{request_.redirect_count_max} + logins);
    }
    if (request_.resume_at > 0)
        curl_easy_setopt(easy_, CURLOPT_RANGE,
                         (std::to_string(request_.resume_at) + '-').c_str());  // which is copied
}

std::size_t http_call::state::on_line(char* bytes, std::size_t, std::size_t size, void* self) {
    return static_cast<state*>(self)->take_line({bytes, size}) ? size : 0;
}

std::size_t http_call::state::on_piece(char* bytes, std::size_t, std::size_t size, void* self) {
    return static_cast<state*>(self)->take_piece({bytes, size}) ? size : 0;
}

// Each answer on the way to the final one begins with a status line: only the last is told.
bool http_call::state::take_line(std::string_view line) {
    if (head_told_) return true;  // a trailer
    if (line.starts_with(status_line_start)) {
        head_.lines_.clear();
        head_.status_ = status_of(line);
        return true;
    }
    if (head_.lines_.size() + line.size() > http_answer_head_size_max)
        return fail({errc::too_large, "the answer's head is larger than allowed"});
    head_.lines_.append(line);
    return true;
}

bool http_call::state::take_piece(std::string_view piece) {
    constexpr int first_error = 400;
    if (!tell_head()) return false;
    // What the status says matters more than the words of a proxy that compresses unasked.
    if (is_unreadable_ && head_.status_ >= first_error) return true;
    if (is_unreadable_)
        return fail({errc::malformed, "the answer's compression is not the one that was offered"});
    const auto taken =
        packed_ ? packed_->add(piece, [this](std::string_view some) { return give(some); })
                : give(piece);
    return taken ? true : fail(taken.error());
}

result<void> http_call::state::give(std::string_view piece) {
    size_ += piece.size();
    if (size_ > request_.answer_size_max)
        return failure(errc::too_large, "the answer is larger than allowed");
    return receiver_.on_body(piece);
}

bool http_call::state::tell_head() {
    if (std::exchange(head_told_, true)) return true;
    if (request_.redirect_count_max == 0 && is_redirection(head_.status_)) {
        detail_ = head_.find("Location");
        return fail({errc::refused, "the peer redirects to another address"});
    }
    const std::string_view coding = head_.find("Content-Encoding");
    if (same_token(coding, "gzip") || same_token(coding, "x-gzip"))
        packed_.emplace();
    else
        is_unreadable_ = !coding.empty() && !same_token(coding, "identity");
    const auto taken = receiver_.on_head(head_);
    return taken ? true : fail(taken.error());
}

bool http_call::state::fail(const error& failed) {
    failed_ = failed;
    return false;
}

error http_call::state::explain(CURLcode code) {
    long system_error = 0;
    curl_off_t ready_us = 0;  // unlike the time of connecting, also set on a kept connection
    curl_easy_getinfo(easy_, CURLINFO_OS_ERRNO, &system_error);
    curl_easy_getinfo(easy_, CURLINFO_PRETRANSFER_TIME_T, &ready_us);
    detail_ = words_.data();
    const std::string_view words = detail_;
    if (code == CURLE_PEER_FAILED_VERIFICATION && !client_.multi_->tls().refusal().empty()) {
        detail_ = client_.multi_->tls().detail();
        return {errc::tls, client_.multi_->tls().refusal()};
    }
    if (code == CURLE_SSL_CONNECT_ERROR && words.find("wrong version number") != words.npos)
        return {errc::wrong_protocol, "the peer does not speak TLS"};
    return explain_http_failure(code, static_cast<int>(system_error),
                                {ready_us > 0, head_.status_ != 0});
}

void http_call::state::on_transfer_done(CURLcode code) {
    if (code == CURLE_OK) tell_head();  // an answer without a body
    if (code == CURLE_OK && !failed_ && packed_ && !packed_->complete())
        failed_ = error{errc::disconnected, "the answer's gzip ended before its end"};
    under_way_ = false;
    result<void> outcome;
    if (failed_)
        outcome = tl::unexpected(*failed_);
    else if (code != CURLE_OK)
        outcome = tl::unexpected(explain(code));
    receiver_.on_done(outcome);  // which may destroy this
}

http_call::http_call(http_client& client, http_receiver& receiver)
    : state_(std::make_unique<state>(client, receiver)) {}

http_call::~http_call() = default;

void http_call::start(http_call_request request) {
    state_->start(std::move(request));
}

void http_call::cancel() {
    state_->cancel();
}

bool http_call::under_way() const noexcept {
    return state_->under_way();
}

const std::string& http_call::detail() const noexcept {
    return state_->detail();
}

}  // namespace callstream
