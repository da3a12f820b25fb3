#include "parsers/csv_reader.h"

#include <algorithm>

namespace callstream::parsers {

bool csv_reader::at_row_end() const noexcept {
    return rest_.empty() || rest_.front() == '\n' || rest_.front() == '\r';
}

void csv_reader::skip_row_end() noexcept {
    if (rest_.empty()) return;
    rest_.remove_prefix(rest_.starts_with("\r\n") ? 2 : 1);
    ++line_;
}

// Up to the separator or the end of the row, as it stands.
text csv_reader::read_plain() noexcept {
    const char ends[] = {separator_, '\n', '\r'};
    const std::size_t size = std::min(rest_.find_first_of({ends, 3}), rest_.size());
    const text field = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return field;
}

text csv_reader::unquoted(text inside) {
    if (inside.find('"') == text::npos) return inside;
    if (unquoted_count_ == unquoted_.size()) unquoted_.emplace_back();
    std::string& out = unquoted_[unquoted_count_++];
    out.clear();
    for (std::size_t i = 0; i < inside.size(); ++i) {
        out.push_back(inside[i]);
        if (inside[i] == '"') ++i;  // the second of two
    }
    return out;
}

text csv_reader::read_quoted() {
    const std::string_view whole = rest_;
    std::size_t end = 1;
    while ((end = whole.find('"', end)) != std::string_view::npos && end + 1 < whole.size() &&
           whole[end + 1] == '"')
        end += 2;
    if (end == std::string_view::npos) {
        torn_ = true;
        rest_ = {};
        return whole.substr(1);
    }
    const text inside = whole.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    if (!at_row_end() && rest_.front() != separator_) {
        // Not a quoted field after all, but one that begins with a quoted name.
        rest_ = whole;
        text field = read_plain();
        // Asterisk's sample of a custom format puts quotes around a value that has some.
        if (field.size() > 3 && field.starts_with("\"\"") && field.ends_with('"')) {
            field.remove_prefix(1);
            field.remove_suffix(1);
        }
        return field;
    }
    line_ += static_cast<std::size_t>(std::count(inside.begin(), inside.end(), '\n'));
    return unquoted(inside);
}

text csv_reader::read_field() {
    return rest_.starts_with('"') ? read_quoted() : read_plain();
}

std::optional<csv_row> csv_reader::next() {
    while (!rest_.empty() && at_row_end())
        skip_row_end();
    if (rest_.empty()) return std::nullopt;
    csv_row row;
    row.line = line_;
    fields_.clear();
    unquoted_count_ = 0;
    unquoted_.reserve(field_count_max);  // views of short strings move with them
    torn_ = false;
    for (;;) {
        const text field = read_field();
        if (fields_.size() < field_count_max)
            fields_.push_back(field);
        else
            row.too_wide = true;
        if (at_row_end()) break;
        rest_.remove_prefix(1);
    }
    skip_row_end();
    row.fields = fields_;
    row.torn = torn_;
    return row;
}

}  // namespace callstream::parsers
