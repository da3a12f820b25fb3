#include "app/config_page.h"

#include <algorithm>
#include <string_view>

namespace callstream::app {

namespace {

constexpr std::string_view head =
    "# Configuration\n"
    "\n"
    "Made by `callstream reference configuration`; a test keeps it in step with the program.\n"
    "\n"
    "The file is TOML, `/etc/callstream/callstream.toml` unless `--config` or `CALLSTREAM_CONFIG`\n"
    "names another. `callstream check` says everything that is wrong with it, with line and "
    "column.\n"
    "Any value may be `{ env = \"NAME\" }` or `{ file = \"/path\" }`, so that no secret has to "
    "stand in\n"
    "the file. An option that is not known is an error. `NAME` is a name of your choice. A "
    "duration\n"
    "is written `\"500ms\"`, `\"30s\"`, `\"5m\"`, `\"24h\"`, a size `\"64MiB\"`, `\"4GiB\"`.\n";

std::string_view parent_of(std::string_view path) {
    const std::size_t point = path.rfind('.');
    return point == std::string_view::npos ? std::string_view() : path.substr(0, point);
}

std::string_view name_of(std::string_view path) {
    const std::size_t point = path.rfind('.');
    return point == std::string_view::npos ? path : path.substr(point + 1);
}

// A bar would end the cell.
std::string cell(std::string_view words) {
    std::string out;
    for (const char c : words)
        out += c == '|' ? std::string("\\|") : std::string(1, c);
    return out;
}

std::string default_of(const config_option& option) {
    if (option.required) return "**required**";
    return option.default_value.empty() ? "" : '`' + option.default_value + '`';
}

std::string row(const config_option& option) {
    std::string kind = option.kind;
    if (!option.bounds.empty()) kind += ", " + option.bounds;
    return "| `" + std::string(name_of(option.path)) + "` | " + cell(option.about) + " | " +
           cell(kind) + " | " + cell(default_of(option)) + " |\n";
}

std::string section(const config_option& table, const std::vector<config_option>& options) {
    std::string rows;
    for (const config_option& option : options)
        if (option.kind != "table" && parent_of(option.path) == table.path) rows += row(option);
    if (rows.empty()) return {};
    return "\n## `[" + table.path + "]`\n\n" + std::string(table.about) +
           "\n\n| option | what it is | values | default |\n|---|---|---|---|\n" + rows;
}

}  // namespace

std::string config_page(const std::vector<config_option>& options) {
    std::string out(head);
    for (const config_option& option : options)
        if (option.kind == "table") out += section(option, options);
    return out;
}

}  // namespace callstream::app
