#include "core/http_answer.h"

#include <array>
#include <charconv>

namespace callstream {

namespace {

struct phrase {
    unsigned status;
    std::string_view words;
};

constexpr std::array phrases{
    phrase{200, "OK"},
    phrase{204, "No Content"},
    phrase{206, "Partial Content"},
    phrase{304, "Not Modified"},
    phrase{400, "Bad Request"},
    phrase{401, "Unauthorized"},
    phrase{403, "Forbidden"},
    phrase{404, "Not Found"},
    phrase{405, "Method Not Allowed"},
    phrase{408, "Request Timeout"},
    phrase{413, "Content Too Large"},
    phrase{415, "Unsupported Media Type"},
    phrase{417, "Expectation Failed"},
    phrase{429, "Too Many Requests"},
    phrase{431, "Request Header Fields Too Large"},
    phrase{500, "Internal Server Error"},
    phrase{503, "Service Unavailable"},
};

void append_number(std::string& out, std::size_t number) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
    if (!value.empty()) out.append(name).append(value).append("\r\n");
}

}  // namespace

std::string_view reason_phrase(unsigned status) noexcept {
    for (const phrase& known : phrases)
        if (known.status == status) return known.words;
    return "Status";
}

void append_answer(std::string& out, const http_answer& answer, std::string_view date,
                   bool headers_only) {
    out += "HTTP/1.1 ";
    append_number(out, answer.status);
    out.append(1, ' ').append(reason_phrase(answer.status)).append("\r\n");
    append_header(out, "Date: ", date);
    append_header(out, "WWW-Authenticate: ", answer.challenge);
    append_header(out, "Allow: ", answer.allow);
    append_header(out, "Content-Range: ", answer.content_range);
    if (answer.retry_after_s > 0) {
        out += "Retry-After: ";
        append_number(out, answer.retry_after_s);
        out += "\r\n";
    }
    out += answer.headers;
    if (answer.close) out += "Connection: close\r\n";
    if (!answer.body.empty() || answer.streams)
        append_header(out, "Content-Type: ", answer.content_type);
    if (!answer.streams) {
        out += "Content-Length: ";
        append_number(out, answer.body.size());
        out += "\r\n";
    }
    out += "\r\n";
    if (!headers_only) out += answer.body;
}

}  // namespace callstream
