#include "sinks/frame_packer.h"

#include <zlib.h>

#include "core/ensure.h"

namespace callstream::sinks {

namespace {

constexpr int level = 3;              // the text repeats itself: more effort finds little more
constexpr int raw_window_bits = -15;  // no header and no checksum: pieces are put together
constexpr int memory_level = 9;
constexpr std::size_t flush_size_max = 16;  // of the marks behind a piece

}  // namespace

class frame_packer::state {
public:
    state() {
        const int made = deflateInit2(&stream_, level, Z_DEFLATED, raw_window_bits, memory_level,
                                      Z_DEFAULT_STRATEGY);
        ensure(made == Z_OK, "zlib can be set up");
    }
    ~state() { deflateEnd(&stream_); }
    state(const state&) = delete;
    state& operator=(const state&) = delete;

    std::string_view pack(std::string_view frames) {
        deflateReset(&stream_);
        out_.resize(deflateBound(&stream_, frames.size()) + flush_size_max);
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(frames.data()));
        stream_.avail_in = static_cast<uInt>(frames.size());
        stream_.next_out = reinterpret_cast<Bytef*>(out_.data());
        stream_.avail_out = static_cast<uInt>(out_.size());
        const int done = deflate(&stream_, Z_FULL_FLUSH);
        ensure(done == Z_OK && stream_.avail_in == 0 && stream_.avail_out > 0,
               "what is packed fits into its bound");
        return std::string_view(out_).substr(0, out_.size() - stream_.avail_out);
    }

private:
    z_stream stream_{};
    std::string out_;
};

frame_packer::frame_packer() : state_(std::make_unique<state>()) {}
frame_packer::~frame_packer() = default;

std::string_view frame_packer::header() noexcept {
    using namespace std::string_view_literals;
    return "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"sv;
}

std::string_view frame_packer::pack(std::string_view frames) {
    return state_->pack(frames);
}

}  // namespace callstream::sinks
