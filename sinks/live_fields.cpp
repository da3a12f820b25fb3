#include "sinks/live_fields.h"

#include "core/json_unescape.h"

namespace callstream::sinks {

namespace {

// Behind the string that begins at `at`, which is a quote.
std::size_t end_of_string(std::string_view json, std::size_t at) noexcept {
    for (++at; at < json.size() && json[at] != '"'; ++at)
        if (json[at] == '\\') ++at;
    return at + 1;
}

// Behind the value that begins at `at`.
std::size_t end_of_value(std::string_view json, std::size_t at) noexcept {
    std::size_t depth = 0;
    while (at < json.size()) {
        const char c = json[at];
        if (depth == 0 && (c == ',' || c == '}')) return at;
        if (c == '"') {
            at = end_of_string(json, at);
            continue;
        }
        if (c == '{' || c == '[') ++depth;
        if (c == '}' || c == ']') --depth;
        ++at;
    }
    return at;
}

std::string text_of(std::string_view value) {
    if (value == "null") return {};
    if (value.size() < 2 || value.front() != '"') return std::string(value);
    const std::string_view inside = value.substr(1, value.size() - 2);
    std::string out(inside.size(), '\0');
    out.resize(unescape_json(inside, out.data()));
    return out;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> fields_of(std::string_view object) {
    std::vector<std::pair<std::string, std::string>> fields;
    for (std::size_t at = 1; at + 1 < object.size();) {
        const std::size_t name_end = end_of_string(object, at);
        const std::size_t value_end = end_of_value(object, name_end + 1);
        if (name_end + 1 >= object.size()) break;
        fields.emplace_back(text_of(object.substr(at, name_end - at)),
                            text_of(object.substr(name_end + 1, value_end - name_end - 1)));
        at = value_end + 1;
    }
    return fields;
}

}  // namespace callstream::sinks
