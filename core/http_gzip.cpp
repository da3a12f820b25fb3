#include "core/http_gzip.h"

#include <array>

#include <zlib.h>

#include "core/ensure.h"

namespace callstream {

namespace {

constexpr int gzip_window = 16 + MAX_WBITS;  // a gzip, and nothing else
constexpr std::size_t block_size = 32 * 1024;
constexpr char gzip_begin = '\x1f';

tl::unexpected<error> broken() {
    return failure(errc::malformed, "the answer's compression is broken");
}

}  // namespace

struct http_gzip::stream {
    z_stream zlib{};
    std::array<char, block_size> block{};
};

http_gzip::http_gzip() : stream_(std::make_unique<stream>()) {
    ensure(inflateInit2(&stream_->zlib, gzip_window) == Z_OK, "a gzip can be unpacked");
}

http_gzip::~http_gzip() {
    inflateEnd(&stream_->zlib);
}

result<void> http_gzip::add(std::string_view packed, const taker& take) {
    z_stream& zlib = stream_->zlib;
    while (!packed.empty()) {
        // Another member may follow; anything else behind the end is padding.
        if (complete_ && zlib.total_in > 0) {
            if (packed.front() != gzip_begin) return {};
            inflateReset(&zlib);
        }
        complete_ = false;
        zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
        zlib.avail_in = static_cast<uInt>(packed.size());
        do {
            zlib.next_out = reinterpret_cast<Bytef*>(stream_->block.data());
            zlib.avail_out = block_size;
            const int said = inflate(&zlib, Z_NO_FLUSH);
            if (said != Z_OK && said != Z_STREAM_END && said != Z_BUF_ERROR) return broken();
            complete_ = said == Z_STREAM_END;
            const std::size_t size = block_size - zlib.avail_out;
            if (size > 0)
                if (auto taken = take({stream_->block.data(), size}); !taken) return taken;
        } while (!complete_ && zlib.avail_out == 0);
        packed.remove_prefix(packed.size() - zlib.avail_in);
    }
    return {};
}

}  // namespace callstream
