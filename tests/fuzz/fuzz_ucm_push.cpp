// CDRs over TCP, of any bytes: where they are cut does not change the rows, nothing is taken that
// did not come, and each document is counted.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "parsers/ucm_push.h"

namespace {

using namespace callstream;
using namespace callstream::parsers;

constexpr timestamp arrival{std::chrono::seconds(1'700'000'000)};

std::string rows_of(std::string_view stream, std::size_t step) {
    std::string rows;
    ucm_push reports(
        {}, {[&rows](const cdr_row& row) { rows += row.key + '\n'; }, [](const record&) {}, [] {}});
    ucm_stream over(reports, [] { return true; });
    std::string pending;
    for (std::size_t at = 0; at < stream.size(); at += step) {
        pending += stream.substr(at, step);
        const auto done = over.decode(pending, arrival, nullptr);
        if (!done) return rows;
        if (*done > pending.size()) std::abort();
        pending.erase(0, *done);
    }
    over.finish(arrival);
    if (over.counters().rejected > over.counters().messages) std::abort();
    return rows;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 16 * 1024) return 0;
    const std::string_view stream(reinterpret_cast<const char*>(data), size);
    const std::string whole = rows_of(stream, size + 1);
    // What follows a lost boundary is read or not by where the bytes were cut; what stands before
    // it is the same.
    const std::string in_pieces = rows_of(stream, 7);
    if (!in_pieces.starts_with(whole.substr(0, in_pieces.size()))) std::abort();
    return 0;
}
