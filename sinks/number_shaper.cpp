#include "sinks/number_shaper.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "core/digest.h"
#include "core/ensure.h"
#include "core/json_strings.h"
#include "core/json_unescape.h"
#include "sinks/phone_number.h"

namespace callstream::sinks {

namespace {

constexpr std::size_t known_count_max = 16'384;
constexpr std::size_t row_size_min = 7;  // digits within a name that are a number
constexpr std::size_t growth_size_max = 256 * 1024;
constexpr std::size_t hash_size = 32;  // hexadecimal digits: 128 bits
constexpr std::string_view between_digits = " -()/.";

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

std::size_t digit_count(std::string_view text) noexcept {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_digit));
}

bool is_only_a_number(std::string_view text) noexcept {
    return digit_count(text) >= row_size_min && std::all_of(text.begin(), text.end(), [](char c) {
               return is_digit(c) || c == '+' || between_digits.find(c) != std::string_view::npos;
           });
}

bool ends_in(std::string_view name, std::string_view end) noexcept {
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    };
    return name.size() >= end.size() &&
           std::equal(end.begin(), end.end(), name.end() - static_cast<std::ptrdiff_t>(end.size()),
                      [&](char a, char b) { return a == lower(b); });
}

template <std::size_t size>
bool ends_in_any(std::string_view name, const std::array<std::string_view, size>& ends) noexcept {
    return std::any_of(ends.begin(), ends.end(),
                       [&](std::string_view end) { return ends_in(name, end); });
}

constexpr std::array<std::string_view, 16> number_headers{
    "num",   "number", "exten",  "extension", "callerid", "calleridani", "calleridrdnis", "dnid",
    "rdnis", "ani",    "source", "src",       "dst",      "destination", "phone",         "clid"};
constexpr std::array<std::string_view, 8> name_headers{
    "channel", "device", "interface", "appdata", "data", "location", "dialstring", "name"};

}  // namespace

number_shaper::number_shaper(const number_settings& settings,
                             std::map<std::string, std::string, std::less<>> countries)
    : settings_(settings), countries_(std::move(countries)) {}

number_shaper::place number_shaper::place_of(std::string_view key, bool in_pair) noexcept {
    if (in_pair) {
        if (ends_in_any(key, number_headers)) return place::number;
        return ends_in_any(key, name_headers) ? place::within : place::none;
    }
    if (key == "number") return place::number;
    if (key == "name") return place::perhaps;
    constexpr std::array<std::string_view, 8> names{
        "device", "channel", "destination_channel", "application_data",
        "agent",  "parker",  "user_field",          "trunk"};
    const bool within = std::find(names.begin(), names.end(), key) != names.end();
    return within ? place::within : place::none;
}

std::string_view number_shaper::shape(std::string_view data, std::string_view pbx) {
    const auto country = countries_.find(pbx);
    country_ = country == countries_.end() ? std::string_view() : country->second;
    if (walk(data) == 0) return data;
    if (out_.size() > data.size() + growth_size_max) {
        crowded_ = true;
        walk(data);
        crowded_ = false;
    }
    return out_;
}

// Writes the data anew; returns how far its last number reaches.
std::size_t number_shaper::walk(std::string_view data) {
    out_.clear();
    std::size_t done = 0;
    for (json_strings strings(data); strings.next();) {
        const place where = place_of(strings.key(), strings.in_pair());
        const std::string_view value = strings.value();
        if (where == place::none || digit_count(value) == 0) continue;
        const auto begin = static_cast<std::size_t>(value.data() - data.data());
        out_.append(data.substr(done, begin - done));
        put(where, value);
        done = begin + value.size();
    }
    out_.append(data.substr(done));
    return done;
}

void number_shaper::put(place where, std::string_view value) {
    const bool stays = (where == place::perhaps && !is_only_a_number(value)) ||
                       (where == place::within && settings_.form == number_form::plain);
    if (stays) {
        out_.append(value);
        return;
    }
    if (where == place::within) return put_within(value, row_size_min);
    if (where == place::number && value.find_first_of("\"<\\") != std::string_view::npos)
        return put_within(value, 1);  // "Alice" <+49301234>
    put_number(value);
}

// Each row of digits, with the plus in front of it. JSON's escapes with digits in them are none.
void number_shaper::put_within(std::string_view value, std::size_t digits_min) {
    for (std::size_t i = 0; i < value.size();) {
        if (value[i] == '\\') {
            const std::size_t size = value.substr(i, 2) == "\\u" ? 6 : 2;
            out_.append(value.substr(i, size));
            i = std::min(value.size(), i + size);
            continue;
        }
        const std::size_t begin = i;
        if (value[i] == '+') ++i;
        while (i < value.size() && is_digit(value[i]))
            ++i;
        const std::string_view row = value.substr(begin, i - begin);
        if (row.empty()) {
            out_.push_back(value[i++]);
        } else if (digit_count(row) >= digits_min) {
            put_number(row);
        } else {
            out_.append(row);
        }
    }
}

void number_shaper::put_number(std::string_view number) {
    if (crowded_) {
        out_.append(number.size(), '*');
        return;
    }
    number_.assign(country_).push_back('\0');
    number_.append(number);
    auto found = known_.find(number_);
    if (found == known_.end()) {
        if (known_.size() >= known_count_max) known_.clear();
        found = known_.emplace(number_, change(std::string(number))).first;
    }
    out_.append(found->second);
}

std::string number_shaper::change(const std::string& number) const {
    std::string same = number;
    if (settings_.e164)
        if (auto e164 = to_e164(number, country_)) same = std::move(*e164);
    if (settings_.form == number_form::plain || digit_count(number) < settings_.shorter_than)
        return same;
    if (settings_.form == number_form::hashed) {
        // However it was written, one number has one hash.
        std::string canonical;
        std::copy_if(same.begin(), same.end(), std::back_inserter(canonical),
                     [](char c) { return is_digit(c) || c == '+'; });
        return to_hmac_sha256_hex(settings_.key.reveal(), canonical).substr(0, hash_size);
    }
    std::size_t hidden = digit_count(same) - std::min(digit_count(same), settings_.keep_last);
    for (char& c : same)
        if (is_digit(c) && hidden > 0) {
            c = '*';
            --hidden;
        }
    return same;
}

}  // namespace callstream::sinks
