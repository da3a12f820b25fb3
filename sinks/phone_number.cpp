#include "sinks/phone_number.h"

#include <algorithm>
#include <iterator>

#include <phonenumbers/logger.h>
#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>

namespace callstream::sinks {

namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

// Made once; it would log a line for each number that is none.
PhoneNumberUtil& plans() {
    static PhoneNumberUtil& all = []() -> PhoneNumberUtil& {
        PhoneNumberUtil& made = *PhoneNumberUtil::GetInstance();
        made.SetLogger(new i18n::phonenumbers::NullLogger);  // which it owns
        return made;
    }();
    return all;
}

std::string digits_of(std::string_view number) {
    std::string digits;
    std::copy_if(number.begin(), number.end(), std::back_inserter(digits),
                 [](char c) { return c >= '0' && c <= '9'; });
    return digits;
}

bool is_written_nationally(std::string_view number, const PhoneNumber& parsed,
                           const std::string& country) {
    std::string national;
    plans().Format(parsed, PhoneNumberUtil::NATIONAL, &national);
    std::string prefix;
    plans().GetNddPrefixForRegion(country, true, &prefix);
    const std::string written = digits_of(number);
    return written == digits_of(national) || written == prefix + digits_of(national);
}

}  // namespace

bool is_country(std::string_view country) {
    return plans().GetCountryCodeForRegion(std::string(country)) != 0;
}

std::optional<std::string> to_e164(std::string_view number, std::string_view country) {
    // What people type between digits; letters would be dialled as their digits.
    constexpr std::string_view written = "+0123456789 -()/.";
    if (number.empty() || number.find_first_not_of(written) != std::string_view::npos)
        return std::nullopt;
    const std::string region(country);
    PhoneNumber parsed;
    if (plans().ParseAndKeepRawInput(std::string(number), region, &parsed) !=
            PhoneNumberUtil::NO_PARSING_ERROR ||
        !plans().IsValidNumber(parsed))
        return std::nullopt;
    const bool international =
        parsed.country_code_source() == PhoneNumber::FROM_NUMBER_WITH_PLUS_SIGN ||
        parsed.country_code_source() == PhoneNumber::FROM_NUMBER_WITH_IDD;
    if (!international && !is_written_nationally(number, parsed, region)) return std::nullopt;
    std::string e164;
    plans().Format(parsed, PhoneNumberUtil::E164, &e164);
    return e164;
}

}  // namespace callstream::sinks
