#include "sinks/resp_writer.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "core/ensure.h"
#include "core/json_unescape.h"
#include "core/limits.h"

namespace callstream::sinks {

namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::size_t number_size_max = 20;

// A record costs the arena its values, if they are unescaped or small, and this for the rest.
constexpr std::size_t overhead_size_max = 4096;
constexpr std::size_t arena_size = limits::record_size_max + 512 * 1024;

// Sizes of values that are copied, as they stand in front of them: eight bytes, of which some
// count.
struct size_text {
    std::array<char, 8> bytes{};
    std::size_t size = 0;
};

template <std::size_t Count>
constexpr auto size_texts = [] {
    std::array<size_text, Count> texts{};
    for (std::size_t value = 0; value < Count; ++value) {
        size_text& text = texts[value];
        for (std::size_t unit = 100; unit > 0; unit /= 10)
            if (value >= unit || unit == 1)
                text.bytes[text.size++] = static_cast<char>('0' + value / unit % 10);
        for (const char byte : line_end)
            text.bytes[text.size++] = byte;
    }
    return texts;
}();

void append_word(std::string& out, std::string_view word) {
    out += '$';
    out += std::to_string(word.size());
    out += line_end;
    out += word;
    out += line_end;
}

}  // namespace

void append_command(std::string& out, std::initializer_list<std::string_view> words) {
    out += '*';
    out += std::to_string(words.size());
    out += line_end;
    for (const std::string_view word : words)
        append_word(out, word);
}

resp_writer::resp_writer(std::string_view stream, std::uint64_t max_length)
    : arena_(std::make_unique_for_overwrite<char[]>(arena_size + stream.size())),
      part_(arena_.get()),
      next_(part_),
      end_(part_ + arena_size + stream.size()) {
    const std::size_t trim_count = max_length > 0 ? 3 : 0;
    begin_ = "*" + std::to_string(3 + trim_count + 2 * attribute_names.size());
    begin_ += line_end;
    append_word(begin_, "XADD");
    append_word(begin_, stream);
    if (max_length > 0) {
        append_word(begin_, "MAXLEN");
        append_word(begin_, "~");
        append_word(begin_, std::to_string(max_length));
    }
    begin_ += '$';
    for (std::size_t i = 0; i < heads_.size(); ++i) {
        std::string head(line_end);
        append_word(head, attribute_names[i]);
        head += '$';
        ensure(head.size() <= heads_[i].bytes.size(), "an attribute's name is short");
        std::copy(head.begin(), head.end(), heads_[i].bytes.begin());
        heads_[i].size = head.size();
    }
}

bool resp_writer::try_add(const record& added, redis_id id) {
    const std::size_t copied_max =
        added.escaped ? added.payload.size() : attribute_names.size() * copied_size_max;
    const std::size_t needed = begin_.size() + overhead_size_max + copied_max;
    if (needed > static_cast<std::size_t>(end_ - next_)) {
        ensure(next_ != arena_.get(), "an empty arena has room for any record");
        return false;
    }
    const redis_id_text id_text(id);
    copy(begin_);
    put_size(id_text.view().size());
    copy(id_text.view());
    const char* const end = added.payload.data() + added.payload.size();
    for (std::size_t i = 0; i < heads_.size(); ++i) {
        const auto which = static_cast<attribute>(i);
        std::memcpy(next_, heads_[i].bytes.data(), heads_[i].bytes.size());
        next_ += heads_[i].size;
        if (added.escaped && which != attribute::data)
            put_unescaped(added[which]);
        else
            put_value(added[which], end);
    }
    copy(line_end);
    return true;
}

std::span<const std::string_view> resp_writer::parts() {
    end_part();
    return parts_;
}

void resp_writer::clear() noexcept {
    parts_.clear();
    part_ = next_ = arena_.get();
}

void resp_writer::copy(std::string_view bytes) noexcept {
    std::memcpy(next_, bytes.data(), bytes.size());
    next_ += bytes.size();
}

void resp_writer::put_size(std::size_t size) noexcept {
    next_ = std::to_chars(next_, next_ + number_size_max, size).ptr;
    copy(line_end);
}

// Up to `readable_end` there are bytes that may be read.
void resp_writer::put_value(std::string_view value, const char* readable_end) {
    constexpr std::size_t block_size = 32;
    if (value.size() >= copied_size_max) {
        put_size(value.size());
        end_part();
        parts_.push_back(value);
        return;
    }
    const size_text& size = size_texts<copied_size_max>[value.size()];
    std::memcpy(next_, size.bytes.data(), size.bytes.size());
    next_ += size.size;
    const bool blocks =
        static_cast<std::size_t>(readable_end - value.data()) >= value.size() + block_size;
    if (!blocks) return copy(value);
    for (std::size_t done = 0; done < value.size(); done += block_size)
        std::memcpy(next_ + done, value.data() + done, block_size);
    next_ += value.size();
}

void resp_writer::put_unescaped(std::string_view value) {
    if (value.find('\\') == std::string_view::npos) {
        put_value(value, value.data() + value.size());
        return;
    }
    // The size goes in front of the text and is known only behind it.
    char* const text = next_ + number_size_max + line_end.size();
    const std::size_t size = unescape_json(value, text);
    put_size(size);
    std::memmove(next_, text, size);
    next_ += size;
}

void resp_writer::end_part() {
    if (part_ != next_) parts_.emplace_back(part_, static_cast<std::size_t>(next_ - part_));
    part_ = next_;
}

}  // namespace callstream::sinks
