// A secret does not go into a stream.
#include <iostream>

#include "core/secret.h"

int main() {
    const callstream::secret word("hidden");
#ifdef MUST_NOT_COMPILE
    std::cout << word;
#endif
    return word.empty() ? 1 : 0;
}
