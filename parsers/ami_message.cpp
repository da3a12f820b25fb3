#include "parsers/ami_message.h"

#include <algorithm>
#include <cstring>

#include "core/limits.h"

namespace callstream::parsers {

namespace {

// A header as it stands in the frame, where name_size_max bytes behind any name are readable.
struct found_header {
    header named;
    ami_key key;
};

// ChanVariable(PJSIP/101-00000035): a=b. A channel's name may hold colons of its own.
found_header read_bracketed(std::string_view line, const header& plain) noexcept {
    const std::size_t bracket = plain.name.find('(');
    if (bracket == std::string_view::npos) return {plain, ami_key::unknown};
    found_header found{plain, ami_key_table.find_padded(plain.name.substr(0, bracket))};
    const std::size_t end = line.find("):", bracket);
    if (plain.name.ends_with(')') || end == std::string_view::npos) return found;
    found.named.name = line.substr(0, end + 1);
    found.named.value = line.substr(end + 2);
    if (found.named.value.starts_with(' ')) found.named.value.remove_prefix(1);
    return found;
}

found_header read_header(const char* bytes, const ami_line& line) noexcept {
    const char* const begin = bytes + line.begin;
    const std::string_view whole(begin, line.end - line.begin);
    if (line.colon == line.end) return {{whole.substr(0, 0), whole}, ami_key::unknown};
    const std::string_view name(begin, line.colon - line.begin);
    // What stands at the line's end is no space, so that looking there is harmless.
    const std::uint32_t value_begin = line.colon + 1 + std::uint32_t{bytes[line.colon + 1] == ' '};
    const std::string_view value(bytes + value_begin, line.end - value_begin);
    const ami_key key = ami_key_table.find_padded(name);
    if (key != ami_key::unknown) return {{name, value}, key};
    return read_bracketed(whole, {name, value});
}

}  // namespace

void ami_message::index(const ami_frame& frame) {
    start(frame.lines.size());
    std::span<const ami_line> lines = frame.lines;
    if (frame.follows) {
        // Response, Privilege and, if the command was sent with one, ActionID.
        const bool with_action_id =
            lines.size() > 3 && read_header(frame.bytes.data(), lines[2]).key == ami_key::action_id;
        const std::size_t header_count = with_action_id ? 3 : 2;
        const std::size_t begin = frame.bytes.find('\n', lines[header_count - 1].end) + 1;
        const std::size_t end = lines.back().end - ami_command_end.size();
        output_ = frame.bytes.substr(begin, end - begin);
        lines = lines.first(header_count);
    }
    for (const ami_line& line : lines) {
        const found_header found = read_header(frame.bytes.data(), line);
        add(found.named, found.key);
    }
    const text event_name = operator[](ami_key::event);
    event_ =
        event_name.data() == nullptr ? ami_event::none : ami_event_table.find_padded(event_name);
    if (!frame.ascii && !is_utf8(frame.bytes)) repair(frame.bytes.size());
}

result<void> ami_message::index(std::string_view bytes) {
    constexpr std::string_view end = "\r\n\r\n";  // for bytes that were given without it
    copy_.assign(bytes.begin(), bytes.end());
    copy_.insert(copy_.end(), end.begin(), end.end());
    copy_.resize(copy_.size() + limits::slab_spare_size);
    ami_framer framer;
    framer.skip_greeting();
    const auto frame = framer.next({copy_.data(), bytes.size() + end.size()});
    if (frame->found == ami_found::message) {
        index(*frame);
        return {};
    }
    if (frame->found == ami_found::empty) return failure(errc::malformed, "no AMI message");
    return failure(errc::too_large, "AMI message beyond a bound");
}

text ami_message::find(std::string_view name) const noexcept {
    const ami_key key = ami_key_named(name);
    if (key != ami_key::unknown) return operator[](key);
    for (const header& each : headers()) {
        if (equal_names(each.name, name)) return each.value;
    }
    return {};
}

void ami_message::start(std::size_t header_count_max) {
    header_count_ = 0;
    output_ = text();
    if (headers_.size() < header_count_max) {
        headers_.resize(2 * header_count_max);
        keys_.resize(2 * header_count_max);
    }
    if (++generation_ == 0) {
        slots_.fill(slot());
        generation_ = 1;
    }
}

void ami_message::add(const header& added, ami_key key) {
    slot& first = slots_[static_cast<std::size_t>(key)];
    if (first.generation != generation_ && key != ami_key::unknown) {
        first = {generation_, static_cast<std::uint16_t>(header_count_)};
    }
    headers_[header_count_] = added;
    keys_[header_count_] = key;
    ++header_count_;
}

void ami_message::repair(std::size_t frame_size) {
    // All of it may be beyond repair; sized once, for the views into it must not move.
    if (scratch_.size() < repair_growth_max * frame_size) {
        scratch_.resize(repair_growth_max * frame_size);
    }
    char* free = scratch_.data();
    const auto repair_one = [&](text& part) {
        if (is_utf8(part)) return;
        char* const end = repair_utf8(part, not_utf8_, free);
        part = {free, static_cast<std::size_t>(end - free)};
        free = end;
    };
    for (header& each : std::span(headers_).first(header_count_)) {
        repair_one(each.name);
        repair_one(each.value);
    }
    repair_one(output_);
}

}  // namespace callstream::parsers
