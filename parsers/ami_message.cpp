#include "parsers/ami_message.h"

#include <algorithm>

#include "core/limits.h"

namespace callstream::parsers {

namespace {

constexpr std::string_view event_start = "Event: ";

}  // namespace

void ami_message::index(const ami_frame& frame) {
    const bool is_valid = frame.ascii || is_utf8(frame.bytes);
    start(is_valid ? frame : repaired(frame));
    if (frame_.follows) read_output();
    shape& expected = expected_shape();
    event_ = expected.event;
    const char* const bytes = frame_.bytes.data();
    const std::uint32_t* const line_feeds = frame_.line_feeds.data();
    ami_key* const keys = keys_.data();
    std::uint32_t* const value_begins = value_begins_.data();
    const std::uint16_t generation = generation_;
    // From the last to the first, so that of a repeated header the first one stays.
    for (std::size_t i = header_count_; i-- > 0;) {
        const std::size_t begin = i == 0 ? 0 : line_feeds[i - 1] + std::size_t{1};
        ami_key key = i < shape::size ? expected.keys[i] : ami_key::unknown;
        std::size_t value_begin = begin + ami_key_table.size_of(key) + 1;
        if (ami_key_table.begins(key, bytes + begin)) {
            value_begin += std::size_t{bytes[value_begin] == ' '};
        } else {
            const found_header found = read_header(begin, frame_.line_end(line_feeds[i]));
            key = found.key;
            value_begin = found.value_begin;
            if (i < shape::size) expected.keys[i] = key;
        }
        keys[i] = key;
        value_begins[i] = static_cast<std::uint32_t>(value_begin);
        slots_[static_cast<std::size_t>(key)] = {generation, static_cast<std::uint16_t>(i)};
    }
    slots_[static_cast<std::size_t>(ami_key::unknown)] = {};
}

result<void> ami_message::index(std::string_view bytes) {
    constexpr std::string_view end = "\r\n\r\n";  // for bytes that were given without it
    const std::size_t size = bytes.size() + end.size();
    copy_.assign(bytes);
    copy_.append(end).resize(size + limits::slab_spare_size);
    copy_framer_.reset();
    copy_framer_.skip_greeting();
    const auto frame = copy_framer_.next(std::string_view(copy_).substr(0, size));
    if (frame->found == ami_found::empty) return failure(errc::malformed, "no AMI message");
    if (frame->found != ami_found::message) {
        return failure(errc::too_large, "AMI message beyond a bound");
    }
    index(*frame);
    return {};
}

text ami_message::find(std::string_view name) const noexcept {
    const ami_key key = ami_key_named(name);
    if (key != ami_key::unknown) return operator[](key);
    for (const header& each : headers()) {
        if (equal_names(each.name, name)) return each.value;
    }
    return {};
}

std::span<const header> ami_message::headers() const noexcept {
    if (!headers_filled_) {
        headers_filled_ = true;
        if (headers_.size() < header_count_) headers_.resize(2 * header_count_);
        std::size_t begin = 0;
        for (std::size_t i = 0; i < header_count_; ++i) {
            std::size_t name_end = value_begins_[i];
            if (name_end > begin) name_end -= frame_.bytes[name_end - 1] == ':' ? 1U : 2U;
            headers_[i] = {frame_.bytes.substr(begin, name_end - begin), value_at(i)};
            begin = frame_.line_feeds[i] + std::size_t{1};
        }
    }
    return std::span(headers_).first(header_count_);
}

// The frame with all text made UTF-8, in the scratch.
ami_frame ami_message::repaired(const ami_frame& frame) {
    const std::size_t size_max = repair_growth_max * frame.bytes.size() + limits::slab_spare_size;
    if (scratch_.size() < size_max) scratch_.resize(size_max);
    scratch_line_feeds_.clear();
    char* out = scratch_.data();
    std::size_t begin = 0;
    for (const std::uint32_t line_feed : frame.line_feeds) {
        const std::string_view line = frame.bytes.substr(begin, line_feed + 1 - begin);
        out = repair_utf8(line, not_utf8_, out);
        scratch_line_feeds_.push_back(static_cast<std::uint32_t>(out - scratch_.data() - 1));
        begin = line_feed + std::size_t{1};
    }
    out = repair_utf8(frame.bytes.substr(begin), not_utf8_, out);
    ami_frame valid = frame;
    valid.bytes = {scratch_.data(), static_cast<std::size_t>(out - scratch_.data())};
    valid.line_feeds = scratch_line_feeds_;
    return valid;
}

void ami_message::start(const ami_frame& frame) {
    frame_ = frame;
    header_count_ = frame.line_feeds.size();
    output_ = text();
    headers_filled_ = false;
    if (keys_.size() < header_count_) {
        keys_.resize(2 * header_count_);
        value_begins_.resize(2 * header_count_);
    }
    if (++generation_ == 0) {
        slots_.fill(slot());
        generation_ = 1;
    }
}

// Response, Privilege and, if the command was sent with one, ActionID; the rest is its text.
void ami_message::read_output() {
    const auto line_feeds = frame_.line_feeds;
    const bool with_action_id =
        line_feeds.size() > 3 &&
        read_header(line_feeds[1] + std::size_t{1}, line_feeds[2]).key == ami_key::action_id;
    header_count_ = with_action_id ? 3 : 2;
    const std::size_t begin = line_feeds[header_count_ - 1] + std::size_t{1};
    const std::size_t end = frame_.line_end(line_feeds.back()) - ami_command_end.size();
    output_ = frame_.bytes.substr(begin, end - begin);
}

// A guess by the beginning and the size of the first line, put right if it is wrong.
ami_message::shape& ami_message::expected_shape() noexcept {
    const char* const bytes = frame_.bytes.data();
    const std::uint64_t begin = load_word(bytes + event_start.size());
    const std::uint64_t mixed = (begin + frame_.line_feeds[0]) * 0x9e37'79b9'7f4a'7c15;
    shape& guessed = shapes_[mixed >> 56];
    const bool right = ami_key_table.begins(ami_key::event, bytes) &&
                       ami_event_table.begins(guessed.event, bytes + event_start.size());
    if (!right) guessed.event = read_event();
    return guessed;
}

ami_event ami_message::read_event() const noexcept {
    if (!ami_key_table.begins(ami_key::event, frame_.bytes.data())) return ami_event::none;
    const std::size_t end = frame_.line_end(frame_.line_feeds[0]);
    const std::size_t begin = std::min(end, event_start.size());
    return ami_event_table.find(frame_.bytes.substr(begin, end - begin));
}

// A header that did not stand where it was expected.
ami_message::found_header ami_message::read_header(std::size_t begin,
                                                   std::size_t end) const noexcept {
    const std::string_view line = frame_.bytes.substr(begin, end - begin);
    std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return {ami_key::unknown, begin};
    ami_key key = ami_key_table.find_on_wire(line.data(), colon);
    const std::size_t bracket = line.substr(0, colon).find('(');
    if (bracket != std::string_view::npos) {
        // ChanVariable(PJSIP/101-00000035): a=b. A channel's name may hold colons of its own.
        key = ami_key_named(line.substr(0, bracket));
        const std::size_t closing = line.find("):", bracket);
        if (closing != std::string_view::npos) colon = closing + 1;
    }
    const bool with_space = line.substr(colon + 1).starts_with(' ');
    return {key, begin + colon + 1 + std::size_t{with_space}};
}

}  // namespace callstream::parsers
