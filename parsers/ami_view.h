// What the lists of an Asterisk show, compared with what events have told: the differences go out
// as events that are marked synthetic.
//
// Channels that are known are set right as their row comes. Channels and callers that are not are
// kept until the end of the view: only then is it known who began a call, and whether an event that
// came behind the row has told of its end already. Nothing is taken for gone before the end either,
// for its own event may still be on its way.
//
// Lifetime: what it is wired to outlives it.
// Threads:  the PBX's home loop.
#pragma once

#include <bitset>
#include <functional>
#include <string>
#include <vector>

#include "core/view_repair.h"
#include "parsers/call_tracker.h"
#include "parsers/family_output.h"
#include "parsers/published_state.h"

namespace callstream::parsers {

struct ami_view_parts {
    call_tracker& calls;
    published_state& state;
    family_output output;
    std::function<void()> on_told;  // after each step that may have published events
};

class ami_view final : public view_repair {
public:
    explicit ami_view(const ami_view_parts& parts) : parts_(parts) {}

    void begin_view(timestamp now) override;
    void add_row(snapshot_part part, const message_view& row, timestamp now) override;
    void complete(snapshot_part part) override;
    std::uint64_t end_view(timestamp now, bool began_anew) override;

    // How far the PBX's clock is ahead of ours; made-up events carry its time.
    void set_clock_offset(duration ahead) noexcept { clock_offset_ = ahead; }

private:
    struct found_channel {
        bounded_id id;
        bounded_id call_id;
        bounded_id bridge;
        bounded_text<96> channel;
        bounded_text<64> number;
        bounded_text<128> name;
        bounded_text<96> context;
        bounded_text<96> exten;
        leg_state state = leg_state::down;
        bool is_calling = false;
        std::optional<timestamp> created_at;
    };
    struct found_caller {
        bounded_text<96> queue;
        bounded_id leg_id;
        bounded_text<64> number;
        bounded_text<128> name;
        std::optional<std::int64_t> position;
        std::optional<duration> waited;
    };
    // Two channels that an old Asterisk shows as connected.
    struct found_link {
        bounded_id leg_id;
        bounded_id other_id;
    };
    struct found_bridge {
        state_key id;
        bool is_waiting_room = false;
        link<found_bridge> in_all;
    };

    struct found_participant {
        bounded_text<96> room;
        bounded_id leg_id;
        bounded_text<96> device;
        bounded_text<64> number;
        bounded_text<128> name;
        std::optional<bool> admin;
        std::optional<bool> muted;
    };
    struct found_parked {
        bounded_id leg_id;
        bounded_text<96> channel;
        bounded_text<96> lot;
        bounded_text<32> space;
        bounded_text<96> parker;
        std::optional<duration> timeout;
        std::optional<duration> parked;
    };

    void forget_rows();
    moment moment_of(timestamp now, text said) const noexcept;
    bool is_complete(snapshot_part part) const noexcept;
    void add_bridge(const message_view& row);
    void add_channel(const message_view& row, timestamp now);
    void add_link(const message_view& row, text id);
    void take_in(const found_channel& found, const moment& when);
    void link_found(const moment& when);
    void begin_pending(const moment& when);
    void start_found(timestamp now);
    bridge_view bridge_named(text id) const noexcept;
    void add_queue_row(const message_view& row, timestamp now);
    void add_caller(const message_view& row, text queue);
    void add_member(const message_view& row, const moment& when);
    void end_waiting(const moment& when);
    void start_waiting(const moment& when);
    void end_members(const moment& when);
    void tell_member(event_type type, const moment& when, const agent_data& data);
    void add_device(const message_view& row, const moment& when);
    void forget_devices(const moment& when);
    void add_extension(const message_view& row, const moment& when);
    void tell_device(const moment& when, const device_data& data);
    void add_contact(const message_view& row, const moment& when);
    void add_peer(const message_view& row, const moment& when);
    void end_contacts(const moment& when);
    void settle_endpoints(const moment& when);
    void tell_contact(const moment& when, const device_data& data);
    void add_room(const message_view& row);
    void add_participant(const message_view& row);
    void settle_conferences(const moment& when);
    void start_participant(const moment& when, const found_participant& found);
    void tell_conference(event_type type, const moment& when, const conference_data& data);
    void add_parked(const message_view& row);
    void settle_parking(const moment& when);
    bool is_held_by(const leg_record& leg);
    void settle_holds(const moment& when);

    ami_view_parts parts_;
    duration clock_offset_{0};
    std::bitset<16> complete_;  // by snapshot_part
    std::vector<found_channel> channels_;
    std::vector<found_caller> callers_;
    std::vector<found_link> links_;
    std::vector<std::string> rooms_;
    std::vector<found_participant> participants_;
    std::vector<found_parked> parked_;
    std::string bridge_id_;
    state_table<found_bridge> bridges_{limits::leg_count_max};
    std::string number_;
    std::string name_;
    std::string device_;
    std::string status_;
};

}  // namespace callstream::parsers
