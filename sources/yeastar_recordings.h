// Where a Yeastar PBX keeps a recording: asks for the ticket that one download needs.
//
// Lifetime: the session outlives it.
// Threads:  the home loop.
#pragma once

#include <string>

#include "core/http_fetch.h"
#include "sources/recording_queue.h"
#include "sources/yeastar_session.h"

namespace callstream::sources {

class yeastar_recordings final : public recording_locator {
public:
    explicit yeastar_recordings(yeastar_session& session)
        : session_(session), fetch_(session.client()) {}

    bool ready() const noexcept override { return session_.connected(); }
    void locate(const recording_facts& wanted, handler on_place) override;
    void cancel() override { fetch_.cancel(); }

private:
    result<place> place_of(const result<void>& outcome);

    yeastar_session& session_;
    http_fetch fetch_;
    yeastar_answer_reader reader_;
    std::string file_;
    std::string token_;
};

}  // namespace callstream::sources
