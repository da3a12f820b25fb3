// CDR answers and files of any form. The first byte says which: what is read has a start and a key
// of its own, is UTF-8, and can be written as an event; what is not read has a reason; and the same
// bytes give the same rows again.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "core/event_writer.h"
#include "core/limits.h"
#include "parsers/cdr_decoder.h"
#include "parsers/text_repair.h"

namespace {

using namespace callstream;
using namespace callstream::parsers;

void require(bool holds) {
    if (!holds) std::abort();
}

void check(const cdr_row& row) {
    static event_writer writer;
    static std::vector<char> room(limits::record_size_max);
    std::vector<header> headers;
    require(row.started_at.has_value());
    require(is_utf8(row.key) && is_utf8(row.calling.name) && is_utf8(row.application_data));
    event told;
    told.type = event_type::cdr_created;
    told.time = end_of(row).value();
    told.subject = told.partition = row.call_id;
    told.natural_key = row.key;
    told.data = data_of(row, headers);
    require(writer.write(told, {"pbx", 1, 0, told.time}, room).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0 || size > 64 * 1024) return 0;
    cdr_decoder_settings settings;
    settings.format = static_cast<cdr_format>(data[0] % cdr_format_names.size());
    settings.timezone = "Europe/Berlin";
    const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
    const timestamp now{std::chrono::seconds(1'700'000'000)};

    std::vector<cdr_row> rows;
    cdr_decoder decoder(settings);
    const cdr_decoding first = decoder.decode(body, now, rows);
    require(first.offset <= body.size() * repair_growth_max + 1);
    require(first.problem.empty() || rows.empty());
    for (const cdr_row& row : rows)
        check(row);

    std::vector<cdr_row> again;
    cdr_decoder other(settings);
    const cdr_decoding second = other.decode(body, now, again);
    require(second.problem == first.problem && second.rejected == first.rejected);
    require(again.size() == rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        require(rows[i].key == again[i].key && rows[i].call_id == again[i].call_id);
    return 0;
}
