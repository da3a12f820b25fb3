#include "parsers/cdr_decoder.h"

#include <optional>
#include <utility>

#include "parsers/cdr_csv.h"
#include "parsers/cdr_json.h"
#include "parsers/cdr_xml.h"
#include "parsers/text_repair.h"

namespace callstream::parsers {
namespace {

cdr_dialect dialect_of(cdr_format format) noexcept {
    switch (format) {
        case cdr_format::nexo_json:
        case cdr_format::nexo_csv:
            return cdr_dialect::nexo;
        case cdr_format::ucm_json:
        case cdr_format::ucm_csv:
        case cdr_format::ucm_xml:
            return cdr_dialect::ucm;
        case cdr_format::asterisk_csv:
            return cdr_dialect::asterisk;
        case cdr_format::fiberme_json:
            return cdr_dialect::fiberme;
        case cdr_format::voipmonitor_json:
            return cdr_dialect::voipmonitor;
    }
    return cdr_dialect::asterisk;
}

constexpr std::size_t said_size_max = 120;  // it stands in logs

bool is_csv(cdr_format format) noexcept {
    return format == cdr_format::nexo_csv || format == cdr_format::ucm_csv ||
           format == cdr_format::asterisk_csv;
}

}  // namespace

// One of them is there.
struct cdr_decoder::readers {
    explicit readers(const cdr_decoder_settings& settings) {
        if (is_csv(settings.format))
            csv.emplace(dialect_of(settings.format), settings.charset, settings.columns);
        else if (settings.format == cdr_format::ucm_xml)
            xml.emplace(settings.charset);
        else
            json.emplace(settings.charset);
    }

    cdr_answer read(std::string_view body, cdr_record_handler& handler) {
        if (csv) return csv->read(body, handler);
        return xml ? xml->read(body, handler) : json->read(body, handler);
    }

    std::optional<cdr_csv_reader> csv;
    std::optional<cdr_xml_reader> xml;
    std::optional<cdr_json_reader> json;
};

cdr_decoder::cdr_decoder(const cdr_decoder_settings& settings)
    : rows_(dialect_of(settings.format), settings.timezone, settings.calls_by_channel),
      readers_(std::make_unique<readers>(settings)),
      keeps_damaged_(settings.keeps_damaged) {}

cdr_decoder::~cdr_decoder() = default;

cdr_decoding cdr_decoder::decode(std::string_view body, timestamp read_at,
                                 std::vector<cdr_row>& rows) {
    const std::size_t count_before = rows.size();
    rows_.begin(rows, read_at);
    cdr_answer answer = readers_->read(body, rows_);
    said_ = whole_characters(answer.said, said_size_max);
    if (!answer.problem.empty() && !keeps_damaged_) rows.resize(count_before);
    return {answer.problem, answer.offset, rows_.rejected(), answer.count_total, said_};
}

}  // namespace callstream::parsers
