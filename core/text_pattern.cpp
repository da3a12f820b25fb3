#include "core/text_pattern.h"

#include <re2/re2.h>

#include "core/glob.h"

namespace callstream {

text_pattern::text_pattern() = default;
text_pattern::~text_pattern() = default;
text_pattern::text_pattern(text_pattern&&) noexcept = default;
text_pattern& text_pattern::operator=(text_pattern&&) noexcept = default;

result<text_pattern> text_pattern::make(std::string_view written) {
    text_pattern made;
    if (written.size() < 2 || written.front() != '/' || written.back() != '/') {
        if (written.empty()) return failure(errc::bad_config, "an empty pattern matches nothing");
        made.glob_ = written;
        return made;
    }
    written = written.substr(1, written.size() - 2);
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_never_capture(true);
    made.expression_ =
        std::make_unique<re2::RE2>(re2::StringPiece(written.data(), written.size()), options);
    if (!made.expression_->ok())
        return failure(errc::bad_config, "is not a regular expression that RE2 takes");
    return made;
}

bool text_pattern::matches(std::string_view value) const noexcept {
    if (!expression_) return matches_glob(glob_, value);
    return re2::RE2::PartialMatch(re2::StringPiece(value.data(), value.size()), *expression_);
}

}  // namespace callstream
