#include "parsers/ami_message.h"

#include <algorithm>

#include "core/limits.h"

namespace callstream::parsers {

namespace {

constexpr std::string_view event_start = "Event: ";
constexpr std::uint64_t event_start_word = load_word("Event: ");
constexpr std::uint64_t event_start_mask = ~std::uint64_t{0} >> 8;

}  // namespace

void ami_message::index(const ami_frame& frame) {
    const bool is_valid = frame.ascii || decoder_.keeps(frame.bytes);
    start(is_valid ? frame : repair(frame));
    if (frame_->follows) read_output();
    shape& expected = expected_shape();
    event_ = expected.event;
    match_headers(expected);
}

result<void> ami_message::index(std::string_view bytes) {
    constexpr std::string_view end = "\r\n\r\n";  // for bytes that were given without it
    const std::size_t size = bytes.size() + end.size();
    copy_.assign(bytes);
    copy_.append(end).resize(size + limits::slab_spare_size);
    copy_framer_.reset();
    copy_framer_.skip_greeting();
    const auto found = copy_framer_.next(std::string_view(copy_).substr(0, size));
    if (found == ami_found::empty) return failure(errc::malformed, "no AMI message");
    if (found != ami_found::message) {
        return failure(errc::too_large, "AMI message beyond a bound");
    }
    index(copy_framer_.frame());
    return {};
}

void ami_message::match_headers(shape& expected) {
    const header_match match{frame_->bytes.data(),  frame_->line_feeds.data(),
                             expected.keys.data(),  ami_key_table.entries(),
                             ami_key_table.sizes(), generation_,
                             value_begins_.data(),  slots_.data()};
    std::copy(expected.keys.begin(), expected.keys.end(), keys_.begin());
    for (std::size_t left = header_count_;;) {
        if (left <= shape::size) left = match_headers_(match, left);
        if (left == 0) break;
        // Not where it was expected, if anything was.
        const std::size_t i = --left;
        const std::size_t begin = i == 0 ? 0 : frame_->line_feeds[i - 1] + std::size_t{1};
        const found_header found = read_header(begin, frame_->line_end(frame_->line_feeds[i]));
        keys_[i] = found.key;
        value_begins_[i] = static_cast<std::uint32_t>(found.value_begin);
        slots_[static_cast<std::size_t>(found.key)] = {generation_, static_cast<std::uint16_t>(i)};
        const bool can_be_guessed = ami_key_table.size_of(found.key) < name_whole_size;
        if (i < shape::size && can_be_guessed) expected.keys[i] = found.key;
    }
    slots_[static_cast<std::size_t>(ami_key::unknown)] = {};
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
        const char* const bytes = frame_->bytes.data();
        const char* line = bytes;
        for (std::size_t i = 0; i < header_count_; ++i) {
            const char* const value = bytes + value_begins_[i];
            auto name_size = static_cast<std::size_t>(value - line);
            if (name_size > 0) name_size -= value[-1] == ':' ? 1U : 2U;
            headers_[i] = {{line, name_size}, value_at(i)};
            line = bytes + frame_->line_feeds[i] + 1;
        }
    }
    return std::span(headers_).first(header_count_);
}

// The frame with all text made UTF-8, in the scratch.
const ami_frame& ami_message::repair(const ami_frame& frame) {
    const std::size_t size_max = repair_growth_max * frame.bytes.size() + limits::slab_spare_size;
    if (scratch_.size() < size_max) scratch_.resize(size_max);
    scratch_line_feeds_.clear();
    char* out = scratch_.data();
    std::size_t begin = 0;
    for (const std::uint32_t line_feed : frame.line_feeds) {
        const std::string_view line = frame.bytes.substr(begin, line_feed + 1 - begin);
        out = decoder_.decode(line, out);
        scratch_line_feeds_.push_back(static_cast<std::uint32_t>(out - scratch_.data() - 1));
        begin = line_feed + std::size_t{1};
    }
    out = decoder_.decode(frame.bytes.substr(begin), out);
    repaired_ = frame;
    repaired_.bytes = {scratch_.data(), static_cast<std::size_t>(out - scratch_.data())};
    repaired_.line_feeds = scratch_line_feeds_;
    return repaired_;
}

void ami_message::start(const ami_frame& frame) {
    frame_ = &frame;
    header_count_ = frame.line_feeds.size();
    output_ = text();
    headers_filled_ = false;
    if (keys_.size() < header_count_ + shape::size) {
        keys_.resize(2 * (header_count_ + shape::size));
        value_begins_.resize(keys_.size());
    }
    if (++generation_ == 0) {
        slots_.fill(header_slot());
        generation_ = 1;
    }
}

// Response, Privilege and, if the command was sent with one, ActionID; the rest is its text.
void ami_message::read_output() {
    const auto line_feeds = frame_->line_feeds;
    const bool with_action_id =
        line_feeds.size() > 3 &&
        read_header(line_feeds[1] + std::size_t{1}, line_feeds[2]).key == ami_key::action_id;
    header_count_ = with_action_id ? 3 : 2;
    const std::size_t begin = line_feeds[header_count_ - 1] + std::size_t{1};
    const std::size_t end = frame_->line_end(line_feeds.back()) - ami_command_end.size();
    output_ = frame_->bytes.substr(begin, end - begin);
}

// A guess by the beginning and the size of the first line, put right if it is wrong.
ami_message::shape& ami_message::expected_shape() noexcept {
    const char* const bytes = frame_->bytes.data();
    const std::uint64_t begin = load_word(bytes + event_start.size());
    const std::uint64_t mixed = (begin + frame_->line_feeds[0]) * 0x9e37'79b9'7f4a'7c15;
    shape& guessed = shapes_[mixed >> 56];
    const std::uint64_t start = load_word(bytes) & event_start_mask;
    const bool right = start == event_start_word &&
                       ami_event_table.begins(guessed.event, bytes + event_start.size());
    if (!right) guessed.event = read_event();
    return guessed;
}

ami_event ami_message::read_event() const noexcept {
    if (!ami_key_table.begins(ami_key::event, frame_->bytes.data())) return ami_event::none;
    const std::size_t end = frame_->line_end(frame_->line_feeds[0]);
    const std::size_t begin = std::min(end, event_start.size());
    return ami_event_table.find(frame_->bytes.substr(begin, end - begin));
}

// A header that did not stand where it was expected.
ami_message::found_header ami_message::read_header(std::size_t begin,
                                                   std::size_t end) const noexcept {
    const std::string_view line = frame_->bytes.substr(begin, end - begin);
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
