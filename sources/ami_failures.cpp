#include "sources/ami_failures.h"

#include "core/log.h"

namespace callstream::sources {

namespace {

// What an operator can do, where that is not plain from the words themselves.
std::string_view hint_for(const error& reason) {
    if (reason.what == login_refused)
        return "check username, secret and the permit lines of manager.conf";
    if (reason.code == errc::wrong_protocol)
        return "check the port, and whether it is the one with TLS";
    return {};
}

}  // namespace

void ami_failures::tell_connected(const std::string& address, const std::string& version) {
    log_info("connected to the PBX", {{"pbx", pbx_},
                                      {"address", address},
                                      {"version", version},
                                      {"attempts", failures_.end() + 1}});
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
    if (!failures_.count(reason, time)) return;
    write_log(needs_a_person(reason) ? log_level::error : log_level::warn, reason.what,
              {{"pbx", pbx_},
               {"host", connection_.host},
               {"port", connection_.port},
               {"detail", with_hint(detail, hint_for(reason))},
               {"attempts", failures_.take_count()},
               {"retry_ms", wait.count()}});
}

}  // namespace callstream::sources
