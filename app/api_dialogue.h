// Questions to a PBX's API one after the other, for commands that wait for each answer.
//
// Lifetime: the settings outlive it.
// Threads:  the caller's, which runs the loop while it waits.
#pragma once

#include <string>

#include "app/poll_settings.h"
#include "core/http_client.h"
#include "core/loop.h"
#include "sources/poll_exchange.h"
#include "sources/poll_family.h"

namespace callstream::app {

class api_dialogue {
public:
    explicit api_dialogue(const sources::poll_client_settings& settings)
        : settings_(settings), client_(home_, settings.http), exchange_(client_) {}
    ~api_dialogue() { exchange_.cancel(); }
    api_dialogue(const api_dialogue&) = delete;
    api_dialogue& operator=(const api_dialogue&) = delete;

    // Logs in if the family has a login. False: problem() says why.
    bool log_in(sources::poll_session& session);
    // False: problem() says why. Else answer() is there, with whatever status.
    bool ask(http_call_request request);
    // Valid until the next question.
    sources::poll_answer answer() const noexcept { return exchange_.answer(); }
    // False, and problem() says it, if that is not fine.
    bool accept(const sources::poll_judgement& judged);
    const std::string& problem() const noexcept { return problem_; }

private:
    bool fail(std::string_view words, const std::string& detail);

    const sources::poll_client_settings& settings_;
    loop home_;
    http_client client_;
    sources::poll_exchange exchange_;
    std::string problem_;
};

}  // namespace callstream::app
