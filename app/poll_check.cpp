#include "app/poll_check.h"

#include <cstdio>
#include <utility>
#include <variant>
#include <vector>

#include "app/api_dialogue.h"
#include "app/polled_family.h"

namespace callstream::app {

namespace {

class nobody final : public event_output {
public:
    void publish(const event&) override {}
};

class nowhere final : public state_store {
public:
    void put(std::string_view, std::string_view) override {}
};

// A UCM has an API of its own for recordings, which is switched on and permitted by itself.
bool check_ucm_recordings(const pbx_settings& pbx, const sources::ucm_settings& ucm,
                          sources::poll_session& session, api_dialogue& asked) {
    http_call_request question = sources::make_ucm_recording_list(ucm);
    session.sign(question);
    if (asked.ask(std::move(question)) &&
        asked.accept(sources::judge_ucm(asked.answer(), "the PBX has no REC API, or it is off"))) {
        std::printf("    recordings can be fetched\n");
        return true;
    }
    std::printf("pbx %s: gets no recordings from %s: %s\n", pbx.name.c_str(), ucm.url.c_str(),
                asked.problem().c_str());
    return false;
}

}  // namespace

bool check_poll(const pbx_settings& pbx) {
    nobody unheard;
    nowhere unkept;
    const polled_family family = build_polled_family(pbx, *pbx.poll, {unheard, unkept});
    api_dialogue asked(pbx.poll->client);
    const auto print_problem = [&](const char* what) {
        std::printf("pbx %s: %s %s: %s\n", pbx.name.c_str(), what, pbx.poll->client.url.c_str(),
                    asked.problem().c_str());
        return false;
    };
    if (!asked.log_in(*family.session)) return print_problem("cannot log in at");
    const timestamp time = now();
    http_call_request question = family.cdrs->make_question(
        {{time - std::chrono::hours(1), time + std::chrono::hours(1)}, 0, 0});
    family.session->sign(question);
    if (!asked.ask(std::move(question))) return print_problem("gets no CDRs from");
    std::vector<cdr_row> rows;
    const sources::cdr_reading reading = family.cdrs->read(asked.answer(), rows);
    if (!asked.accept(reading.judgement)) return print_problem("gets no CDRs from");
    std::printf("pbx %s: logged in at %s; CDRs of the last hour: %zu%s\n", pbx.name.c_str(),
                pbx.poll->client.url.c_str(), rows.size(), reading.is_last ? "" : " and more");
    if (reading.rejected > 0)
        std::printf("    loses events: %zu CDRs cannot be read\n", reading.rejected);
    const auto* ucm = std::get_if<sources::ucm_settings>(&pbx.poll->api);
    if (ucm == nullptr || !pbx.recordings) return true;
    return check_ucm_recordings(pbx, *ucm, *family.session, asked);
}

}  // namespace callstream::app
