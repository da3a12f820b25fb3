// The program's log: one line each, words, then key=value. Written to stderr.
//
// error: data was lost or a person must act; warn: we recovered; info: start, stop, reconnect;
// debug: rare detail. Never a payload, a secret, or a caller's number. The same words about the
// same thing (the first field, such as pbx or sink) come at most once a second; the next line then
// says how many were left out.
//
// Threads: any.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

namespace callstream {

class secret;

enum class log_level : std::uint8_t { debug, info, warn, error };
enum class log_format : std::uint8_t { words, json };

struct log_field {
    std::string_view key;
    std::string value;
    bool plain = false;  // a number or a boolean: never quoted

    log_field(std::string_view name, std::string_view said) : key(name), value(said) {}
    log_field(std::string_view name, const char* said) : key(name), value(said) {}
    log_field(std::string_view name, const std::string& said) : key(name), value(said) {}
    log_field(std::string_view name, const secret& said) = delete;
    template <class Number>
    requires std::is_arithmetic_v<Number> log_field(std::string_view name, Number number)
        : key(name), value(shown(number)), plain(std::is_integral_v<Number>) {}

private:
    static std::string shown(bool yes) { return yes ? "true" : "false"; }
    static std::string shown(auto number) { return std::to_string(number); }
};

void set_log(log_level lowest, log_format format);
void write_log(log_level level, std::string_view words, std::initializer_list<log_field> fields);

inline void log_debug(std::string_view words, std::initializer_list<log_field> fields = {}) {
    write_log(log_level::debug, words, fields);
}
inline void log_info(std::string_view words, std::initializer_list<log_field> fields = {}) {
    write_log(log_level::info, words, fields);
}
inline void log_warn(std::string_view words, std::initializer_list<log_field> fields = {}) {
    write_log(log_level::warn, words, fields);
}
inline void log_error(std::string_view words, std::initializer_list<log_field> fields = {}) {
    write_log(log_level::error, words, fields);
}

}  // namespace callstream
