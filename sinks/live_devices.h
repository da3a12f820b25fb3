// Extensions and trunks: what they are in, whether they are registered, which call is at them.
//
// What a device is for, no event says. A name that a call has as its trunk is a trunk, and a device
// of that name (PJSIP/sip-a) no extension. The state of a hint (201 in its context) counts where
// the state of the device itself is not told, as on Asterisk 1.x. A device that is in a call is not
// idle, even where the PBX says so: Asterisk tells of a phone that calls out only once it talks.
//
// Threads: one at a time.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sinks/live_event.h"
#include "sinks/live_json.h"
#include "sinks/live_records.h"

namespace callstream::sinks {

struct live_extension {
    struct leg {
        std::string leg_id;
        std::string call_id;
        std::string doing;  // "ringing", "busy", or nothing yet
    };

    std::string pbx;
    std::string device;
    std::string told;   // its state, as the PBX tells it and the live state names it
    std::string state;  // as it is shown
    std::string since;
    std::string address;
    std::map<std::string, bool> contacts;  // by address: registered; "" is the device as a whole
    std::vector<leg> legs;
};

struct live_trunk {
    std::string pbx;
    std::string trunk;
    std::string status;
    std::string since;
    std::string reason;
    std::size_t call_count = 0;
};

class live_devices {
public:
    void apply(const live_event& event);

    void count_call(std::string_view pbx, std::string_view trunk, int change);
    bool is_trunk(std::string_view pbx, std::string_view device) const;
    // The connections of the event's call, or one that is new there.
    void put_leg(const live_event& event, std::string_view device, std::string_view leg_id,
                 std::string_view doing);
    void remove_leg(const live_event& event, std::string_view device, std::string_view leg_id);

    live_records<live_extension>& extensions() noexcept { return extensions_; }
    const live_records<live_extension>& extensions() const noexcept { return extensions_; }
    live_records<live_trunk>& trunks() noexcept { return trunks_; }
    const live_records<live_trunk>& trunks() const noexcept { return trunks_; }
    static std::string render(const live_extension& extension);
    static std::string render(const live_trunk& trunk);

    void save(live_json& out) const;  // see live_state
    void restore(json_value from);

private:
    live_extension* take(const live_event& event, std::string_view device);
    void take_state(const live_event& event);
    void take_registration(const live_event& event);
    void take_trunk(const live_event& event);
    void drop_hint(const std::string& key, live_extension& device);
    void forget_device_of(std::string_view pbx, std::string_view trunk);

    live_records<live_extension> extensions_{100'000};
    live_records<live_trunk> trunks_{10'000};
    // By PBX and number: the device whose state counts.
    std::unordered_map<std::string, std::string> device_of_number_;
};

}  // namespace callstream::sinks
