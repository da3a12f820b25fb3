// What a sink gets in place of telephone numbers: the same number in E.164, a mask, or a keyed
// hash.
//
// A number is the `number` of any party, a name that is nothing but a number, and the value of a
// header whose name says so (CallerIDNum, Exten, dnid ...). In names of channels and devices, and
// in the arguments of applications, it is each row of seven digits or more. Names of recordings
// stay: they are how a recording is found.
//
// Threads: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/secret.h"

namespace callstream::sinks {

enum class number_form : std::uint8_t { plain, masked, hashed };

struct number_settings {
    number_form form = number_form::plain;
    bool e164 = false;             // where the PBX's country makes it certain
    std::size_t keep_last = 3;     // digits that a mask shows
    std::size_t shorter_than = 0;  // numbers that stay as they are, such as extensions
    secret key;                    // of the hash: HMAC-SHA256
};

inline bool changes_numbers(const number_settings& settings) noexcept {
    return settings.form != number_form::plain || settings.e164;
}

class number_shaper {
public:
    // `countries`: of each PBX that has one, ISO 3166-1.
    number_shaper(const number_settings& settings,
                  std::map<std::string, std::string, std::less<>> countries);

    // `data` of an event of `pbx`, with its numbers changed; the same view if there are none.
    // Valid until the next call.
    std::string_view shape(std::string_view data, std::string_view pbx);

private:
    enum class place : std::uint8_t { none, number, perhaps, within };

    static place place_of(std::string_view key, bool in_pair) noexcept;
    std::size_t walk(std::string_view data);
    void put(place where, std::string_view value);
    void put_within(std::string_view value, std::size_t digits_min);
    void put_number(std::string_view number);
    std::string change(const std::string& number) const;

    const number_settings settings_;
    const std::map<std::string, std::string, std::less<>> countries_;
    std::string_view country_;
    bool crowded_ = false;  // no room for anything longer than the number was
    std::string out_;
    std::string number_;
    std::unordered_map<std::string, std::string> known_;  // by country and number; bounded
};

}  // namespace callstream::sinks
