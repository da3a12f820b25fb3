// The latest frames that many clients get alike: written once, sent to each from where they lie.
//
// Offsets only grow. What is older than the bound is gone, and who still needs it is too slow.
//
// Lifetime: views are valid until the next append().
// Threads:  the web server's.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace callstream::sinks {

class frame_log {
public:
    explicit frame_log(std::size_t size_max) : size_max_(size_max) {}

    std::uint64_t begin() const noexcept {
        return ends_.empty() ? end() : ends_.front().offset_begin;
    }
    std::uint64_t end() const noexcept { return base_ + bytes_.size(); }

    // `position` and `sequence`: of the journal, to which the frame takes its reader.
    void append(std::string_view frame, std::uint64_t position, std::uint64_t sequence = 0) {
        ends_.push_back({end(), end() + frame.size(), position, sequence});
        bytes_ += frame;
        while (end() - begin() > size_max_ && ends_.size() > 1)
            ends_.pop_front();
        const std::uint64_t unused = begin() - base_;
        if (unused < size_max_) return;  // moved once for each time that the log fills up
        bytes_.erase(0, unused);
        base_ += unused;
    }

    // Whole frames from `offset` on: as many as fit into `size_max`, or the first.
    std::string_view from(std::uint64_t offset, std::size_t size_max) const noexcept {
        if (end() - offset <= size_max) return view(offset, end());
        const auto behind = std::upper_bound(
            ends_.begin(), ends_.end(), offset + size_max,
            [](std::uint64_t limit, const place& frame) { return limit < frame.offset_end; });
        const bool none = behind == ends_.begin() || std::prev(behind)->offset_end <= offset;
        return view(offset, none ? behind->offset_end : std::prev(behind)->offset_end);
    }

    // Where a reader who has come there goes on; no_offset if that is not known here.
    static constexpr std::uint64_t no_offset = ~std::uint64_t{0};
    std::uint64_t offset_behind(std::uint64_t position, std::uint64_t sequence) const noexcept {
        const auto found = std::lower_bound(
            ends_.begin(), ends_.end(), position,
            [](const place& frame, std::uint64_t wanted) { return frame.position < wanted; });
        const bool is_it =
            found != ends_.end() && found->position == position && found->sequence == sequence;
        return is_it ? found->offset_end : no_offset;
    }

    // Nothing is kept; offsets go on.
    void clear() noexcept {
        base_ = end();
        bytes_.clear();
        ends_.clear();
    }

    // The same, and every place in it is too old from now on.
    void lose() noexcept {
        clear();
        ++base_;
    }

private:
    struct place {
        std::uint64_t offset_begin;
        std::uint64_t offset_end;
        std::uint64_t position;
        std::uint64_t sequence;
    };

    std::string_view view(std::uint64_t first, std::uint64_t last) const noexcept {
        return std::string_view(bytes_).substr(first - base_, last - first);
    }

    std::size_t size_max_;
    std::string bytes_;
    std::uint64_t base_ = 0;  // offset of the first of them
    std::deque<place> ends_;  // of each frame that is kept
};

}  // namespace callstream::sinks
