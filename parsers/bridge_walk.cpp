#include "parsers/bridge_walk.h"

namespace callstream::parsers {
namespace {

constexpr int local_chain_max = 8;  // a loop of forwards may string up more; nobody talks there

leg_record* party_in(const bridge_record& bridge, const leg_record& but, int chain_left) noexcept;

leg_record* party_behind(const leg_record& local_half, int chain_left) noexcept {
    const leg_record* far = local_half.other_half;
    if (far == nullptr || far->bridge == nullptr || chain_left == 0) return nullptr;
    return party_in(*far->bridge, *far, chain_left - 1);
}

leg_record* party_in(const bridge_record& bridge, const leg_record& but, int chain_left) noexcept {
    if (bridge.is_waiting_room) return nullptr;
    for (leg_record* leg = bridge.legs.front(); leg != nullptr; leg = legs_of_bridge::after(*leg)) {
        if (leg == &but) continue;
        if (leg->kind == leg_kind::party) return leg;
        if (leg_record* behind = party_behind(*leg, chain_left)) return behind;
    }
    return nullptr;
}

}  // namespace

leg_record* other_party(const leg_record& leg) noexcept {
    return leg.bridge == nullptr ? nullptr : party_in(*leg.bridge, leg, local_chain_max);
}

leg_record* party_behind(const leg_record& local_half) noexcept {
    return party_behind(local_half, local_chain_max);
}

bool is_conversation(const bridge_record& bridge) noexcept {
    for (leg_record* leg = bridge.legs.front(); leg != nullptr; leg = legs_of_bridge::after(*leg))
        if (leg->kind == leg_kind::party) return other_party(*leg) != nullptr;
    return false;
}

}  // namespace callstream::parsers
