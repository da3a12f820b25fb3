// Recorded reports, one a line, to events: for replay. A report that is no report is counted.
//
// Threads: one.
#pragma once

#include "core/decoder.h"
#include "parsers/yeastar_translator.h"

namespace callstream::parsers {

class yeastar_lines final : public decoder {
public:
    yeastar_lines(const yeastar_settings& settings, event_output& output)
        : translator_(settings, output) {}

    void reset(timestamp) override {}
    result<std::size_t> decode(std::string_view pending, timestamp arrived,
                               message_handler* handler) override;
    void finish(timestamp now) override;
    void tick(timestamp now) override { translator_.tick(now); }
    decoder_counters counters() const noexcept override { return counters_; }

private:
    void take(std::string_view line, timestamp arrived);

    yeastar_translator translator_;
    decoder_counters counters_;
    std::string torn_;  // the last line, should it have no end
};

}  // namespace callstream::parsers
