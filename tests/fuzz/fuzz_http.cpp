// HTTP requests: where the bytes are cut makes no difference to heads and chunked bodies, what is
// viewed lies within the bytes, no head is read in two ways, and none is let in without a secret.
//
// The input's first byte chooses the size of the pieces; the others are the connection's bytes.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>

#include "core/http_access.h"
#include "core/http_limits.h"
#include "core/http_parser.h"

namespace {

using namespace callstream;

constexpr std::size_t body_size_max = 4096;
constexpr std::string_view token = "t0ken";

void require(bool holds) {
    if (!holds) std::abort();
}

struct outcome {
    std::string words;  // every request, then how it ended
    bool operator==(const outcome&) const = default;
};

class reader {
public:
    // Bytes as far as they have come; false once the connection would end.
    bool read(std::string_view arrived) {
        while (!ended_ && step(arrived.substr(done_))) {
        }
        return !ended_;
    }
    outcome seen;

private:
    bool step(std::string_view pending) {
        if (in_chunks_) return read_chunks(pending);
        if (skip_ > 0) return skip(pending);
        const std::size_t size = finder_.find(pending.substr(0, limits::http_head_size_max));
        if (size == 0) return false;
        finder_.reset();
        require(size <= pending.size());
        const auto head = parser_.read_head(pending.substr(0, size));
        if (!head) return refuse(head.error());
        check(pending.substr(0, size));
        done_ += size;
        in_chunks_ = parser_.head().is_chunked;
        body_.clear();
        const std::uint64_t length = parser_.head().content_length;
        if (length > body_size_max) return refuse({413, "large", 0});
        skip_ = static_cast<std::size_t>(length);
        return skip(pending.substr(size));
    }

    bool skip(std::string_view pending) {
        const std::size_t size = std::min(skip_, pending.size());
        done_ += size;
        skip_ -= size;
        return skip_ == 0;
    }

    bool read_chunks(std::string_view pending) {
        const auto size = parser_.read_chunks(pending, body_, body_size_max);
        if (!size) return refuse(size.error());
        require(*size <= pending.size() && body_.size() <= body_size_max);
        done_ += *size;
        if (!parser_.chunks_done()) return false;
        in_chunks_ = false;
        seen.words += body_ + "\n";
        return true;
    }

    void check(std::string_view bytes) {
        const http_head& head = parser_.head();
        require(!(head.is_chunked && head.content_length > 0));
        for (const http_field& field : head.fields()) {
            const std::less_equal<const char*> before;
            require(before(bytes.data(), field.value.data()) &&
                    before(field.value.data() + field.value.size(), bytes.data() + bytes.size()));
            require(field.value.find_first_of("\r\n") == std::string_view::npos);
            seen.words.append(field.name).append(":").append(field.value).append("\n");
        }
        seen.words.append(head.method).append(head.path).append("?").append(head.query);
        check_credentials(bytes);
    }

    void check_credentials(std::string_view bytes) {
        static const http_access_settings settings{
            {}, "u", secret("p"), secret(std::string(token)), secret("k")};
        const auto says = [bytes](std::string_view word) {
            return bytes.find(word) != std::string_view::npos;
        };
        socket_address peer{};
        peer.any.sa_family = AF_INET;
        http_signature signature{};
        const http_access access = check_access(settings, parser_.head(), peer, signature);
        require(access != http_access::forbidden);
        require(access != http_access::granted || says(token) || says("dTpw"));  // u:p in base64
        seen.words += std::to_string(static_cast<int>(access));
    }

    bool refuse(const http_refusal& refusal) {
        require(refusal.status >= 400 && !refusal.reason.empty());
        seen.words += "refused " + std::to_string(refusal.status);
        ended_ = true;
        return false;
    }

    head_finder finder_;
    http_parser parser_;
    std::string body_;
    std::size_t done_ = 0;
    std::size_t skip_ = 0;
    bool in_chunks_ = false;
    bool ended_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2 || size > 64 * 1024) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::size_t step = data[0] + std::size_t{1};
    reader whole;
    whole.read(bytes);
    reader cut;
    for (std::size_t end = std::min(step, bytes.size());;
         end = std::min(end + step, bytes.size())) {
        if (!cut.read(bytes.substr(0, end)) || end == bytes.size()) break;
    }
    require(whole.seen == cut.seen);
    return 0;
}
