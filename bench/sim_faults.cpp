#include "bench/sim_faults.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace callstream::sim {

namespace {

constexpr std::array<std::string_view, 9> fault_names{
    "none", "server-error", "page", "mistaken", "cut", "cut-gzip", "busy", "empty", "huge"};
constexpr std::uint64_t announced_kind_count = 7;  // server_error to empty
constexpr std::size_t huge_sent_size = 64U << 20;

// As gzip that packs nothing: stored blocks. Its end is not there, so it needs no checksum.
std::string cut_gzip(std::string_view bytes) {
    constexpr std::size_t block_size_max = 0xffff;
    std::string packed("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
    bytes = bytes.substr(0, bytes.size() / 2 + 1);
    while (!bytes.empty()) {
        const auto size = std::min(bytes.size(), block_size_max);
        packed += '\0';  // not the last block
        for (const std::size_t field : {size, ~size})
            packed.append({static_cast<char>(field & 0xff), static_cast<char>(field >> 8 & 0xff)});
        packed += bytes.substr(0, size);
        bytes.remove_prefix(size);
    }
    return packed;
}

}  // namespace

poll_fault fault_named(std::string_view name) {
    const auto found = std::find(fault_names.begin(), fault_names.end(), name);
    return found == fault_names.end() ? poll_fault::none
                                      : static_cast<poll_fault>(found - fault_names.begin());
}

poll_fault fault_plan::next() {
    poll_fault fault = std::exchange(wanted_, poll_fault::none);
    if (fault == poll_fault::none) fault = always_;
    if (every_ > 0 && ++answers_ % every_ == 0)
        fault = static_cast<poll_fault>(1 + answers_ / every_ % announced_kind_count);
    if (fault != poll_fault::none) ++count_;
    return fault;
}

poll_reply spoil(poll_fault fault, poll_reply reply, const poll_reply& mistaken, bool takes_gzip,
                 bool& closes) {
    closes = false;
    switch (fault) {
        case poll_fault::none:
            return reply;
        case poll_fault::server_error:
            return {"<html><body><h1>500 Internal Server Error</h1></body></html>\n", 500,
                    "text/html"};
        case poll_fault::page:
            return login_page();
        case poll_fault::mistaken:
            return mistaken;
        case poll_fault::busy:
            return {"busy\n", 503, "text/plain", "Retry-After: 1\r\n"};
        case poll_fault::empty:
            return {};
        case poll_fault::cut_gzip:
            if (takes_gzip) {
                reply.body = cut_gzip(reply.body);
                reply.headers += "Content-Encoding: gzip\r\n";
                return reply;
            }
            [[fallthrough]];
        case poll_fault::cut:
            // A chunk of which half comes: chunks count more than the length that the server adds.
            reply.body = fmt::format("{:x}\r\n{}", reply.body.size() + 1,
                                     reply.body.substr(0, reply.body.size() / 2));
            break;
        case poll_fault::huge:
            reply.body = "280000000\r\n[" + std::string(huge_sent_size, ' ');
            break;
    }
    reply.headers += "Transfer-Encoding: chunked\r\n";
    closes = true;
    return reply;
}

}  // namespace callstream::sim
