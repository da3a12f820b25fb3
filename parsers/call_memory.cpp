#include "parsers/call_memory.h"

#include <initializer_list>

#include "core/limits.h"
#include "parsers/channel_name.h"

namespace callstream::parsers {
namespace {

constexpr std::uint32_t version = 1;

std::uint32_t bits_of(std::initializer_list<bool> flags) noexcept {
    std::uint32_t bits = 0;
    for (const bool flag : flags)
        bits = (bits << 1) | (flag ? 1U : 0U);
    return bits;
}

class flag_reader {
public:
    flag_reader(std::uint32_t bits, int count) noexcept : bits_(bits), left_(count) {}
    bool next() noexcept { return ((bits_ >> --left_) & 1U) != 0; }

private:
    std::uint32_t bits_;
    int left_;
};

template <class Enum>
Enum enum_of(std::uint32_t number, Enum last) noexcept {
    return number <= static_cast<std::uint32_t>(last) ? static_cast<Enum>(number) : Enum{};
}

void restore_call(field_reader& from, call_record& call) {
    flag_reader flags(from.get_number(), 9);
    call.is_answered = flags.next();
    call.is_parked = flags.next();
    call.is_queued = flags.next();
    call.was_queued = flags.next();
    call.was_abandoned = flags.next();
    call.was_ringing = flags.next();
    call.has_failed = flags.next();
    call.to_voicemail = flags.next();
    call.is_unlinked = flags.next();
    call.dialled = enum_of(from.get_number(), dial_result::canceled);
    call.direction = enum_of(from.get_number(), direction::callback);
    call.calling.assign(from.get_party());
    call.called.assign(from.get_party());
    call.answering.assign(from.get_party());
    call.trunk.assign(from.get_text());
    call.queue.assign(from.get_text());
    call.agent.assign(from.get_text());
    call.recording.assign(from.get_text());
    call.queued_at = from.get_time();
    call.started_at = from.get_time();
    call.answered_at = from.get_time();
    call.connected_at = from.get_time();
}

void restore_leg(field_reader& from, call_record& call, call_table& table) {
    const text id = from.get_text();
    if (!from.ok() || id.empty() || table.find_leg(id) != nullptr) return;
    leg_record& leg = table.add_leg(id, call);
    leg.channel.assign(from.get_text());
    leg.who.assign(from.get_party());
    const text bridge_id = from.get_text();
    flag_reader flags(from.get_number(), 10);
    leg.kind = flags.next() ? leg_kind::local : leg_kind::party;
    leg.is_trunk = flags.next();
    leg.is_held = flags.next();
    leg.is_recorded = flags.next();
    leg.in_conference = flags.next();
    const bool is_first = flags.next();
    const bool is_answering = flags.next();
    const bool waits = flags.next();
    leg.is_dialled = flags.next();
    leg.was_up = flags.next();
    leg.state = enum_of(from.get_number(), leg_state::up);
    leg.created_at = from.get_time();
    if (leg.is_held) ++call.held_leg_count;
    if (leg.in_conference) ++call.conferenced_leg_count;
    if (is_first)
        call.first_leg = &leg;
    else if (call.first_leg == &leg)  // who began the call has ended
        call.first_leg = nullptr;
    if (is_answering) call.answering_leg = &leg;
    if (!from.ok() || bridge_id.empty()) return;
    bridge_record* bridge = table.find_bridge(bridge_id);
    if (bridge == nullptr) bridge = &table.add_bridge(bridge_id);
    bridge->is_waiting_room = waits;
    table.enter_bridge(leg, *bridge);
}

// The two halves of a Local channel have one name, but for its end.
void pair_local_halves(call_record& call) {
    for (leg_record* one = call.legs.front(); one != nullptr; one = legs_of_call::after(*one)) {
        if (one->kind != leg_kind::local || one->other_half != nullptr) continue;
        for (leg_record* two = legs_of_call::after(*one); two != nullptr;
             two = legs_of_call::after(*two)) {
            if (two->kind != leg_kind::local || two->other_half != nullptr ||
                local_channel_pair(one->channel.view()) != local_channel_pair(two->channel.view()))
                continue;
            one->other_half = two;
            two->other_half = one;
            break;
        }
    }
}

}  // namespace

text call_memory::encode(const call_record& call) {
    out_.clear();
    out_.put(version);
    out_.put(call.id.view());
    out_.put(bits_of({call.is_answered, call.is_parked, call.is_queued, call.was_queued,
                      call.was_abandoned, call.was_ringing, call.has_failed, call.to_voicemail,
                      call.is_unlinked}));
    out_.put(static_cast<std::uint32_t>(call.dialled));
    out_.put(static_cast<std::uint32_t>(call.direction));
    out_.put(call.calling.view());
    out_.put(call.called.view());
    out_.put(call.answering.view());
    out_.put(call.trunk.view());
    out_.put(call.queue.view());
    out_.put(call.agent.view());
    out_.put(call.recording.view());
    out_.put(call.queued_at);
    out_.put(call.started_at);
    out_.put(call.answered_at);
    out_.put(call.connected_at);
    for (const leg_record* leg = call.legs.front(); leg != nullptr;
         leg = legs_of_call::after(*leg)) {
        if (leg->state == leg_state::ended || leg->is_pending) continue;
        const std::size_t size_before = out_.size();
        put_leg(*leg);
        if (out_.size() > limits::position_size_max) out_.resize(size_before);
    }
    return out_.view();
}

void call_memory::put_leg(const leg_record& leg) {
    const bool waits = leg.bridge != nullptr && leg.bridge->is_waiting_room;
    out_.put(leg.id.view());
    out_.put(leg.channel.view());
    out_.put(leg.who.view());
    out_.put(leg.bridge != nullptr ? leg.bridge->id.view() : text());
    out_.put(bits_of({leg.kind == leg_kind::local, leg.is_trunk, leg.is_held, leg.is_recorded,
                      leg.in_conference, leg.call->first_leg == &leg,
                      leg.call->answering_leg == &leg, waits, leg.is_dialled, leg.was_up}));
    out_.put(static_cast<std::uint32_t>(leg.state));
    out_.put(leg.created_at);
}

call_record* call_memory::restore(text bytes, call_table& table, timestamp now) {
    field_reader from(bytes);
    if (from.get_number() != version) return nullptr;
    const text id = from.get_text();
    if (!from.ok() || id.empty() || table.find_call(id) != nullptr) return nullptr;
    if (table.call_count() >= limits::call_count_max) return nullptr;
    call_record& call = table.add_call(id, now);
    restore_call(from, call);
    while (from.ok() && !from.at_end() && table.leg_count() < limits::leg_count_max)
        restore_leg(from, call, table);
    pair_local_halves(call);
    return &call;
}

}  // namespace callstream::parsers
