#include "core/sse_reader.h"

namespace callstream {

result<void> sse_reader::feed(std::string_view bytes) {
    waiting_.erase(0, read_);
    looked_ -= read_;
    read_ = 0;
    waiting_ += bytes;
    // Many events may have come at once: only what is not whole is bounded.
    const std::size_t last_end = waiting_.find_last_of("\r\n");
    const std::size_t open =
        last_end == std::string::npos ? waiting_.size() : waiting_.size() - last_end - 1;
    if (open > event_size_max_ || data_.size() > event_size_max_)
        return failure(errc::too_large, "an event that is larger than allowed");
    return {};
}

bool sse_reader::take_line(std::string_view& line) {
    if (after_return_ && read_ < waiting_.size()) {
        if (waiting_[read_] == '\n') ++read_;
        after_return_ = false;
    }
    if (looked_ < read_) looked_ = read_;
    const std::size_t end = waiting_.find_first_of("\r\n", looked_);
    if (end == std::string::npos) {
        looked_ = waiting_.size();
        return false;
    }
    line = std::string_view(waiting_).substr(read_, end - read_);
    after_return_ = waiting_[end] == '\r';
    read_ = looked_ = end + 1;
    return true;
}

void sse_reader::use(std::string_view line) {
    const std::size_t colon = line.find(':');
    const std::string_view field = line.substr(0, colon);
    std::string_view value;
    if (colon != std::string_view::npos) value = line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (field == "event") {
        type_ = value;
    } else if (field == "id") {
        if (value.find('\0') == std::string_view::npos) id_ = value;
    } else if (field == "data") {
        if (has_data_) data_ += '\n';
        data_ += value;
        has_data_ = true;
    }
}

std::optional<sse_event> sse_reader::next() {
    if (told_) {
        told_ = has_data_ = false;
        type_.clear();
        data_.clear();
    }
    std::string_view line;
    while (take_line(line)) {
        if (!line.empty()) {
            use(line);
        } else if (has_data_) {
            told_ = true;
            return sse_event{type_.empty() ? std::string_view("message") : type_, id_, data_};
        } else {
            type_.clear();
        }
    }
    return std::nullopt;
}

}  // namespace callstream
