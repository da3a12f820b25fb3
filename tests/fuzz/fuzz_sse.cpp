// Server-sent events of anybody: where the bytes are cut makes no difference.
//
// The input's first byte chooses the cuts; the others are the stream.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/sse_reader.h"

namespace {

using namespace callstream;

constexpr std::size_t stream_size_max = 4096;

std::string read(std::string_view stream, std::size_t piece) {
    sse_reader reader(stream_size_max);
    std::string seen;
    while (!stream.empty()) {
        const std::string_view now = stream.substr(0, piece);
        stream.remove_prefix(now.size());
        if (!reader.feed(now)) std::abort();  // the whole stream is smaller than the bound
        while (const auto event = reader.next())
            seen.append(event->type)
                .append(1, '\1')
                .append(event->id)
                .append(1, '\1')
                .append(event->data)
                .append(1, '\2');
    }
    return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2 || size > stream_size_max) return 0;
    const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (read(stream, stream.size()) != read(stream, std::size_t{1} + data[0] % 16)) std::abort();
    return 0;
}
