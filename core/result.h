// result<T>: a value or an error. Ignoring one is a compiler error.
#pragma once

#include <tl/expected.hpp>

#include "core/error.h"

namespace callstream {

template <class T>
struct [[nodiscard]] result : tl::expected<T, error> {
    using tl::expected<T, error>::expected;
};

inline tl::unexpected<error> failure(errc code, std::string_view what, int sys = 0) {
    return tl::unexpected<error>(error{code, what, sys});
}

}  // namespace callstream
