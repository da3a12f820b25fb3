// Replies of a Redis, or of what calls itself one: where the bytes are cut makes no difference, and
// every reply is whole.
//
// The input's first byte chooses the cuts; the others are the stream.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "sinks/resp_reader.h"

namespace {

using namespace callstream;
using namespace callstream::sinks;

constexpr std::size_t reply_size_max = 4096;

void require(bool holds) {
    if (!holds) std::abort();
}

struct outcome {
    std::string replies;
    bool ended = false;  // by a malformed reply or one that is too large

    bool operator==(const outcome&) const = default;
};

void add(resp_reply reply, outcome& seen) {
    require(!reply.empty() && node_count(reply) == reply.size());
    for (const resp_node& node : reply) {
        seen.replies += static_cast<char>('a' + static_cast<int>(node.kind));
        seen.replies += std::to_string(node.integer);
        seen.replies += ' ';
        seen.replies += node.text;
        seen.replies += '\n';
    }
}

void take_replies(resp_reader& reader, outcome& seen) {
    while (!seen.ended) {
        const auto next = reader.next();
        if (!next)
            seen.ended = true;
        else if (*next)
            add(**next, seen);
        else
            return;
    }
}

outcome read(std::string_view stream, std::size_t piece) {
    resp_reader reader(reply_size_max);
    outcome seen;
    while (!stream.empty() && !seen.ended) {
        const std::string_view now = stream.substr(0, piece);
        stream.remove_prefix(now.size());
        if (!reader.feed(now)) seen.ended = true;
        take_replies(reader, seen);
    }
    return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2 || size > reply_size_max) return 0;
    const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
    const outcome whole = read(stream, stream.size());
    require(read(stream, std::size_t{1} + data[0] % 16) == whole);
    return 0;
}
