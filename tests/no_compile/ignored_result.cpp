// Whoever ignores a result<T> is told by the compiler.
#include "core/result.h"

namespace {

callstream::result<int> parse() {
    return 5;
}

int use() {
#ifdef MUST_NOT_COMPILE
    parse();
#endif
    return parse().value_or(0);
}

}  // namespace

int main() {
    return use() == 5 ? 0 : 1;
}
