#include "sources/yeastar_failures.h"

#include <utility>

#include "core/log.h"

namespace callstream::sources {

namespace {

constexpr std::chrono::minutes same_failure_interval{1};

std::string_view hint_for(const error& reason) {
    if (reason.what == api_login_refused)
        return "check username, password and the API's allowed IPs";
    if (reason.code == errc::wrong_protocol)
        return "check the url, and whether the API is enabled on the PBX";
    return {};
}

bool needs_a_person(errc code) {
    return code == errc::refused || code == errc::tls || code == errc::bad_config ||
           code == errc::wrong_protocol;
}

}  // namespace

void yeastar_failures::tell_connected() {
    log_info("logged in at the PBX's API",
             {{"pbx", pbx_}, {"url", url_}, {"attempts", std::exchange(count_, 0) + 1}});
    told_ = {};
}

void yeastar_failures::tell_login_again(std::string_view why) {
    log_warn("logging in at the PBX's API again", {{"pbx", pbx_}, {"reason", why}});
}

void yeastar_failures::tell(const error& reason, const std::string& detail, milliseconds wait,
                            milliseconds time) {
    ++count_;
    if (reason.what == told_ && time - told_at_ < same_failure_interval) return;
    std::string about = detail;
    if (const auto hint = hint_for(reason); !hint.empty())
        about.append(about.empty() ? "" : "; ").append(hint);
    write_log(needs_a_person(reason.code) ? log_level::error : log_level::warn, reason.what,
              {{"pbx", pbx_},
               {"url", url_},
               {"detail", about},
               {"attempts", count_},
               {"retry_ms", wait.count()}});
    told_ = reason.what;
    told_at_ = time;
}

void yeastar_failures::tell_subscribed() {
    log_info("subscribed to the PBX's events", {{"pbx", pbx_}, {"url", url_}});
    count_ = 0;
    told_ = {};
}

}  // namespace callstream::sources
