#include "parsers/ami_view.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "parsers/ami_text.h"
#include "parsers/call_outcome.h"

namespace callstream::parsers {
namespace {

constexpr text ended_unseen = "ended while the PBX was not seen";
constexpr text began_anew_words = "the PBX began anew";

leg_state state_in(const message_view& row) noexcept {
    const text number = row.find("ChannelState");
    const text word = number.data() != nullptr ? number : row.find("State");
    if (word == "6" || word == "Up") return leg_state::up;
    return word == "5" || word == "Ringing" ? leg_state::ringing : leg_state::down;
}

// 01:02:03, and more than two digits of hours.
std::optional<duration> to_clock_duration(text value) noexcept {
    std::int64_t total = 0;
    for (int part = 0; part < 3; ++part) {
        std::int64_t number = 0;
        const char* const end = value.data() + value.size();
        const auto read = std::from_chars(value.data(), end, number);
        const bool ends_here = part == 2 ? read.ptr == end : read.ptr != end && *read.ptr == ':';
        if (read.ec != std::errc() || !ends_here || number < 0 || number > 1'000'000)
            return std::nullopt;
        total = total * 60 + number;
        value.remove_prefix(static_cast<std::size_t>(read.ptr - value.data()) + (part < 2 ? 1 : 0));
    }
    return std::chrono::seconds(total);
}

}  // namespace

moment ami_view::moment_of(timestamp now, text said) const noexcept {
    return {now + clock_offset_, time_quality::received, said, true, {}};
}

bool ami_view::is_complete(snapshot_part part) const noexcept {
    return complete_.test(static_cast<std::size_t>(part));
}

void ami_view::begin_view(timestamp) {
    parts_.calls.begin_view();
    parts_.state.begin_view();
    forget_rows();
}

void ami_view::forget_rows() {
    complete_.reset();
    channels_.clear();
    callers_.clear();
    links_.clear();
    rooms_.clear();
    participants_.clear();
    parked_.clear();
    while (found_bridge* bridge = bridges_.front())
        bridges_.erase(*bridge);
}

void ami_view::complete(snapshot_part part) {
    complete_.set(static_cast<std::size_t>(part));
}

void ami_view::add_row(snapshot_part part, const message_view& row, timestamp now) {
    const moment when = moment_of(now, row.find("Event"));
    switch (part) {
        case snapshot_part::bridges:
            add_bridge(row);
            break;
        case snapshot_part::channels:
            add_channel(row, now);
            break;
        case snapshot_part::queues:
            add_queue_row(row, now);
            break;
        case snapshot_part::devices:
            add_device(row, when);
            break;
        case snapshot_part::extensions:
            add_extension(row, when);
            break;
        case snapshot_part::contacts:
            add_contact(row, when);
            break;
        case snapshot_part::rooms:
            add_room(row);
            break;
        case snapshot_part::participants:
            add_participant(row);
            break;
        case snapshot_part::parked_calls:
            add_parked(row);
            break;
        case snapshot_part::peers:
            add_peer(row, when);
            break;
    }
    parts_.on_told();
}

std::uint64_t ami_view::end_view(timestamp now, bool began_anew) {
    const text why = began_anew ? began_anew_words : ended_unseen;
    const moment queues = moment_of(now, "QueueStatus");
    if (is_complete(snapshot_part::queues)) end_waiting(queues);
    if (is_complete(snapshot_part::channels) || began_anew)
        parts_.calls.end_unseen(moment_of(now, "CoreShowChannels"), why);
    start_found(now);
    link_found(moment_of(now, "Status"));
    begin_pending(moment_of(now, "Status"));
    if (is_complete(snapshot_part::queues)) {
        start_waiting(queues);
        end_members(queues);
    }
    if (is_complete(snapshot_part::devices) && began_anew)
        forget_devices(moment_of(now, "DeviceStateList"));
    const bool knows_rooms =
        is_complete(snapshot_part::rooms) && is_complete(snapshot_part::participants);
    if (knows_rooms || began_anew) settle_conferences(moment_of(now, "ConfbridgeList"));
    if (is_complete(snapshot_part::parked_calls)) settle_parking(moment_of(now, "ParkedCalls"));
    settle_holds(moment_of(now, "DeviceStateList"));
    if (is_complete(snapshot_part::contacts)) end_contacts(moment_of(now, "PJSIPShowContacts"));
    parts_.on_told();
    parts_.calls.begin_view();
    parts_.state.end_view();
    forget_rows();
    return parts_.state.made_up_count();
}

void ami_view::add_bridge(const message_view& row) {
    found_bridge* const found = bridges_.take(row.find("BridgeUniqueid"));
    if (found != nullptr) found->is_waiting_room = row.find("BridgeTechnology") == "holding_bridge";
}

// Whose call a channel belongs to says its Linkedid, so that a bridge joins no calls here.
bridge_view ami_view::bridge_named(text id) const noexcept {
    const found_bridge* const known = bridges_.find(id);
    return {id, {}, false, known != nullptr && known->is_waiting_room};
}

void ami_view::add_channel(const message_view& row, timestamp now) {
    const moment when = moment_of(now, row.find("Event"));
    channel_view channel;
    channel.id = row.find("Uniqueid");
    channel.call_id = row.find("Linkedid");
    channel.channel = row.find("Channel");
    channel.number = unescaped(known_text(row.find("CallerIDNum")), number_);
    channel.name = unescaped(known_text(row.find("CallerIDName")), name_);
    channel.context = row.find("Context");
    channel.exten = row.find("Exten");
    channel.state = state_in(row);
    const text bridge = row.find("BridgeId");
    if (channel.call_id.empty()) add_link(row, channel.id);
    leg_record* const leg = parts_.calls.find_leg(channel.id);
    if (leg != nullptr) {
        parts_.calls.show(when, *leg, channel);
        if (bridge.data() != nullptr) parts_.calls.show_bridge(when, *leg, bridge_named(bridge));
        return;
    }
    if (channels_.size() >= limits::leg_count_max) return;
    if (channel.id.size() > bounded_id::capacity || channel.call_id.size() > bounded_id::capacity)
        return;
    found_channel& found = channels_.emplace_back();
    found.id.assign(channel.id);
    found.call_id.assign(channel.call_id);
    found.bridge.assign(bridge);
    found.channel.assign(channel.channel);
    found.number.assign(channel.number);
    found.name.assign(channel.name);
    found.context.assign(channel.context);
    found.exten.assign(channel.exten);
    found.state = channel.state;
    found.is_calling = channel.id == channel.call_id;
    if (const auto seconds = to_seconds(row.find("Seconds")))
        found.created_at = when.time - *seconds;
    if (const auto age = to_clock_duration(row.find("Duration")))
        found.created_at = when.time - *age;
}

void ami_view::start_found(timestamp now) {
    const moment when = moment_of(now, "CoreShowChannel");
    // Who began the call comes first.
    std::stable_partition(channels_.begin(), channels_.end(),
                          [](const found_channel& found) { return found.is_calling; });
    for (const found_channel& found : channels_) {
        if (parts_.state.has_left(found.id.view())) continue;
        take_in(found, when);
        parts_.on_told();
    }
}

void ami_view::take_in(const found_channel& found, const moment& when) {
    channel_view channel;
    channel.id = found.id.view();
    channel.call_id = found.call_id.view();
    channel.channel = found.channel.view();
    channel.number = found.number.view();
    channel.name = found.name.view();
    channel.context = found.context.view();
    channel.exten = found.exten.view();
    channel.state = found.state;
    channel.is_calling = found.is_calling;
    channel.created_at = found.created_at;
    // An event behind the row may have told of it, and then of more.
    leg_record* const leg = parts_.calls.see(when, channel);
    if (leg != nullptr && !found.bridge.empty() && !parts_.state.was_unbridged(found.id.view()))
        parts_.calls.show_bridge(when, *leg, bridge_named(found.bridge.view()));
}

// 1.8 names the other channel and its id, 1.4 the channel alone; the other may come in a later row.
void ami_view::add_link(const message_view& row, text id) {
    text other = known_text(row.find("BridgedUniqueid"));
    if (other.empty()) {
        text name = known_text(row.find("BridgedChannel"));
        if (name.empty()) name = known_text(row.find("Link"));
        const leg_record* leg = parts_.calls.find_channel(name);
        if (leg != nullptr) other = leg->id.view();
        for (const found_channel& found : channels_)
            if (other.empty() && !name.empty() && found.channel.view() == name)
                other = found.id.view();
    }
    if (links_.size() >= limits::leg_count_max || id.size() > bounded_id::capacity ||
        other.size() > bounded_id::capacity)
        return;
    found_link& link = links_.emplace_back();
    link.leg_id.assign(id);
    link.other_id.assign(other);
}

// Who is connected to nobody any longer first, so that they are free for whom they are with now.
void ami_view::link_found(const moment& when) {
    call_tracker& calls = parts_.calls;
    for (const found_link& link : links_) {
        leg_record* const leg = calls.find_leg(link.leg_id.view());
        if (leg == nullptr || leg->bridge == nullptr) continue;
        const leg_record* const other = calls.find_leg(link.other_id.view());
        if (other == nullptr || other->bridge != leg->bridge)
            calls.show_bridge(when, *leg, bridge_view{});
    }
    for (const found_link& link : links_) {
        leg_record* one = calls.find_leg(link.leg_id.view());
        leg_record* two = calls.find_leg(link.other_id.view());
        if (one == nullptr || two == nullptr || one->bridge != nullptr || two->bridge != nullptr)
            continue;
        if (is_older_id(two->id.view(), one->id.view())) std::swap(one, two);
        bridge_id_.assign(one->id.view()).append("+").append(two->id.view());
        calls.link(when, *one, *two, bridge_id_);
    }
}

// Who is up and connected to nobody called the PBX.
void ami_view::begin_pending(const moment& when) {
    for (const found_channel& found : channels_) {
        leg_record* const leg = parts_.calls.find_leg(found.id.view());
        if (leg == nullptr || leg->state != leg_state::up || !leg->is_pending) continue;
        channel_view channel;
        channel.exten = found.exten.view();
        channel.context = found.context.view();
        parts_.calls.begin_calling(when, *leg, channel);
        parts_.on_told();
    }
}

}  // namespace callstream::parsers
