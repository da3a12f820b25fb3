// A scalar of a JSON document that is walked on demand, as text: strings without their escapes,
// numbers and booleans as they stand.
//
// Lifetime: the text is in the document, or in the arena.
// Threads:  one.
#pragma once

#include <algorithm>
#include <string_view>

#include <simdjson.h>

#include "core/event_data.h"
#include "core/limits.h"
#include "parsers/json_text.h"

namespace callstream::parsers {

// The type is known from the first letter alone: "tru" is a boolean so far.
inline bool is_whole_scalar(simdjson::ondemand::value& value,
                            simdjson::ondemand::json_type type) noexcept {
    switch (type) {
        case simdjson::ondemand::json_type::null: {
            bool is_null = false;
            return value.is_null().get(is_null) == simdjson::SUCCESS && is_null;
        }
        case simdjson::ondemand::json_type::number:
            return value.get_double().error() == simdjson::SUCCESS;
        case simdjson::ondemand::json_type::boolean:
            return value.get_bool().error() == simdjson::SUCCESS;
        default:
            return true;
    }
}

// A quoted token as text: in place, or unescaped behind what the arena holds.
inline bool take_json_text(text& token, text_arena& arena) {
    if (token.size() < 2 || token.back() != '"') return false;
    token = token.substr(1, token.size() - 2);
    const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
    if (std::any_of(token.begin(), token.end(), control)) return false;
    if (token.find('\\') == text::npos) return true;
    token = arena.add(token.size() + limits::slab_spare_size,
                      [token](char* out) { return unescape_json(token, out); });
    return true;
}

// Null is the null text.
inline simdjson::error_code read_scalar(simdjson::ondemand::value& value, text_arena& arena,
                                        text& out) {
    simdjson::ondemand::json_type type;
    if (const auto failed = value.type().get(type)) return failed;
    text token = value.raw_json_token();
    while (!token.empty() && (token.back() == ' ' || token.back() == '\n' || token.back() == '\r' ||
                              token.back() == '\t'))
        token.remove_suffix(1);
    if (!is_whole_scalar(value, type)) return simdjson::TAPE_ERROR;
    if (type == simdjson::ondemand::json_type::string && !take_json_text(token, arena))
        return simdjson::STRING_ERROR;
    out = type == simdjson::ondemand::json_type::null ? text() : token;
    return simdjson::SUCCESS;
}

}  // namespace callstream::parsers
