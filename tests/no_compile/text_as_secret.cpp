// A text becomes a secret only where the code says so.
#include <string>

#include "core/secret.h"

namespace {

bool is_known(const callstream::secret& word) {
    return !word.empty();
}

}  // namespace

int main() {
    const std::string word = "hidden";
#ifdef MUST_NOT_COMPILE
    return is_known(word) ? 0 : 1;
#endif
    return is_known(callstream::secret(word)) ? 0 : 1;
}
