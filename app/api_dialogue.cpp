#include "app/api_dialogue.h"

#include <optional>
#include <utility>

namespace callstream::app {

bool api_dialogue::fail(std::string_view words, const std::string& detail) {
    problem_ = words;
    if (!detail.empty()) problem_.append(": ").append(detail);
    return false;
}

bool api_dialogue::accept(const sources::poll_judgement& judged) {
    return judged.fine() || fail(judged.words, judged.detail);
}

bool api_dialogue::log_in(sources::poll_session& session) {
    auto request = session.make_login();
    if (!request) return fail(request.error().what, {});
    if (!*request) return true;
    return ask(*std::move(*request)) && accept(session.take_login(answer()));
}

bool api_dialogue::ask(http_call_request request) {
    request.total_timeout = settings_.answer_timeout;
    request.answer_size_max = settings_.answer_size_max;
    std::optional<result<void>> outcome;
    exchange_.start(std::move(request), [&outcome](const result<void>& done) { outcome = done; });
    while (!outcome)
        home_.run_once();
    return outcome->has_value() || fail(outcome->error().what, exchange_.detail());
}

}  // namespace callstream::app
