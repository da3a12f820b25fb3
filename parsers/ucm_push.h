// CDRs that a UCM pushes as calls end, in JSON or XML: over HTTP one body at a time, over TCP one
// behind the other on a connection, with nothing between them that could be relied upon.
//
// Lifetime: what rows are handed to outlives it.
// Threads:  the PBX's home loop.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/decoder.h"
#include "core/report_decoder.h"
#include "parsers/cdr_decoder.h"

namespace callstream::parsers {

struct ucm_push_settings {
    std::string timezone = "UTC";
    parsers::charset charset = parsers::charset::guessed;
    bool calls_by_channel = false;  // see cdr_decoder_settings
};

// One body.
class ucm_push final : public report_decoder {
public:
    struct ways {
        std::function<void(const cdr_row& row)> take;
        std::function<void(const record& stored)> restore;
        std::function<void()> keep;  // what is remembered of rows; now and then
    };

    ucm_push(const ucm_push_settings& settings, ways to);

    report_verdict decode(std::string_view body, timestamp arrived, report_coming coming) override;
    void restore(const record& stored) override { to_.restore(stored); }
    void tick(timestamp) override { to_.keep(); }
    report_counters counters() const noexcept override { return counters_; }

private:
    ways to_;
    cdr_decoder json_;
    cdr_decoder xml_;
    std::vector<cdr_row> rows_;
    report_counters counters_;
};

// Where the first document in `pending` ends; 0: not yet. Fails with lost_boundary for what is
// neither JSON nor XML, and with wrong_protocol for a request of HTTP.
result<std::size_t> ucm_document_size(std::string_view pending) noexcept;

// A connection. Without room for a record's events it stays where it is: decode() again later.
class ucm_stream final : public decoder {
public:
    ucm_stream(report_decoder& reports, std::function<bool()> has_room)
        : reports_(reports), has_room_(std::move(has_room)) {}

    void reset(timestamp) override {}
    result<std::size_t> decode(std::string_view pending, timestamp arrived,
                               message_handler* handler) override;
    void finish(timestamp now) override;
    void tick(timestamp) override {}
    decoder_counters counters() const noexcept override { return counters_; }
    // Why the last rejected document was.
    std::string_view problem() const noexcept { return problem_; }

private:
    report_decoder& reports_;
    std::function<bool()> has_room_;
    decoder_counters counters_;
    std::size_t torn_size_ = 0;
    std::string_view problem_;
};

}  // namespace callstream::parsers
