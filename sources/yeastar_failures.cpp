#include "sources/yeastar_failures.h"

#include "core/log.h"

namespace callstream::sources {

namespace {

std::string_view hint_for(const error& reason) {
    if (reason.what == api_login_refused)
        return "check username, password and the API's allowed IPs";
    if (reason.code == errc::wrong_protocol)
        return "check the url, and whether the API is enabled on the PBX";
    return {};
}

}  // namespace

void yeastar_failures::tell_connected() {
    log_info("logged in at the PBX's API",
             {{"pbx", pbx_}, {"url", url_}, {"attempts", failures_.end() + 1}});
}

void yeastar_failures::tell_login_again(std::string_view why) {
    log_warn("logging in at the PBX's API again", {{"pbx", pbx_}, {"reason", why}});
}

void yeastar_failures::tell(const error& reason, const std::string& detail, milliseconds wait,
                            milliseconds time) {
    if (!failures_.count(reason, time)) return;
    write_log(needs_a_person(reason) ? log_level::error : log_level::warn, reason.what,
              {{"pbx", pbx_},
               {"url", url_},
               {"detail", with_hint(detail, hint_for(reason))},
               {"attempts", failures_.take_count()},
               {"retry_ms", wait.count()}});
}

void yeastar_failures::tell_subscribed() {
    log_info("subscribed to the PBX's events",
             {{"pbx", pbx_}, {"url", url_}, {"attempts", failures_.end() + 1}});
}

}  // namespace callstream::sources
