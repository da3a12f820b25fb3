#include "core/config_node.h"

#include <algorithm>
#include <system_error>

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include "core/limits.h"
#include "core/text_file.h"

namespace callstream {

namespace {

config_place place_of(const toml::source_region& region) {
    return {region.begin.line, region.begin.column};
}

bool stands_before(config_place a, config_place b) {
    return a.line != b.line ? a.line < b.line : a.column < b.column;
}

config_node to_node(const toml::node& from);

config_entries to_entries(const toml::table& from) {
    config_entries entries;
    for (const auto& [key, value] : from)
        entries.push_back({std::string(key.str()), place_of(key.source()), to_node(value)});
    std::sort(entries.begin(), entries.end(), [](const config_entry& a, const config_entry& b) {
        return stands_before(a.place, b.place);
    });
    return entries;
}

config_array to_array(const toml::array& from) {
    config_array values;
    for (const toml::node& value : from)
        values.push_back(to_node(value));
    return values;
}

config_node to_node(const toml::node& from) {
    config_node node;
    node.place = place_of(from.source());
    switch (from.type()) {
        case toml::node_type::table:
            node.value = to_entries(*from.as_table());
            break;
        case toml::node_type::array:
            node.value = to_array(*from.as_array());
            break;
        case toml::node_type::string:
            node.value = from.as_string()->get();
            break;
        case toml::node_type::integer:
            node.value = from.as_integer()->get();
            break;
        case toml::node_type::boolean:
            node.value = from.as_boolean()->get();
            break;
        case toml::node_type::floating_point:
            node.value = config_other{"a fraction"};
            break;
        default:
            node.value = config_other{"a date or time"};
            break;
    }
    return node;
}

// The parser's words without what it saw: that may be a part of a secret without its quotes.
std::string words_of(const toml::parse_error& error) {
    std::string words(error.description());
    if (const auto saw = words.find(", saw '"); saw != words.npos) words.erase(saw);
    if (const auto tail = words.find("' is not representable"); tail != words.npos)
        words.replace(words.find('\''), tail + 1 - words.find('\''), "the number");
    return words;
}

}  // namespace

std::string format_problem(std::string_view file, const config_problem& problem) {
    std::string out(file);
    if (problem.place.line > 0)
        out +=
            ':' + std::to_string(problem.place.line) + ':' + std::to_string(problem.place.column);
    if (!problem.path.empty()) out += ": " + problem.path;
    return out + ": " + problem.what;
}

config_document parse_config(std::string_view toml) {
    const toml::parse_result parsed = toml::parse(toml);
    config_document document;
    document.root.value = config_entries{};
    if (parsed)
        document.root = to_node(parsed.table());
    else
        document.problems.push_back(
            {place_of(parsed.error().source()), "", words_of(parsed.error())});
    return document;
}

config_document read_config_file(const std::string& path) {
    const auto text = read_text_file(path, limits::config_size_max);
    if (text) return parse_config(*text);
    config_document document;
    document.root.value = config_entries{};
    std::string what(text.error().what);
    if (text.error().sys != 0) what += ": " + std::generic_category().message(text.error().sys);
    document.problems.push_back({{}, "", what});
    return document;
}

}  // namespace callstream
