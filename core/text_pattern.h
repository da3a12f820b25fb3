// What an operator writes to choose texts: a text as it is, a glob (* and ?), or a regular
// expression between slashes, which may match anywhere in the text: /^SIP\/(10|20)/.
//
// Regular expressions are RE2's: their time grows with the text alone, whoever wrote them.
//
// Threads: matches() from any number at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"

namespace re2 {
class RE2;
}

namespace callstream {

class text_pattern {
public:
    static result<text_pattern> make(std::string_view written);
    ~text_pattern();
    text_pattern(text_pattern&&) noexcept;
    text_pattern& operator=(text_pattern&&) noexcept;

    bool matches(std::string_view value) const noexcept;

private:
    text_pattern();

    std::string glob_;
    std::unique_ptr<re2::RE2> expression_;  // null: the glob
};

}  // namespace callstream
