#include "sinks/resp_writer.h"

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
    for (std::size_t i = 0; i < names_.size(); ++i) {
        append_word(names_[i], attribute_names[i]);
        names_[i] += '$';
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
    copy(line_end);
    for (std::size_t i = 0; i < names_.size(); ++i) {
        const auto which = static_cast<attribute>(i);
        copy(names_[i]);
        if (added.escaped && which != attribute::data)
            put_unescaped(added[which]);
        else
            put_value(added[which]);
        copy(line_end);
    }
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

void resp_writer::put_value(std::string_view value) {
    put_size(value.size());
    if (value.size() < copied_size_max) {
        copy(value);
    } else {
        end_part();
        parts_.push_back(value);
    }
}

void resp_writer::put_unescaped(std::string_view value) {
    if (value.find('\\') == std::string_view::npos) {
        put_value(value);
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
