// JSON of the live state, put together field by field.
//
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace callstream::sinks {

class live_json {
public:
    void begin_object() { begin('{'); }
    void end_object() { end('}'); }
    void begin_array() { begin('['); }
    void end_array() { end(']'); }

    void name(std::string_view plain);   // of the field that comes next
    void text(std::string_view value);   // null if it is empty
    void plain(std::string_view value);  // needs no escape
    void number(std::uint64_t value);
    void ratio(std::optional<double> value);  // three decimals
    void flag(bool value);
    void raw(std::string_view json);

    void text(std::string_view field, std::string_view value) { name(field), text(value); }
    void number(std::string_view field, std::uint64_t value) { name(field), number(value); }
    void raw(std::string_view field, std::string_view json) { name(field), raw(json); }

    std::string take() noexcept;

private:
    void begin(char bracket);
    void end(char bracket);
    void separate();

    std::string out_;
    bool first_ = true;
};

}  // namespace callstream::sinks
