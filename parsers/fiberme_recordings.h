// The FCM5600's lists of conference and one touch recordings, the latest first: each one that was
// not in the list before is told. Those of calls are named by the call log.
//
// At the first start ever what is older than some minutes is passed over; after a restart, what the
// run before has seen.
//
// Lifetime: output and store outlive it.
// Threads:  the PBX's home loop.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/event.h"
#include "core/state_reader.h"
#include "core/state_store.h"
#include "parsers/family_output.h"
#include "parsers/state_document.h"
#include "parsers/zone_clock.h"

namespace callstream::parsers {

enum class fiberme_recording : std::uint8_t { conference, one_touch };

struct fiberme_recordings_settings {
    fiberme_recording kind = fiberme_recording::conference;
    std::string timezone = "UTC";  // which must be known
    charset from = charset::guessed;
};

class fiberme_recordings final : public state_reader {
public:
    fiberme_recordings(const fiberme_recordings_settings& settings, event_output& output,
                       state_store& kept);

    state_reading read(std::string_view body, timestamp at) override;
    // False: it is none of this list's.
    bool restore(std::string_view name, std::string_view value);

private:
    void tell(json_value item, text file, timestamp at);
    bool is_passed_over(text start, timestamp at);

    fiberme_recording kind_;
    family_output output_;
    state_store& kept_;
    state_document document_;
    zone_clock clock_;
    std::vector<header> further_;
    std::string mark_;                         // begin of the latest, on the PBX's clock
    std::set<std::string, std::less<>> seen_;  // of the answer before
    bool is_first_ = true;
};

}  // namespace callstream::parsers
