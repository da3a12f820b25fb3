#include "parsers/ami_message.h"

#include "core/limits.h"

namespace callstream::parsers {

namespace {

ami_key key_of(std::string_view name) noexcept {
    const ami_key key = ami_key_named(name);
    if (key != ami_key::unknown) return key;
    const std::size_t bracket = name.find('(');  // ChanVariable(PJSIP/101-00000035)
    if (bracket == std::string_view::npos) return key;
    return ami_key_named(name.substr(0, bracket));
}

header split(std::string_view line) noexcept {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return {line.substr(0, 0), line};
    const std::size_t value = colon + (line.substr(colon).starts_with(": ") ? 2 : 1);
    return {line.substr(0, colon), line.substr(value)};
}

}  // namespace

result<void> ami_message::index(std::string_view frame) {
    start();
    while (!frame.empty()) {
        const std::size_t end = frame.find("\r\n");
        const std::string_view line = frame.substr(0, end);
        if (line.empty()) break;
        if (header_count_ == limits::ami_header_count_max) {
            return failure(errc::too_large, "AMI message with too many headers");
        }
        add(split(line));
        frame.remove_prefix(end == std::string_view::npos ? frame.size() : end + 2);
    }
    if (header_count_ == 0) return failure(errc::malformed, "AMI message without headers");
    const text event_name = operator[](ami_key::event);
    event_ = event_name.data() == nullptr ? ami_event::none : ami_event_named(event_name);
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

void ami_message::start() {
    header_count_ = 0;
    output_ = text();
    if (++generation_ == 0) {
        slots_.fill(slot());
        generation_ = 1;
    }
}

void ami_message::add(const header& added) {
    const ami_key key = key_of(added.name);
    slot& place = slots_[static_cast<std::size_t>(key)];
    if (key != ami_key::unknown && place.generation != generation_) {
        place = {generation_, static_cast<std::uint16_t>(header_count_)};
    }
    if (header_count_ == headers_.size()) headers_.resize(header_count_ * 2 + 64);
    headers_[header_count_++] = added;
}

}  // namespace callstream::parsers
