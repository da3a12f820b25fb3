// Pushed reports to typed events, over the table of calls.
//
// Every report leads to an event: to typed ones if it tells of something that has a type and is
// news, otherwise to itself as vendor.event with all its fields.
//
// Lifetime: the output outlives it.
// Threads:  the PBX's home loop.
#pragma once

#include <memory>
#include <string>

#include "core/event.h"
#include "core/report_decoder.h"
#include "parsers/text_decoder.h"

namespace callstream::parsers {

struct yeastar_settings {
    std::string family = "yeastar";  // data.vendor.family
    std::string timezone = "UTC";    // IANA name of the zone of the PBX's clock; must be known
    charset texts = charset::guessed;
};

class yeastar_translator final : public report_decoder {
public:
    yeastar_translator(const yeastar_settings& settings, event_output& output);
    ~yeastar_translator() override;

    report_verdict decode(std::string_view body, timestamp arrived, report_coming coming) override;
    void restore(const record& stored) override;
    void tick(timestamp now) override;
    report_counters counters() const noexcept override;

private:
    class state;
    std::unique_ptr<state> state_;
};

}  // namespace callstream::parsers
