#include "sources/recording_failures.h"

#include "core/log.h"
#include "sources/repeated_failure.h"

namespace callstream::sources {

namespace {

constexpr std::string_view room_hint = "remove old ones, or change kept_max or free_min";
constexpr std::string_view bucket_hint = "remove objects from the bucket, or raise its quota";

}  // namespace

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

void tell_no_room(const std::string& pbx, const failed_try& failed, std::size_t waiting_count) {
    log_error("recordings wait: there is no room for them",
              {{"pbx", pbx},
               {"reason", failed.reason.what},
               {"detail", with_hint(failed.detail, failed.in_bucket ? bucket_hint : room_hint)},
               {"waiting", waiting_count}});
}

void tell_room_again(const std::string& pbx, std::size_t waiting_count) {
    log_info("there is room for recordings again", {{"pbx", pbx}, {"waiting", waiting_count}});
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
