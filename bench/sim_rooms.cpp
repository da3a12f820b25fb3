#include "bench/sim_rooms.h"

#include <algorithm>

namespace callstream::sim {

namespace {

constexpr unsigned first_space = 701;
constexpr int timeout_s = 45;

}  // namespace

void conference_rooms::begin(std::string_view event, const std::string& room, const bridge& talk,
                             const channel* party) {
    event_text& text = exchange_.begin(event);
    text.add("Conference", room);
    add_bridge(text, talk);
    if (party == nullptr) return exchange_.raise();
    add_channel(text, *party);
    text.add("Admin", "No").add("Muted", "No");
    exchange_.raise();
}

void conference_rooms::join(const std::string& room, channel& party) {
    bridge*& talk = open_[room];
    if (talk == nullptr) {
        talk = &exchange_.bridge_create(bridge_kind::conference);
        begin("ConfbridgeStart", room, *talk, nullptr);
    }
    exchange_.bridge_enter(*talk, party);
    begin("ConfbridgeJoin", room, *talk, &party);
}

void conference_rooms::leave(const std::string& room, channel& party) {
    bridge& talk = *open_.at(room);
    exchange_.bridge_leave(party);
    begin("ConfbridgeLeave", room, talk, &party);
    if (!talk.members.empty()) return;
    begin("ConfbridgeEnd", room, talk, nullptr);
    exchange_.bridge_destroy(talk);
    open_.erase(room);
}

void add_parked(event_text& text, const parking_lot::space& parked, timestamp now) {
    add_channel(text, *parked.parkee, "Parkee");
    text.add("ParkerDialString", parked.parker)
        .add("Parkinglot", "default")
        .add("ParkingSpace", parked.number)
        .add("ParkingTimeout", timeout_s)
        .add("ParkingDuration",
             std::chrono::floor<std::chrono::seconds>(now - parked.since).count());
}

void parking_lot::park(channel& parkee, const std::string& parker) {
    if (waiting_ == nullptr) waiting_ = &exchange_.bridge_create(bridge_kind::parking);
    exchange_.bridge_enter(*waiting_, parkee);
    unsigned number = first_space;
    const auto is_taken = [&](const space& one) { return one.number == number; };
    while (std::any_of(spaces_.begin(), spaces_.end(), is_taken))
        ++number;
    spaces_.push_back({&parkee, parker, exchange_.now(), number});
    add_parked(exchange_.begin("ParkedCall"), spaces_.back(), exchange_.now());
    exchange_.raise();
}

void parking_lot::fetch(channel& parkee, const channel& retriever) {
    const auto found = std::find_if(spaces_.begin(), spaces_.end(),
                                    [&](const space& one) { return one.parkee == &parkee; });
    event_text& text = exchange_.begin("UnParkedCall");
    add_parked(text, *found, exchange_.now());
    add_channel(text, retriever, "Retriever");
    exchange_.raise();
    spaces_.erase(found);
    exchange_.bridge_leave(parkee);
}

}  // namespace callstream::sim
