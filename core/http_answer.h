// HTTP answers as bytes.
//
// Threads: any.
#pragma once

#include <string>
#include <string_view>

namespace callstream {

struct http_answer {
    unsigned status = 200;
    std::string_view body{};
    std::string_view content_type = "text/plain; charset=utf-8";
    std::string_view challenge{};  // WWW-Authenticate
    std::string_view allow{};
    unsigned retry_after_s = 0;  // 0: none
    bool close = false;          // the connection ends with it
    std::string_view content_range{};
    std::string_view headers{};  // more of them: whole lines, each with its end
    bool streams = false;        // its body has no end that is known; the connection ends with it
};

std::string_view reason_phrase(unsigned status) noexcept;

// `date` as HTTP writes it; `headers_only` for HEAD.
void append_answer(std::string& out, const http_answer& answer, std::string_view date,
                   bool headers_only);

}  // namespace callstream
