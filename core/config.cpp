#include "core/config.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "core/config_value.h"
#include "core/limits.h"
#include "core/text_file.h"

namespace callstream {

namespace {

constexpr std::string_view in_file = "the configuration file";

std::string_view kind_of(const config_node& node) noexcept {
    if (const auto* other = std::get_if<config_other>(&node.value)) return other->kind;
    constexpr std::array<std::string_view, 5> kinds{"a table", "a list", "a string", "an integer",
                                                    "a boolean"};
    return kinds[node.value.index()];
}

bool is_control(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
}

bool is_bare(std::string_view key) noexcept {
    return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '_' || c == '-';
    });
}

// A key as it is written in the file, safe for a terminal.
std::string written(std::string_view key) {
    std::string out(key);
    std::replace_if(out.begin(), out.end(), is_control, '?');
    return is_bare(key) ? out : '"' + out + '"';
}

std::string joined(const std::vector<std::string>& texts) {
    std::string out;
    for (const std::string& text : texts)
        out += (out.empty() ? "\"" : ", \"") + text + '"';
    return '[' + out + ']';
}

std::string one_of_names(std::span<const std::string_view> names) {
    std::string out;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0) out += i + 1 == names.size() ? " or " : ", ";
        out.append("\"").append(names[i]).append("\"");
    }
    return out;
}

std::string meant(std::string_view word, const std::vector<std::string_view>& known) {
    const std::string_view nearest = nearest_word(word, known);
    return nearest.empty() ? "" : "; did you mean '" + std::string(nearest) + "'?";
}

const config_entry* substitution(const config_node& node) noexcept {
    const auto* entries = std::get_if<config_entries>(&node.value);
    if (entries == nullptr || entries->size() != 1) return nullptr;
    const config_entry& only = entries->front();
    return only.key == "env" || only.key == "file" ? &only : nullptr;
}

}  // namespace

config_table::config_table(report& to, const config_node* node, std::string path)
    : report_(to),
      node_(node),
      entries_(node == nullptr ? nullptr : std::get_if<config_entries>(&node->value)),
      path_(std::move(path)) {}

const config_entry* config_table::find(std::string_view key) const noexcept {
    if (entries_ == nullptr) return nullptr;
    const auto found = std::find_if(entries_->begin(), entries_->end(),
                                    [key](const config_entry& entry) { return entry.key == key; });
    return found == entries_->end() ? nullptr : &*found;
}

const config_entry* config_table::ask(const config_key& key, std::string kind,
                                      std::string default_value, std::string bounds) {
    known_.push_back(key.name);
    if (report_.options != nullptr)
        report_.options->push_back({path_of(key.name), std::move(kind), std::move(default_value),
                                    key.about, false, std::move(bounds)});
    return find(key.name);
}

std::string config_table::path_of(std::string_view key) const {
    return path_.empty() ? written(key) : path_ + '.' + written(key);
}

void config_table::add_problem(config_place place, const std::string& path,
                               const std::string& what) {
    report_.problems.push_back({place, path, what});
}

void config_table::wrong_type(const config_node& node, const std::string& path,
                              std::string_view wanted) {
    add_problem(node.place, path,
                std::string("must be ").append(wanted).append(", not ").append(kind_of(node)));
}

void config_table::fail(std::string_view key, const std::string& what) {
    if (const config_entry* entry = find(key))
        add_problem(entry->value.place, path_of(key), what);
    else
        add_problem(node_ == nullptr ? config_place{} : node_->place, path_, what);
}

std::optional<config_text> config_table::substitute(const config_entry& by,
                                                    const std::string& path) {
    const auto* name = std::get_if<std::string>(&by.value.value);
    if (name == nullptr) {
        wrong_type(by.value, path + '.' + by.key, "a string");
        return std::nullopt;
    }
    if (by.key == "env") {
        if (const char* value = std::getenv(name->c_str()))
            return config_text{value, "env " + *name};
        add_problem(by.value.place, path, "environment variable " + *name + " is not set");
        return std::nullopt;
    }
    auto read = read_text_file(*name, limits::secret_size_max);
    if (!read) {
        std::string what = "file " + *name + ": ";
        what += read.error().sys != 0 ? std::generic_category().message(read.error().sys)
                                      : std::string(read.error().what);
        add_problem(by.value.place, path, what);
        return std::nullopt;
    }
    if (read->ends_with('\n')) read->pop_back();
    if (read->ends_with('\r')) read->pop_back();
    return config_text{*std::move(read), "file " + *name};
}

std::optional<config_text> config_table::text_of(const config_node& node, const std::string& path) {
    std::optional<config_text> found;
    if (const auto* said = std::get_if<std::string>(&node.value)) {
        found = config_text{*said, std::string(in_file)};
    } else if (const config_entry* by = substitution(node)) {
        found = substitute(*by, path);
    } else {
        wrong_type(node, path, "a string");
    }
    if (!found) return std::nullopt;
    const std::string& value = found->value;
    if (value.empty()) {
        add_problem(node.place, path, "must not be empty");
        return std::nullopt;
    }
    if (std::any_of(value.begin(), value.end(), is_control)) {
        add_problem(node.place, path, "must not hold line ends or other control characters");
        return std::nullopt;
    }
    return found;
}

bool config_table::text(const config_key& key, std::string& out) {
    const config_entry* entry = ask(key, "text", out);
    if (entry == nullptr) return false;
    auto said = text_of(entry->value, path_of(key.name));
    if (!said) return false;
    out = std::move(said->value);
    return true;
}

bool config_table::password(const config_key& key, secret& out, std::string& origin) {
    const config_entry* entry = ask(key, "secret", "");
    if (entry == nullptr) return false;
    auto said = text_of(entry->value, path_of(key.name));
    if (!said) return false;
    out = secret(std::move(said->value));
    origin = std::move(said->origin);
    return true;
}

bool config_table::flag(const config_key& key, bool& out) {
    const config_entry* entry = ask(key, "true or false", out ? "true" : "false");
    if (entry == nullptr) return false;
    if (const auto* said = std::get_if<bool>(&entry->value.value)) {
        out = *said;
        return true;
    }
    if (substitution(entry->value) == nullptr) {
        wrong_type(entry->value, path_of(key.name), "true or false");
        return false;
    }
    const auto said = text_of(entry->value, path_of(key.name));
    if (!said) return false;
    if (said->value != "true" && said->value != "false") {
        fail(key.name, "must be true or false");
        return false;
    }
    out = said->value == "true";
    return true;
}

bool config_table::whole(const config_key& key, std::uint64_t& out,
                         config_range<std::uint64_t> allowed) {
    const config_entry* entry =
        ask(key, "number", std::to_string(out),
            std::to_string(allowed.min) + " to " + std::to_string(allowed.max));
    if (entry == nullptr) return false;
    std::optional<std::uint64_t> value;
    if (const auto* integer = std::get_if<std::int64_t>(&entry->value.value)) {
        if (*integer >= 0) value = static_cast<std::uint64_t>(*integer);
    } else if (substitution(entry->value) != nullptr) {
        const auto said = text_of(entry->value, path_of(key.name));
        if (!said) return false;
        std::uint64_t number = 0;
        const char* end = said->value.data() + said->value.size();
        const auto [rest, problem] = std::from_chars(said->value.data(), end, number);
        if (problem == std::errc{} && rest == end) value = number;
    } else {
        wrong_type(entry->value, path_of(key.name), "an integer");
        return false;
    }
    if (!value || *value < allowed.min || *value > allowed.max) {
        fail(key.name, "must be a number from " + std::to_string(allowed.min) + " to " +
                           std::to_string(allowed.max));
        return false;
    }
    out = *value;
    return true;
}

bool config_table::size(const config_key& key, std::uint64_t& out,
                        config_range<std::uint64_t> allowed) {
    const config_entry* entry = ask(key, "size", format_size(out),
                                    format_size(allowed.min) + " to " + format_size(allowed.max));
    if (entry == nullptr) return false;
    std::string said;
    if (const auto* number = std::get_if<std::int64_t>(&entry->value.value)) {
        said = std::to_string(*number);
    } else {
        auto written_as = text_of(entry->value, path_of(key.name));
        if (!written_as) return false;
        said = std::move(written_as->value);
    }
    const auto value = parse_size(said);
    if (!value) {
        fail(key.name, std::string(value.error().what));
        return false;
    }
    if (*value < allowed.min || *value > allowed.max) {
        fail(key.name,
             "must be from " + format_size(allowed.min) + " to " + format_size(allowed.max));
        return false;
    }
    out = *value;
    return true;
}

bool config_table::milliseconds(const config_key& key, std::chrono::milliseconds& out,
                                duration_range allowed, std::chrono::milliseconds step) {
    const config_entry* entry =
        ask(key, "duration", format_duration(out),
            format_duration(allowed.min) + " to " + format_duration(allowed.max));
    if (entry == nullptr) return false;
    if (std::holds_alternative<std::int64_t>(entry->value.value)) {
        fail(key.name, "a duration needs its unit, such as \"30s\"");
        return false;
    }
    const auto said = text_of(entry->value, path_of(key.name));
    if (!said) return false;
    const auto value = parse_duration(said->value);
    if (!value) {
        fail(key.name, std::string(value.error().what));
        return false;
    }
    if (*value < allowed.min || *value > allowed.max) {
        fail(key.name, "must be from " + format_duration(allowed.min) + " to " +
                           format_duration(allowed.max));
        return false;
    }
    if (value->count() % step.count() != 0) {
        fail(key.name, "must be a multiple of " + format_duration(step));
        return false;
    }
    out = *value;
    return true;
}

bool config_table::one_of(const config_key& key, std::size_t& out,
                          std::span<const std::string_view> names) {
    const config_entry* entry = ask(key, one_of_names(names), std::string(names[out]));
    if (entry == nullptr) return false;
    const auto said = text_of(entry->value, path_of(key.name));
    if (!said) return false;
    const auto found = std::find(names.begin(), names.end(), said->value);
    if (found == names.end()) {
        fail(key.name,
             "must be " + one_of_names(names) + meant(said->value, {names.begin(), names.end()}));
        return false;
    }
    out = static_cast<std::size_t>(found - names.begin());
    return true;
}

bool config_table::texts(const config_key& key, std::vector<std::string>& out) {
    const config_entry* entry = ask(key, "list of texts", joined(out));
    if (entry == nullptr) return false;
    const auto* values = std::get_if<config_array>(&entry->value.value);
    if (values == nullptr) {
        wrong_type(entry->value, path_of(key.name), "a list of strings");
        return false;
    }
    std::vector<std::string> said;
    for (std::size_t i = 0; i < values->size(); ++i) {
        auto value = text_of((*values)[i], path_of(key.name) + '[' + std::to_string(i) + ']');
        if (value) said.push_back(std::move(value->value));
    }
    if (said.size() != values->size()) return false;
    out = std::move(said);
    return true;
}

bool config_table::properties(const config_key& key, std::map<std::string, std::string>& out) {
    const config_entry* entry = ask(key, "table of any properties", "");
    if (entry == nullptr) return false;
    if (!std::holds_alternative<config_entries>(entry->value.value)) {
        wrong_type(entry->value, path_of(key.name), "a table");
        return false;
    }
    add_properties(entry->value, path_of(key.name), "", out);
    return true;
}

void config_table::add_properties(const config_node& node, const std::string& path,
                                  const std::string& name,
                                  std::map<std::string, std::string>& out) {
    const auto* entries = std::get_if<config_entries>(&node.value);
    if (entries != nullptr && substitution(node) == nullptr) {
        for (const config_entry& entry : *entries)
            add_properties(entry.value, path + '.' + written(entry.key),
                           name.empty() ? entry.key : name + '.' + entry.key, out);
        return;
    }
    if (const auto* number = std::get_if<std::int64_t>(&node.value)) {
        out[name] = std::to_string(*number);
    } else if (const auto* yes = std::get_if<bool>(&node.value)) {
        out[name] = *yes ? "true" : "false";
    } else if (auto said = text_of(node, path)) {
        out[name] = std::move(said->value);
    }
}

bool config_table::table(const config_key& key, const reader& read) {
    known_.push_back(key.name);
    const config_entry* entry = find(key.name);
    if (entry != nullptr && !std::holds_alternative<config_entries>(entry->value.value)) {
        wrong_type(entry->value, path_of(key.name), "a table");
        return false;
    }
    if (entry == nullptr && report_.options == nullptr) return false;
    if (report_.options != nullptr)
        report_.options->push_back({path_of(key.name), "table", "", key.about, false, {}});
    config_table inner(report_, entry == nullptr ? nullptr : &entry->value, path_of(key.name));
    read(inner);
    inner.refuse_unknown();
    return true;
}

bool config_table::table_or_flag(const config_key& key, const reader& read) {
    const config_entry* entry = find(key.name);
    if (entry == nullptr || !std::holds_alternative<bool>(entry->value.value))
        return table(key, read);
    known_.push_back(key.name);
    return std::get<bool>(entry->value.value);
}

void config_table::tables(const config_key& key, const named_reader& read) {
    table(key, [&](config_table& all) {
        if (all.entries_ == nullptr) {
            all.table({"NAME", key.about}, [&](config_table& one) { read("NAME", one); });
            return;
        }
        for (const config_entry& entry : *all.entries_) {
            if (!is_bare(entry.key) || entry.key.size() > limits::name_size_max)
                all.add_problem(entry.place, all.path_of(entry.key),
                                "a name is 1 to 64 letters, digits, '_' or '-'");
            all.table({entry.key, key.about}, [&](config_table& one) { read(entry.key, one); });
        }
    });
}

void config_table::require(std::initializer_list<std::string_view> keys) {
    for (const std::string_view key : keys) {
        if (report_.options != nullptr) {
            for (config_option& option : *report_.options)
                if (option.path == path_of(key)) option.required = true;
        } else if (!has(key)) {
            fail(key, '\'' + std::string(key) + "' is missing");
        }
    }
}

void config_table::not_supported(std::initializer_list<std::string_view> keys) {
    for (const std::string_view key : keys) {
        if (const config_entry* entry = find(key)) {
            add_problem(entry->place, path_of(key), "not supported by this version");
            known_.push_back(key);
        }
    }
}

void config_table::refuse_unknown() {
    if (entries_ == nullptr) return;
    for (const config_entry& entry : *entries_)
        if (std::find(known_.begin(), known_.end(), entry.key) == known_.end())
            add_problem(entry.place, path_of(entry.key), "unknown key" + meant(entry.key, known_));
}

std::vector<config_problem> read_config(const config_document& document,
                                        const config_table::reader& read) {
    config_table::report report;
    config_table root(report, &document.root, "");
    read(root);
    root.refuse_unknown();
    std::stable_sort(report.problems.begin(), report.problems.end(),
                     [](const config_problem& a, const config_problem& b) {
                         return std::pair(a.place.line, a.place.column) <
                                std::pair(b.place.line, b.place.column);
                     });
    return std::move(report.problems);
}

std::vector<config_option> describe_config(const config_table::reader& read) {
    std::vector<config_option> options;
    config_table::report report;
    report.options = &options;
    config_table root(report, nullptr, "");
    read(root);
    return options;
}

}  // namespace callstream
