// Recorded AMI streams of tests/data/asterisk, as they arrived, and what is true about them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace callstream::test {

// What one read gave.
struct capture_segment {
    timestamp arrived;
    std::size_t offset;
    std::size_t size;
};

struct capture {
    std::string name;
    // limits::slab_spare_size readable bytes follow, as they do in a slab.
    std::string_view bytes() const noexcept;
    // One segment with all bytes where the reads were not recorded (wallboards).
    std::vector<capture_segment> segments;

    std::string storage;
};

// `name` is the file's without ".ami". A missing or broken file fails the test.
capture load_capture(std::string_view name);

// The text of another file beside them, packed or not.
std::string load_text(const std::string& file_name);

// The text of NAME.truth.json.
std::string load_truth(std::string_view name);

// Every capture there is, sorted; without m_mixed, which is 92 MB.
std::vector<std::string> capture_names();

// Bytes of a test with as many readable bytes behind them as in a slab.
class padded {
public:
    explicit padded(std::string_view bytes);
    std::string_view view() const noexcept { return std::string_view(storage_).substr(0, size_); }

private:
    std::string storage_;
    std::size_t size_;
};

}  // namespace callstream::test
