// JSON writing: RapidJSON's Writer over a fixed piece of memory, such as a journal segment.
//
// This is the one place that includes RapidJSON's writer. When the memory runs out the output is
// marked as overflowed and further bytes are dropped: check overflowed() at the end.
//
// Lifetime: the memory outlives the output.
// Threads:  one at a time.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>

#include "core/ensure.h"

#define RAPIDJSON_ASSERT(condition) ::callstream::ensure((condition), "RapidJSON: " #condition)
#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace callstream {

// An output stream in RapidJSON's sense.
class json_output {
public:
    using Ch = char;  // RapidJSON's name for it

    void begin(std::span<char> room) noexcept {
        begin_ = next_ = room.data();
        end_ = room.data() + room.size();
        overflowed_ = false;
    }

    bool has(std::size_t size) const noexcept {
        return static_cast<std::size_t>(end_ - next_) >= size;
    }
    // Makes sure that `size` bytes can be put without a further check.
    bool reserve(std::size_t size) noexcept {
        if (has(size)) [[likely]]
            return true;
        overflowed_ = true;
        return false;
    }
    void append(std::string_view bytes) noexcept {
        if (!reserve(bytes.size())) return;
        std::memcpy(next_, bytes.data(), bytes.size());
        next_ += bytes.size();
    }
    void Put(char byte) noexcept {
        if (reserve(1)) *next_++ = byte;
    }
    void Flush() noexcept {}

    // For text whose size was reserved.
    char* cursor() noexcept { return next_; }
    void advance(std::size_t size) noexcept { next_ += size; }

    std::size_t size() const noexcept { return static_cast<std::size_t>(next_ - begin_); }
    bool overflowed() const noexcept { return overflowed_; }

private:
    char* begin_ = nullptr;
    char* next_ = nullptr;
    char* end_ = nullptr;
    bool overflowed_ = false;
};

class json_writer : public rapidjson::Writer<json_output> {
public:
    json_writer() : Writer(output_) {}

    void begin(std::span<char> room) {
        output_.begin(room);
        Reset(output_);
    }
    std::size_t size() const noexcept { return output_.size(); }
    bool overflowed() const noexcept { return output_.overflowed(); }

    // A name or a string that needs no escape.
    void plain(std::string_view value) {
        Prefix(rapidjson::kStringType);
        if (!output_.reserve(value.size() + 2)) return;
        char* out = output_.cursor();
        *out++ = '"';
        std::memcpy(out, value.data(), value.size());
        out[value.size()] = '"';
        output_.advance(value.size() + 2);
    }
    void key(std::string_view name) { plain(name); }

    // A string of any bytes; what JSON forbids is escaped. Null for a null pointer.
    void text(std::string_view value);

    // The inside of a string, in pieces: begin_text(), put_text() as often as needed, end_text().
    void begin_text() {
        Prefix(rapidjson::kStringType);
        output_.Put('"');
    }
    void put_text(std::string_view piece);
    void end_text() { output_.Put('"'); }

private:
    json_output output_;
};

}  // namespace callstream
