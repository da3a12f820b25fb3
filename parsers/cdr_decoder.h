// Reads a whole answer or file of CDRs, in whatever form and of whatever product, into rows.
//
// Threads: one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/cdr_row.h"
#include "parsers/cdr_rows.h"
#include "parsers/text_decoder.h"

namespace callstream::parsers {

enum class cdr_format : std::uint8_t {
    nexo_json,
    nexo_csv,
    ucm_json,
    ucm_csv,
    ucm_xml,
    asterisk_csv,
    fiberme_json,
    voipmonitor_json,
};

// As the command line names them.
inline constexpr std::array<std::string_view, 8> cdr_format_names{
    "nexo-json", "nexo-csv",     "ucm-json",     "ucm-csv",
    "ucm-xml",   "asterisk-csv", "fiberme-json", "voipmonitor-json"};

struct cdr_decoder_settings {
    cdr_format format = cdr_format::ucm_json;
    std::string timezone = "UTC";  // which must be known
    parsers::charset charset = parsers::charset::guessed;
    std::vector<std::string> columns{};  // of a CSV without a row that names them
    // Of an answer that is torn or damaged, take the rows before the damage all the same: right for
    // a file, wrong for an answer that is asked for again.
    bool keeps_damaged = false;
    // Of a UCM that is heard by its manager interface as well, which knows no session.
    bool calls_by_channel = false;
};

class cdr_decoder final : public cdr_row_decoder {
public:
    explicit cdr_decoder(const cdr_decoder_settings& settings);
    ~cdr_decoder() override;

    cdr_decoding decode(std::string_view body, timestamp read_at,
                        std::vector<cdr_row>& rows) override;

    // Of the last decode(): the first rejected rows.
    const std::vector<cdr_problem>& problems() const noexcept { return rows_.problems(); }

private:
    struct readers;

    cdr_rows rows_;
    std::unique_ptr<readers> readers_;
    bool keeps_damaged_;
    std::string said_;
};

}  // namespace callstream::parsers
