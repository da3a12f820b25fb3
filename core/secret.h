// A value that is never shown. It cannot be formatted, logged or written to a stream; whoever needs
// the bytes says reveal(), which is easy to find in the code.
#pragma once

#include <iosfwd>
#include <string>
#include <utility>

namespace callstream {

class secret {
public:
    secret() = default;
    explicit secret(std::string value) : value_(std::move(value)) {}

    const std::string& reveal() const noexcept { return value_; }
    bool empty() const noexcept { return value_.empty(); }
    bool operator==(const secret&) const = default;

private:
    std::string value_;
};

std::ostream& operator<<(std::ostream&, const secret&) = delete;

}  // namespace callstream
