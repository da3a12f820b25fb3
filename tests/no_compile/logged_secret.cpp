// A secret does not become a field of a log line.
#include "core/log.h"
#include "core/secret.h"

int main() {
    const callstream::secret word("hidden");
#ifdef MUST_NOT_COMPILE
    callstream::log_info("logged in", {{"secret", word}});
#endif
    return word.empty() ? 1 : 0;
}
