#include "core/glob.h"

#include <cstddef>

namespace callstream {

bool matches_glob(std::string_view pattern, std::string_view value) noexcept {
    constexpr std::size_t none = std::string_view::npos;
    std::size_t at = 0;
    std::size_t star = none;  // the last star, and how much of `value` it has eaten
    std::size_t eaten = 0;
    for (std::size_t i = 0; i < value.size();) {
        if (at < pattern.size() && pattern[at] == '*') {
            star = at++;
            eaten = i;
        } else if (at < pattern.size() && (pattern[at] == '?' || pattern[at] == value[i])) {
            ++at;
            ++i;
        } else if (star != none) {
            at = star + 1;
            i = ++eaten;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', at) == none;
}

}  // namespace callstream
