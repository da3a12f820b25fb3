#include "sources/poll_failures.h"

#include "core/log.h"

namespace callstream::sources {

namespace {

errc code_of(poll_finding finding) noexcept {
    switch (finding) {
        case poll_finding::foreign:
            return errc::wrong_protocol;
        case poll_finding::damaged:
            return errc::malformed;
        case poll_finding::busy:
            return errc::disconnected;
        default:
            return errc::refused;
    }
}

std::string_view hint_for(const poll_failure& failed) noexcept {
    if (failed.reason.code == errc::too_large) return "raise answer_max, or shorten the window";
    switch (failed.finding) {
        case poll_finding::logged_out:  // right after a login
            return "the login was taken, and this refused all the same: check what the user may do";
        case poll_finding::credentials:
            return "check username and password";
        case poll_finding::locked:
            return "wait until the PBX unlocks the account, and check username and password";
        case poll_finding::forbidden:
            return "give the user the permission on the PBX, or poll with another one";
        case poll_finding::disabled:
            return "check the url, and switch the API on in the PBX's web interface";
        case poll_finding::bad_request:
            return "check the filter in the configuration";
        case poll_finding::foreign:
            return "check the url: something else than the PBX's API answers there";
        default:
            return {};
    }
}

}  // namespace

poll_failure failure_of(const poll_judgement& judged) {
    return {judged.finding, {code_of(judged.finding), judged.words}, judged.detail};
}

poll_failure failure_of(const error& reason, const std::string& detail) {
    return {poll_finding::busy, reason, detail};
}

void poll_failures::tell_connected(std::string_view asked) {
    log_info("the PBX's API answers",
             {{"pbx", pbx_}, {"asked", asked}, {"url", url_}, {"attempts", failures_.end() + 1}});
}

void poll_failures::tell_login_again(std::string_view why) {
    log_info("logging in at the PBX's API again", {{"pbx", pbx_}, {"reason", why}});
}

void poll_failures::tell(std::string_view asked, const poll_failure& failed, milliseconds wait,
                         milliseconds time) {
    if (!failures_.count(failed.reason, time)) return;
    write_log(needs_a_person(failed.reason) ? log_level::error : log_level::warn,
              failed.reason.what,
              {{"pbx", pbx_},
               {"asked", asked},
               {"url", url_},
               {"detail", with_hint(failed.detail, hint_for(failed))},
               {"attempts", failures_.take_count()},
               {"retry_ms", wait.count()}});
}

}  // namespace callstream::sources
