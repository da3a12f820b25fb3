#include "sources/recording_failures.h"

#include "core/log.h"

namespace callstream::sources {

void tell_failed_try(const std::string& pbx, const failed_try& failed) {
    const bool given_up = failed.wait.count() == 0;
    write_log(given_up ? log_level::error : log_level::warn,
              given_up ? "a recording could not be fetched" : "a recording is tried again",
              {{"pbx", pbx},
               {"reason", failed.reason.what},
               {"detail", failed.detail},
               {"tries", failed.try_count},
               {"retry_ms", failed.wait.count()}});
}

void tell_too_many(const std::string& pbx, std::size_t waiting_count) {
    log_error("a recording is not fetched: too many wait already",
              {{"pbx", pbx}, {"waiting", waiting_count}});
}

void tell_left_behind(const std::string& pbx, std::size_t waiting_count) {
    log_warn("recordings are not fetched: callstream stops",
             {{"pbx", pbx}, {"count", waiting_count}});
}

}  // namespace callstream::sources
