// Frames that many clients get alike, as they are and packed.
//
// Lifetime: views are valid until more is appended.
// Threads:  the web server's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sinks/frame_log.h"
#include "sinks/frame_packer.h"

namespace callstream::sinks {

class shared_frames {
public:
    explicit shared_frames(std::size_t size_max) : plain_(size_max), packed_(size_max) {}

    void append(std::string_view frame, std::uint64_t position, std::uint64_t sequence = 0) {
        plain_.append(frame, position, sequence);
    }
    std::uint64_t unpacked_size() const noexcept { return plain_.end() - packed_until_; }

    // Packs what was appended since; without `wanted`, nothing is kept packed.
    void pack(frame_packer& packer, bool wanted) {
        if (!wanted) {
            if (packed_.end() != packed_.begin()) packed_.clear();
            packed_until_ = plain_.end();
        }
        if (packed_until_ < plain_.begin()) {  // too late: a packed stream would have a hole
            packed_.lose();
            packed_until_ = plain_.begin();
        }
        while (packed_until_ < plain_.end()) {
            const std::string_view frames = plain_.from(packed_until_, piece_size_max);
            packed_.append(packer.pack(frames), 0);
            packed_until_ += frames.size();
        }
    }
    void clear() noexcept {
        plain_.clear();
        packed_.clear();
        packed_until_ = plain_.end();
    }

    const frame_log& log(bool is_packed) const noexcept { return is_packed ? packed_ : plain_; }

private:
    static constexpr std::size_t piece_size_max = 256 * 1024;

    frame_log plain_;
    frame_log packed_;
    std::uint64_t packed_until_ = 0;  // in plain_
};

}  // namespace callstream::sinks
