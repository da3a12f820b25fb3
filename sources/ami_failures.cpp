#include "sources/ami_failures.h"

#include "core/log.h"
#include "sources/ami_snapshot.h"

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

void ami_failures::tell_snapshot(const ami_snapshot_result& done) {
    if (done.left_out_count == 0)
        return log_info("the state of the PBX is known",
                        {{"pbx", pbx_}, {"made_up", done.made_up_count}});
    log_warn("the PBX does not tell what is so now",
             {{"pbx", pbx_}, {"lists", done.left_out_count}, {"first", done.first_left_out}});
    log_debug("lists that the PBX did not give", {{"pbx", pbx_}, {"left_out", done.left_out}});
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
