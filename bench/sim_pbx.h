// The inside of a simulated Asterisk 23: channels, bridges and devices. Each function changes that
// state and raises the event Asterisk raises for it, with the full channel and bridge snapshots.
//
// Lifetime: a channel dies in hangup(), a bridge in destroy(); the pbx outlives both.
// Threads:  the loop's.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>

#include "bench/sim_channel.h"

namespace callstream::sim {

struct pbx_settings {
    std::string system_name;  // prefix of the uniqueids, as with systemname in asterisk.conf
    std::uint32_t seed = 1;
    bool stamped = false;
    bool version_1 = false;  // told in the words of AMI 1.1
};

class pbx {
public:
    using event_receiver = std::function<void(const event_view&)>;

    pbx(const pbx_settings& settings, event_receiver on_event);

    // `now` is the true time; the PBX's own clock may be off.
    void set_now(timestamp now) { now_ = now + skew_; }
    void set_skew(duration skew) { skew_ = skew; }
    duration skew() const { return skew_; }
    timestamp now() const { return now_; }
    std::mt19937& random() { return random_; }

    channel& newchannel(const channel_spec& spec);
    void newstate(channel& changed, channel_state state);
    void newexten(channel& running, const location& at, std::string_view application,
                  std::string_view data);
    void varset(const channel& owner, std::string_view name, std::string_view value);
    void new_callerid(channel& changed, const party& caller);
    void new_connected_line(channel& changed, const party& connected);
    void hangup_request(const channel& ending, std::optional<int> cause);
    void soft_hangup_request(const channel& ending, int cause);
    void hangup(channel& ended, int cause);

    void dial_begin(const channel& from, const channel& to, std::string_view dial_string);
    void dial_state(const channel& from, const channel& to);
    void dial_end(const channel& from, const channel& to, std::string_view status);

    bridge& bridge_create(bridge_kind kind = bridge_kind::basic);
    void bridge_enter(bridge& entered, channel& entering);
    void bridge_leave(channel& leaving);
    void bridge_destroy(bridge& ended);

    void hold(channel& holder);
    void unhold(channel& holder);
    void music_start(const channel& listener);
    void music_stop(const channel& listener);

    void set_use(channel& changed, device_use use);
    void device_state(std::string_view device, std::string_view state);
    void cdr(const cdr_row& row);

    // For events that belong to one feature: start, add headers, raise. prepare() gives a text of
    // one's own, for an event that tells of the state before others and comes after them.
    event_text& begin(std::string_view name, event_class kind = event_class::call);
    void raise() { raise(text_); }
    event_text prepare(std::string_view name, event_class kind = event_class::call) const;
    void raise(event_text& prepared);

    const std::unordered_map<std::string, std::unique_ptr<channel>>& channels() const {
        return channels_;
    }
    const std::map<std::string, std::unique_ptr<bridge>>& bridges() const { return bridges_; }
    const std::map<std::string, std::string>& device_states() const { return device_states_; }
    // The headers of its ExtensionStatus, by device.
    const std::map<std::string, std::string>& extension_states() const { return extensions_; }
    std::string make_sip_call_id();

private:
    std::string make_bridge_id();
    void refresh_device(const std::string& device);

    pbx_settings settings_;
    event_receiver on_event_;
    timestamp now_{};
    duration skew_{0};
    std::mt19937 random_;
    event_text text_;
    unsigned channel_count_ = 0;
    std::unordered_map<std::string, std::unique_ptr<channel>> channels_;  // by uniqueid
    std::map<std::string, std::unique_ptr<bridge>> bridges_;              // by uniqueid
    std::map<std::string, std::map<device_use, unsigned>> uses_;          // by device
    std::map<std::string, std::string> device_states_;
    std::map<std::string, std::string> extensions_;
};

}  // namespace callstream::sim
