// AMI framer and header index: where the bytes are cut makes no difference, every byte is
// accounted for, and all that comes out is UTF-8 within the bytes that went in.
//
// The input's first two bytes choose the cuts; the others are the stream.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>

#include "core/limits.h"
#include "parsers/ami_framer.h"
#include "parsers/ami_kind.h"
#include "parsers/ami_message.h"

namespace {

using namespace callstream;
using namespace callstream::parsers;

void require(bool holds) {
    if (!holds) std::abort();
}

struct outcome {
    std::uint64_t hash = 0;
    std::size_t done = 0;
    std::string_view refused;  // why, if the peer speaks no AMI

    bool operator==(const outcome&) const = default;
};

class reader {
public:
    explicit reader(const ami_simd& simd) : framer_(simd), message_(charset::guessed, simd) {}

    // The stream as far as it has come.
    void read(std::string_view arrived) {
        while (seen.refused.empty()) {
            const std::string_view pending = arrived.substr(seen.done);
            const auto found = framer_.next(pending);
            if (!found) {
                seen.refused = found.error().what;
                return;
            }
            const ami_frame& frame = framer_.frame();
            require(frame.size_wire <= pending.size());
            seen.done += frame.size_wire;
            if (found == ami_found::nothing) {
                require(framer_.torn_size() == pending.size() - frame.size_wire);
                require(framer_.torn_size() <= limits::ami_message_size_max);
                return;
            }
            require(frame.size_wire > 0);
            add(found == ami_found::rejected ? "rejected" : frame.bytes);
            if (found == ami_found::message) index(frame);
        }
    }

    outcome seen;

private:
    void add(std::string_view part) {
        seen.hash = seen.hash * 31 + std::hash<std::string_view>()(part);
    }

    void index(const ami_frame& frame) {
        message_.index(frame);
        for (const header& each : message_.headers()) {
            require(is_utf8(each.name) && is_utf8(each.value));
            require(message_.find(each.name).data() != nullptr || each.name.empty());
            add(each.name);
            add(each.value);
        }
        add(message_.output());
        add(name_of(message_.event()));
        seen.hash += static_cast<std::uint64_t>(kind_of(message_));
    }

    ami_framer framer_;
    ami_message message_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    std::string bytes(data + 2, data + size);
    const std::size_t stream_size = bytes.size();
    bytes.append(limits::slab_spare_size, '\n');  // the worst that may stand behind the stream
    const std::string_view stream = std::string_view(bytes).substr(0, stream_size);

    reader whole(ami_simd_variants().front());
    whole.read(stream);

    reader torn(ami_simd_variants().back());
    std::uint32_t random = data[0];
    const std::size_t size_max = 1U + data[1];
    for (std::size_t arrived = 0; arrived < stream_size;) {
        random = random * 1'664'525 + 1'013'904'223;
        arrived = std::min(stream_size, arrived + 1 + (random >> 16) % size_max);
        torn.read(stream.substr(0, arrived));
    }
    require(torn.seen.hash == whole.seen.hash && torn.seen.refused == whole.seen.refused);
    return 0;
}
