#include "sources/ami_failures.h"

#include <utility>

#include "core/log.h"

namespace callstream::sources {

namespace {

constexpr std::chrono::minutes same_failure_interval{1};

// What an operator can do, where that is not plain from the words themselves.
std::string_view hint_for(const error& reason) {
    if (reason.what == login_refused)
        return "check username, secret and the permit lines of manager.conf";
    if (reason.code == errc::wrong_protocol)
        return "check the port, and whether it is the one with TLS";
    return {};
}

bool needs_a_person(errc code) {
    return code == errc::refused || code == errc::tls || code == errc::bad_config ||
           code == errc::wrong_protocol;
}

}  // namespace

void ami_failures::tell_connected(const std::string& address, const std::string& version) {
    log_info("connected to the PBX",
             {{"pbx", pbx_}, {"address", address}, {"version", version}, {"attempts", count_ + 1}});
    told_ = {};
    count_ = 0;
}

void ami_failures::tell_snapshot(std::uint64_t made_up_count, std::string_view left_out) {
    if (left_out.empty())
        log_info("the state of the PBX is known", {{"pbx", pbx_}, {"made_up", made_up_count}});
    else
        log_warn("the PBX does not tell what is so now; calls may be ended late",
                 {{"pbx", pbx_}, {"left_out", left_out}, {"made_up", made_up_count}});
}

void ami_failures::tell_unusable(const error& wrong) {
    log_error(wrong.what, {{"pbx", pbx_}});
}

void ami_failures::tell(const error& reason, const std::string& detail, milliseconds wait,
                        milliseconds time) {
    ++count_;
    if (reason.what == told_ && time - told_at_ < same_failure_interval) return;
    std::string about = detail;
    if (const auto hint = hint_for(reason); !hint.empty())
        about.append(about.empty() ? "" : "; ").append(hint);
    write_log(needs_a_person(reason.code) ? log_level::error : log_level::warn, reason.what,
              {{"pbx", pbx_},
               {"host", connection_.host},
               {"port", connection_.port},
               {"detail", about},
               {"attempts", std::exchange(count_, 0)},
               {"retry_ms", wait.count()}});
    told_ = reason.what;
    told_at_ = time;
}

}  // namespace callstream::sources
