#include "core/json_bytes.h"

#include "core/json_escape.h"

namespace callstream {

void json_bytes::put_plain(std::string_view value) noexcept {
    if (!reserve(value.size() + 2)) return;
    char* out = next_;
    *out++ = '"';
    std::memcpy(out, value.data(), value.size());
    out[value.size()] = '"';
    next_ += value.size() + 2;
}

void json_bytes::put_inside(std::string_view value) noexcept {
    if (reserve(escape_growth_max * value.size())) next_ = put_escaped(value, next_);
}

void json_bytes::put_text(std::string_view value) noexcept {
    if (!reserve(escape_growth_max * value.size() + 2)) return;
    *next_ = '"';
    next_ = put_escaped(value, next_ + 1);
    *next_++ = '"';
}

void json_bytes::put_pairs(std::span<const header> pairs) noexcept {
    constexpr std::size_t around_size = std::string_view(R"(["",""],)").size();
    put('[');
    for (const header& pair : pairs) {
        if (!reserve(escape_growth_max * (pair.name.size() + pair.value.size()) + around_size))
            return;
        std::memcpy(next_, "[\"", 2);
        next_ = put_escaped(pair.name, next_ + 2);
        std::memcpy(next_, "\",\"", 3);
        next_ = put_escaped(pair.value, next_ + 3);
        std::memcpy(next_, "\"],", 3);
        next_ += 3;
    }
    if (pairs.empty())
        put(']');
    else
        next_[-1] = ']';
}

}  // namespace callstream
