// Walks the strings of an event's data, without building a document and without a copy.
//
// For JSON that event_writer wrote: an object whose keys are ours, objects in it, and arrays of
// strings or of [name, value] pairs. Anything else is walked over without harm.
//
// Lifetime: views into the JSON.
// Threads:  one at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace callstream {

class json_strings {
public:
    explicit json_strings(std::string_view json) noexcept : json_(json) {}

    // To the next string that is a value; false behind the last.
    bool next() noexcept;

    // Of that string: its inside, still escaped; its key, or the name if it is the value of a
    // pair; and the key of the object around it ("calling" for calling.number), empty outermost.
    std::string_view value() const noexcept { return value_; }
    std::string_view key() const noexcept { return key_; }
    std::string_view object() const noexcept { return object_; }
    bool in_pair() const noexcept { return in_pair_; }

private:
    enum class place : std::uint8_t { object, list };
    struct frame {
        place kind = place::object;
        bool expects_key = false;  // of an object
        std::size_t index = 0;     // of a list's element
        std::string_view name;     // the object's latest key, the list's first string
    };
    static constexpr std::size_t depth_max = 8;

    bool push(place kind) noexcept;
    std::string_view take_string() noexcept;
    bool is_value(std::string_view found) noexcept;

    std::string_view json_;
    std::size_t at_ = 0;
    std::array<frame, depth_max> frames_{};
    std::size_t depth_ = 0;
    std::string_view value_;
    std::string_view key_;
    std::string_view object_;
    bool in_pair_ = false;
};

}  // namespace callstream
