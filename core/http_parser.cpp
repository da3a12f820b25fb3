#include "core/http_parser.h"

#include <functional>
#include <limits>
#include <optional>

#include <boost/beast/http/basic_parser.hpp>

namespace callstream {

namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

// A chunk's first line, or the last one's with its trailer, each within its own bound.
constexpr std::size_t chunk_wait_size_max = 4 * limits::http_chunk_line_size_max;

std::string_view view(beast::string_view text) noexcept {
    return {text.data(), text.size()};
}

std::string_view reason_of(const beast::error_code& problem) noexcept {
    if (problem == http::error::bad_line_ending) return "a line does not end with CR LF";
    if (problem == http::error::bad_method) return "the method is no token";
    if (problem == http::error::bad_target) return "the request line has no valid path";
    if (problem == http::error::bad_version) return "the version is not HTTP/1.0 or HTTP/1.1";
    if (problem == http::error::bad_field) return "a header's name is no token";
    if (problem == http::error::bad_value) return "a header's value has a control character";
    if (problem == http::error::bad_content_length) return "the length is no number or said twice";
    if (problem == http::error::bad_transfer_encoding)
        return "a transfer coding beside a length, or said twice";
    if (problem == http::error::bad_chunk) return "a chunk does not begin with its size";
    if (problem == http::error::bad_chunk_extension) return "a chunk's extension is malformed";
    if (problem == http::error::bad_obs_fold) return "a folded header";
    return "malformed HTTP";
}

// The path of an absolute target, which clients of proxies send: http://host/path.
std::string_view without_authority(std::string_view target) noexcept {
    const std::size_t scheme_end = target.find("://");
    if (target.front() == '/' || scheme_end == std::string_view::npos) return target;
    const std::size_t path = target.find('/', scheme_end + 3);
    return path == std::string_view::npos ? std::string_view("/") : target.substr(path);
}

// Where in the first line the fault is: Beast takes the line as a whole or not at all.
std::size_t place_in_line(const beast::error_code& problem, std::string_view bytes) noexcept {
    const std::string_view line = bytes.substr(0, bytes.find('\r'));
    const std::size_t target = line.find(' ');
    if (target == std::string_view::npos) return 0;
    if (problem == http::error::bad_target) return target + 1;
    const std::size_t version = line.find(' ', target + 1);
    return problem == http::error::bad_version && version != std::string_view::npos ? version + 1
                                                                                    : 0;
}

// Fills the head that it is given; the text of the body goes to a string.
class request_reader final : public http::basic_parser<true> {
public:
    request_reader(http_head& head, std::string_view bytes) : head_(head), bytes_(bytes) {
        eager(false);
        header_limit(limits::http_head_size_max);
        body_limit(std::numeric_limits<std::uint64_t>::max());  // the host has its own
    }

    http_refusal refusal{0, {}, 0};
    std::string* body = nullptr;
    std::size_t body_size_max = 0;

private:
    using error_code = beast::error_code;

    void refuse(unsigned status, std::string_view reason, error_code& problem) {
        refusal = {status, reason, 0};
        problem = http::error::bad_value;
    }

    void on_request_impl(http::verb, beast::string_view method, beast::string_view target,
                         int version, error_code&) override {
        head_.method = view(method);
        const std::string_view whole = without_authority(view(target));
        const std::size_t mark = whole.find('?');
        head_.path = whole.substr(0, mark);
        head_.query = mark == std::string_view::npos ? std::string_view() : whole.substr(mark + 1);
        head_.is_1_1 = version == 11;
    }
    void on_response_impl(int, beast::string_view, int, error_code&) override {}

    void on_field_impl(http::field known, beast::string_view name, beast::string_view value,
                       error_code& problem) override {
        if (in_trailer_) {
            trailer_size_ += name.size() + value.size();
            if (trailer_size_ > limits::http_chunk_line_size_max)
                refuse(400, "the trailer is too long", problem);
            return;
        }
        if (head_.count == head_.all.size()) return refuse(431, "too many headers", problem);
        const std::string_view said = view(value);
        if (is_folded(view(name), said)) return refuse(400, "a folded header", problem);
        const bool is_list = said.find(',') != std::string_view::npos;
        if (known == http::field::content_length && (length_said_ || is_list))
            return refuse(400, "the length is said twice", problem);
        if (known == http::field::content_length) length_said_ = true;
        if (known == http::field::transfer_encoding && !same_token(said, "chunked"))
            return refuse(400, "the only transfer coding understood is chunked", problem);
        if (known == http::field::host && host_said_)
            return refuse(400, "the host is said twice", problem);
        if (known == http::field::host) host_said_ = true;
        if (known == http::field::expect) {
            head_.expects_continue = same_token(said, "100-continue");
            if (!head_.expects_continue)
                return refuse(417, "the only expectation understood is 100-continue", problem);
        }
        head_.all[head_.count++] = {view(name), said};
    }

    // Beast unfolds into memory of its own, or skips a first line without text.
    bool is_folded(std::string_view name, std::string_view value) const noexcept {
        const char* const name_end = name.data() + name.size();
        if (std::less<>()(value.data(), name_end) ||
            std::less<>()(bytes_.data() + bytes_.size(), value.data()))
            return true;
        const std::string_view between(name_end, static_cast<std::size_t>(value.data() - name_end));
        return between.find('\n') != std::string_view::npos;
    }

    void on_header_impl(error_code& problem) override {
        in_trailer_ = true;
        if (head_.is_1_1 && !host_said_) return refuse(400, "a header Host is missing", problem);
        if (!head_.is_1_1 && chunked())
            return refuse(400, "HTTP/1.0 has no transfer codings", problem);
        head_.is_chunked = chunked();
        head_.keep_alive = head_.is_1_1 && keep_alive();
        head_.content_length = content_length() ? *content_length() : 0;
    }

    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(beast::string_view text, error_code&) override { return text.size(); }

    void on_chunk_header_impl(std::uint64_t size, beast::string_view extension,
                              error_code& problem) override {
        if (extension.size() > limits::http_chunk_line_size_max)
            return refuse(400, "a chunk's first line is too long", problem);
        if (size > body_size_max - body->size()) refuse(413, "the body is too large", problem);
    }
    std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view text, error_code&) override {
        body->append(text.data(), text.size());
        return text.size();
    }
    void on_finish_impl(error_code&) override {}

    http_head& head_;
    std::string_view bytes_;
    bool length_said_ = false;
    bool host_said_ = false;
    bool in_trailer_ = false;
    std::size_t trailer_size_ = 0;
};

}  // namespace

std::size_t head_finder::find(std::string_view pending) noexcept {
    for (;;) {
        const std::size_t end = pending.find('\n', searched_);
        if (end == std::string_view::npos) {
            searched_ = pending.size();
            return 0;
        }
        const std::string_view line = pending.substr(line_begin_, end - line_begin_);
        searched_ = line_begin_ = end + 1;
        if (line.empty() || line == "\r") return searched_;
    }
}

class http_parser::state {
public:
    tl::expected<void, http_refusal> read_head(std::string_view bytes) {
        head_.count = 0;
        head_.expects_continue = head_.is_chunked = false;
        head_.content_length = 0;
        reader_.emplace(head_, bytes);
        std::size_t done = 0;
        while (!reader_->is_header_done()) {
            beast::error_code problem;
            done += put(bytes.substr(done), problem);
            if (problem == http::error::need_more ||
                (!problem && done == bytes.size() && !reader_->is_header_done()))
                return tl::unexpected(http_refusal{400, "a line does not end with CR LF", done});
            if (problem && done == 0) done = place_in_line(problem, bytes);
            if (problem) return tl::unexpected(refusal(problem, done));
        }
        if (done != bytes.size())
            return tl::unexpected(http_refusal{400, "a line does not end with CR LF", done});
        return {};
    }

    tl::expected<std::size_t, http_refusal> read_chunks(std::string_view pending, std::string& body,
                                                        std::size_t body_size_max) {
        reader_->body = &body;
        reader_->body_size_max = body_size_max;
        std::size_t done = 0;
        while (!reader_->is_done() && done < pending.size()) {
            beast::error_code problem;
            done += put(pending.substr(done), problem);
            if (problem == http::error::need_more) {
                if (pending.size() - done <= chunk_wait_size_max) break;
                return tl::unexpected(http_refusal{400, "a chunk's first line is too long", done});
            }
            if (problem) return tl::unexpected(refusal(problem, done));
        }
        return done;
    }

    const http_head& head() const noexcept { return head_; }
    bool is_done() const noexcept { return reader_->is_done(); }

private:
    std::size_t put(std::string_view bytes, beast::error_code& problem) {
        return reader_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), problem);
    }

    http_refusal refusal(const beast::error_code& problem, std::size_t offset) const {
        if (reader_->refusal.status != 0)
            return {reader_->refusal.status, reader_->refusal.reason, offset};
        return {400, reason_of(problem), offset};
    }

    http_head head_;
    std::optional<request_reader> reader_;
};

http_parser::http_parser() : state_(std::make_unique<state>()) {}
http_parser::~http_parser() = default;

tl::expected<void, http_refusal> http_parser::read_head(std::string_view bytes) {
    return state_->read_head(bytes);
}

const http_head& http_parser::head() const noexcept {
    return state_->head();
}

tl::expected<std::size_t, http_refusal> http_parser::read_chunks(std::string_view pending,
                                                                 std::string& body,
                                                                 std::size_t body_size_max) {
    return state_->read_chunks(pending, body, body_size_max);
}

bool http_parser::chunks_done() const noexcept {
    return state_->is_done();
}

}  // namespace callstream
