// A configuration file as a tree of values that know where they stand. The TOML parser stays
// behind read_config_file(): nobody else sees it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace callstream {

// Both from 1; 0: nowhere in particular.
struct config_place {
    std::uint32_t line = 0;
    std::uint32_t column = 0;
};

struct config_node;
struct config_entry;
using config_entries = std::vector<config_entry>;  // in the order of the file
using config_array = std::vector<config_node>;

// A type that no option has, such as a date.
struct config_other {
    std::string_view kind;
};

struct config_node {
    std::variant<config_entries, config_array, std::string, std::int64_t, bool, config_other> value;
    config_place place;
};

struct config_entry {
    std::string key;
    config_place place;  // of the key
    config_node value;
};

// What is wrong, where, about which key. Never holds a value of the file.
struct config_problem {
    config_place place;
    std::string path;  // such as pbx.hq.ami.secret; empty: the file as a whole
    std::string what;
};

// FILE:LINE:COLUMN: PATH: WHAT
std::string format_problem(std::string_view file, const config_problem& problem);

struct config_document {
    config_node root;
    std::vector<config_problem> problems;  // unreadable, or not TOML
};

config_document parse_config(std::string_view toml);
config_document read_config_file(const std::string& path);

}  // namespace callstream
