// JSON put together from literals and text in a fixed piece of memory, such as a journal segment:
// for events, whose shape is known when callstream is compiled.
//
// Whoever writes sees to the structure. When the memory runs out, the output is marked as
// overflowed and further bytes are dropped: check overflowed() at the end.
//
// Lifetime: the memory outlives the output.
// Threads:  one at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>

#include "core/field.h"

namespace callstream {

class json_bytes {
public:
    void begin(std::span<char> room) noexcept {
        begin_ = next_ = room.data();
        end_ = room.data() + room.size();
        overflowed_ = false;
    }
    std::size_t size() const noexcept { return static_cast<std::size_t>(next_ - begin_); }
    bool overflowed() const noexcept { return overflowed_; }

    void put(char byte) noexcept {
        if (reserve(1)) *next_++ = byte;
    }
    // Bytes as they are.
    void put(std::string_view bytes) noexcept {
        if (!reserve(bytes.size())) return;
        std::memcpy(next_, bytes.data(), bytes.size());
        next_ += bytes.size();
    }
    // The first `size` of them: a copy of a known size costs a few instructions.
    template <std::size_t Size>
    void put(const std::array<char, Size>& literal, std::size_t size = Size) noexcept {
        if (!reserve(Size)) return;
        std::memcpy(next_, literal.data(), Size);
        next_ += size;
    }

    // Where the next `Size` bytes go, which the caller writes; null if there is no room.
    template <std::size_t Size>
    char* take() noexcept {
        if (!reserve(Size)) return nullptr;
        next_ += Size;
        return next_ - Size;
    }

    // A string without escapes, in quotes.
    void put_plain(std::string_view value) noexcept;
    // The inside of a string; any bytes.
    void put_inside(std::string_view value) noexcept;
    // A string of any bytes, in quotes.
    void put_text(std::string_view value) noexcept;
    // An array of [name, value]. Quickest where they are the lines "name: value" of one message.
    void put_pairs(std::span<const header> pairs) noexcept;

private:
    bool try_put_lines(std::span<const header> lines) noexcept;
    void put_pair_exactly(const header& pair) noexcept;
    bool has(std::size_t size) const noexcept {
        return static_cast<std::size_t>(end_ - next_) >= size;
    }
    bool reserve(std::size_t size) noexcept {
        if (has(size)) [[likely]]
            return true;
        overflowed_ = true;
        return false;
    }

    char* begin_ = nullptr;
    char* next_ = nullptr;
    char* end_ = nullptr;
    bool overflowed_ = false;
};

}  // namespace callstream
