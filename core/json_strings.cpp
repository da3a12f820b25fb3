#include "core/json_strings.h"

namespace callstream {

bool json_strings::push(place kind) noexcept {
    if (depth_ == depth_max) return false;
    frames_[depth_++] = {kind, kind == place::object, 0, {}};
    return true;
}

// The inside of the string that begins with the quote at at_, which moves behind the string.
std::string_view json_strings::take_string() noexcept {
    const std::size_t begin = ++at_;
    for (;;) {
        const std::size_t quote = json_.find('"', at_);
        if (quote == std::string_view::npos) {
            at_ = json_.size();
            return json_.substr(begin);
        }
        std::size_t slashes = 0;
        while (quote - slashes > begin && json_[quote - slashes - 1] == '\\')
            ++slashes;
        at_ = quote + 1;
        if (slashes % 2 == 0) return json_.substr(begin, quote - begin);
    }
}

// Keys and the names of pairs are kept, values are what next() stops at.
bool json_strings::is_value(std::string_view found) noexcept {
    if (depth_ == 0) return false;
    frame& inner = frames_[depth_ - 1];
    if (inner.kind == place::object && inner.expects_key) {
        inner.name = found;
        inner.expects_key = false;
        return false;
    }
    value_ = found;
    in_pair_ = false;
    if (inner.kind == place::object) {
        key_ = inner.name;
        object_ = depth_ > 1 ? frames_[depth_ - 2].name : std::string_view();
        return true;
    }
    const frame* const around = depth_ > 1 ? &frames_[depth_ - 2] : nullptr;
    in_pair_ = around != nullptr && around->kind == place::list;
    if (in_pair_ && inner.index == 0) {
        inner.name = found;
        return false;
    }
    key_ = in_pair_ ? inner.name : around != nullptr ? around->name : std::string_view();
    object_ = {};
    return true;
}

bool json_strings::next() noexcept {
    while (at_ < json_.size()) {
        switch (json_[at_]) {
            case '"':
                if (is_value(take_string())) return true;
                continue;
            case '{':
                if (!push(place::object)) return false;
                break;
            case '[':
                if (!push(place::list)) return false;
                break;
            case '}':
            case ']':
                if (depth_ > 0) --depth_;
                break;
            case ',':
                if (depth_ == 0) break;
                frames_[depth_ - 1].expects_key = frames_[depth_ - 1].kind == place::object;
                ++frames_[depth_ - 1].index;
                break;
            default:
                break;
        }
        ++at_;
    }
    return false;
}

}  // namespace callstream
