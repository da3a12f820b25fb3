// Reads a configuration into settings, option by option, and gathers everything that is wrong with
// it: an operator mends a file once, not once for each mistake.
//
// One function for each settings struct names its options, their bounds and what they are for; the
// struct's own values are the defaults. The same functions, run by describe_config(), give the
// list of all options.
//
// Any value may be { env = "NAME" } or { file = "PATH" }. A key that nobody asked for is an error.
//
// Threads: one at a time.
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/config_node.h"
#include "core/config_option.h"
#include "core/secret.h"

namespace callstream {

class config_table {
public:
    using reader = std::function<void(config_table&)>;
    using named_reader = std::function<void(const std::string& name, config_table&)>;

    bool has(std::string_view key) const noexcept { return find(key) != nullptr; }

    // Each gives `out` the value of a key that is there and right, and says whether it did.
    bool text(const config_key& key, std::string& out);
    bool password(const config_key& key, secret& out, std::string& origin);
    bool flag(const config_key& key, bool& out);
    bool size(const config_key& key, std::uint64_t& out, config_range<std::uint64_t> allowed);
    bool texts(const config_key& key, std::vector<std::string>& out);
    // A table of anything: dotted keys are joined again, values become text.
    bool properties(const config_key& key, std::map<std::string, std::string>& out);

    template <std::unsigned_integral T>
    bool number(const config_key& key, T& out, config_range<T> allowed) {
        std::uint64_t value = out;
        if (!whole(key, value, {allowed.min, allowed.max})) return false;
        out = static_cast<T>(value);
        return true;
    }

    template <class Rep, class Period>
    bool duration(const config_key& key, std::chrono::duration<Rep, Period>& out,
                  duration_range allowed) {
        using target = std::chrono::duration<Rep, Period>;
        std::chrono::milliseconds value = out;
        const std::chrono::milliseconds step = target(1);
        if (!milliseconds(key, value, allowed, step)) return false;
        out = std::chrono::duration_cast<target>(value);
        return true;
    }

    // `names` in the order of the enumerators.
    template <class Enum, std::size_t size>
    bool choice(const config_key& key, Enum& out, const std::array<std::string_view, size>& names) {
        auto index = static_cast<std::size_t>(out);
        if (!one_of(key, index, names)) return false;
        out = static_cast<Enum>(index);
        return true;
    }

    // A text that `parse` makes a value of: a function from string_view to result<T>.
    template <class T, class Parse>
    bool parsed(const config_key& key, T& out, const Parse& parse) {
        std::string said;
        if (!text(key, said)) return false;
        auto value = parse(std::string_view(said));
        if (!value) {
            fail(key.name, std::string(value.error().what));
            return false;
        }
        out = *std::move(value);
        return true;
    }

    bool table(const config_key& key, const reader& read);
    // Either a table, or true for one without options; false is as if the key was not there.
    bool table_or_flag(const config_key& key, const reader& read);
    // Tables with names of the operator's choice, such as [pbx.NAME].
    void tables(const config_key& key, const named_reader& read);

    void require(std::initializer_list<std::string_view> keys);
    // Keys that mean something, but not to this version.
    void not_supported(std::initializer_list<std::string_view> keys);
    // Says what is wrong with the value of `key`, or with this table if it has no such key.
    void fail(std::string_view key, const std::string& what);

private:
    friend std::vector<config_problem> read_config(const config_document&, const reader&);
    friend std::vector<config_option> describe_config(const reader&);

    struct report {
        std::vector<config_problem> problems;
        std::vector<config_option>* options = nullptr;  // describe, do not read
    };

    config_table(report& to, const config_node* node, std::string path);

    const config_entry* find(std::string_view key) const noexcept;
    const config_entry* ask(const config_key& key, std::string kind, std::string default_value,
                            std::string bounds = {});
    // The place of a problem and its path are those of the node.
    std::optional<config_text> text_of(const config_node& node, const std::string& path);
    std::optional<config_text> substitute(const config_entry& by, const std::string& path);
    void wrong_type(const config_node& node, const std::string& path, std::string_view wanted);
    void add_problem(config_place place, const std::string& path, const std::string& what);
    bool whole(const config_key& key, std::uint64_t& out, config_range<std::uint64_t> allowed);
    bool milliseconds(const config_key& key, std::chrono::milliseconds& out, duration_range allowed,
                      std::chrono::milliseconds step);
    bool one_of(const config_key& key, std::size_t& out, std::span<const std::string_view> names);
    void add_properties(const config_node& node, const std::string& path, const std::string& name,
                        std::map<std::string, std::string>& out);
    void refuse_unknown();
    std::string path_of(std::string_view key) const;

    report& report_;
    const config_node* node_;  // may be null: describing
    const config_entries* entries_;
    std::string path_;
    std::vector<std::string_view> known_;
};

// Runs `read` on the whole document. Returns what is wrong with it, in the order of the file.
std::vector<config_problem> read_config(const config_document& document,
                                        const config_table::reader& read);

// Every option and table that `read` asks for; NAME stands for a name of the operator's choice.
std::vector<config_option> describe_config(const config_table::reader& read);

}  // namespace callstream
