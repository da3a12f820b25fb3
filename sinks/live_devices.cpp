#include "sinks/live_devices.h"

#include <algorithm>
#include <array>
#include <utility>

#include "sinks/live_json.h"

namespace callstream::sinks {

namespace {

constexpr std::size_t contact_count_max = 16;
constexpr std::size_t leg_count_max = 64;

struct state_name {
    std::string_view told;
    std::string_view ours;
};

constexpr std::array<state_name, 9> states{{{"idle", "idle"},
                                            {"in-use", "busy"},
                                            {"busy", "busy"},
                                            {"ringing", "ringing"},
                                            {"ringing-in-use", "ringing"},
                                            {"on-hold", "held"},
                                            {"unavailable", "unavailable"},
                                            {"invalid", "unavailable"},
                                            {"unregistered", "unavailable"}}};

std::string_view our_state(std::string_view told) noexcept {
    for (const state_name& state : states)
        if (state.told == told) return state.ours;
    return "unknown";
}

bool means_registered(std::string_view told) noexcept {
    constexpr std::array<std::string_view, 8> no{"unregistered", "unreachable", "removed",
                                                 "rejected",     "unknown",     "unavailable",
                                                 "expired",      "unqualified"};
    return std::find(no.begin(), no.end(), told) == no.end();
}

std::string key_of(std::string_view pbx, std::string_view id) {
    return std::string(pbx).append(1, ':').append(id);
}

std::string_view number_of(std::string_view device) noexcept {
    return device.substr(device.find('/') + 1);  // npos + 1 is 0
}

// Queue:support, Custom:night, confbridge:801, Local/..., Agent/...: nothing that rings on a desk.
bool is_no_phone(std::string_view device) noexcept {
    if (device.starts_with("Local/") || device.starts_with("Agent/")) return true;
    const std::size_t colon = device.find(':');
    return colon != std::string_view::npos && colon < device.find('/');
}

auto find_leg(live_extension& extension, std::string_view leg_id) {
    return std::find_if(extension.legs.begin(), extension.legs.end(),
                        [leg_id](const auto& leg) { return leg.leg_id == leg_id; });
}

bool has_leg_that_is(const live_extension& extension, std::string_view doing) {
    return std::any_of(extension.legs.begin(), extension.legs.end(),
                       [doing](const auto& leg) { return leg.doing == doing; });
}

// What is shown, after something was told.
void settle(live_extension& extension, std::string_view time_text) {
    std::string_view shown = extension.told;
    if (shown == "idle" || shown == "unknown") {
        if (has_leg_that_is(extension, "ringing")) shown = "ringing";
        if (has_leg_that_is(extension, "busy")) shown = "busy";
    }
    if (extension.state == shown) return;
    extension.state.assign(shown);
    if (!time_text.empty()) extension.since.assign(time_text);
}

}  // namespace

void live_devices::apply(const live_event& event) {
    if (event.type == event_type::device_state_changed) return take_state(event);
    if (event.type == event_type::device_registration_changed) return take_registration(event);
    if (event.type == event_type::trunk_status_changed) return take_trunk(event);
}

bool live_devices::is_trunk(std::string_view pbx, std::string_view device) const {
    return device.find('/') != std::string_view::npos &&
           trunks_.find(key_of(pbx, number_of(device))) != nullptr;
}

live_extension* live_devices::take(const live_event& event, std::string_view device) {
    if (device.empty() || is_no_phone(device) || is_trunk(event.pbx, device)) return nullptr;
    live_extension* const made = extensions_.take(event.key(device));
    if (made != nullptr && made->device.empty()) {
        made->pbx.assign(event.pbx);
        made->device.assign(device);
        made->told = made->state = "unknown";
    }
    return made;
}

void live_devices::take_state(const live_event& event) {
    const std::string_view device = event.text("device");
    const std::string_view told = event.text("state");
    const std::string by_number = event.key(number_of(device));
    const bool is_hint = event.data["context"] && device.find('/') == std::string_view::npos;
    const auto better = device_of_number_.find(by_number);
    if (is_hint && better != device_of_number_.end()) return;
    if (told == "removed") return extensions_.erase(event.key(device));
    live_extension* const found = take(event, device);
    if (found == nullptr) return;
    if (!is_hint && device.size() != number_of(device).size() &&
        device_of_number_.size() < 100'000) {
        device_of_number_.try_emplace(by_number, event.key(device));
        drop_hint(by_number, *found);
    }
    found->told.assign(our_state(told));
    settle(*found, event.time_text);
    if (const std::string_view address = event.text("address"); !address.empty())
        found->address.assign(address);
}

// The entry that a hint made goes; the calls at it are the device's.
void live_devices::drop_hint(const std::string& key, live_extension& device) {
    const live_extension* const hint = extensions_.find(key);
    if (hint == nullptr) return;
    for (const live_extension::leg& leg : hint->legs)
        if (device.legs.size() < leg_count_max) device.legs.push_back(leg);
    extensions_.erase(key);
}

// A device may have several contacts; it is registered while one is.
void live_devices::take_registration(const live_event& event) {
    live_extension* const found = take(event, event.text("device"));
    if (found == nullptr) return;
    const std::string_view told = event.text("state");
    const std::string address(event.text("address"));
    const bool is_contact = address.starts_with("sip:") || address.starts_with("sips:");
    const std::string contact = is_contact ? address : std::string();
    if (is_contact && !means_registered(told))
        found->contacts.erase(contact);
    else if (found->contacts.size() < contact_count_max || found->contacts.count(contact) > 0)
        found->contacts[contact] = means_registered(told);
    if (found->contacts.empty()) found->contacts[""] = false;
    if (means_registered(told)) {
        if (!address.empty()) found->address = address;
    } else if (found->address == address || !is_contact) {
        found->address.clear();
    }
}

void live_devices::take_trunk(const live_event& event) {
    const std::string_view said = event.text("trunk");
    if (said.empty()) return;
    const std::string_view name = number_of(said).empty() ? said : number_of(said);
    live_trunk* const found = trunks_.take(event.key(name));
    if (found == nullptr) return;
    if (found->trunk.empty()) {
        found->pbx.assign(event.pbx);
        found->trunk.assign(name);
        forget_device_of(event.pbx, name);
    }
    if (found->status != event.text("status")) {
        found->status.assign(event.text("status"));
        found->since.assign(event.time_text);
    }
    found->reason.assign(event.text("reason"));
}

// What was taken for an extension until a call had it as its trunk.
void live_devices::forget_device_of(std::string_view pbx, std::string_view trunk) {
    const auto known = device_of_number_.find(key_of(pbx, trunk));
    if (known == device_of_number_.end()) return;
    extensions_.erase(known->second);
    device_of_number_.erase(known);
}

void live_devices::count_call(std::string_view pbx, std::string_view trunk, int change) {
    if (trunk.empty()) return;
    const std::string key = key_of(pbx, trunk);
    live_trunk* const found = change > 0 ? trunks_.take(key) : trunks_.change(key);
    if (found == nullptr) return;
    if (found->trunk.empty()) {
        found->pbx.assign(pbx);
        found->trunk.assign(trunk);
        forget_device_of(pbx, trunk);
    }
    if (change > 0)
        ++found->call_count;
    else if (found->call_count > 0)
        --found->call_count;
}

void live_devices::put_leg(const live_event& event, std::string_view device,
                           std::string_view leg_id, std::string_view doing) {
    if (device.empty() || is_no_phone(device) || is_trunk(event.pbx, device)) return;
    std::string key = event.key(device);
    if (extensions_.find(key) == nullptr) {
        // Where only hints are told, the extension is known by its number.
        const std::string by_number = event.key(number_of(device));
        if (extensions_.find(by_number) != nullptr) key = by_number;
    }
    live_extension* const found = extensions_.take(key);
    if (found == nullptr) return;
    if (found->device.empty()) {
        found->pbx.assign(event.pbx);
        found->device.assign(device);
        found->told = found->state = "unknown";
    }
    const auto known = find_leg(*found, leg_id);
    if (known != found->legs.end())
        known->doing.assign(doing);
    else if (found->legs.size() < leg_count_max)
        found->legs.push_back(
            {std::string(leg_id), std::string(event.text("call_id")), std::string(doing)});
    settle(*found, event.time_text);
}

void live_devices::remove_leg(const live_event& event, std::string_view device,
                              std::string_view leg_id) {
    if (device.empty()) return;
    for (const std::string_view name : {device, number_of(device)}) {
        live_extension* const known = extensions_.change(event.key(name));
        if (known == nullptr) continue;
        const auto leg = find_leg(*known, leg_id);
        if (leg == known->legs.end()) continue;
        known->legs.erase(leg);
        return settle(*known, event.time_text);
    }
}

std::string live_devices::render(const live_extension& extension) {
    live_json out;
    out.begin_object();
    out.text("pbx", extension.pbx);
    out.text("device", extension.device);
    out.text("state", extension.state);
    const bool registered = std::any_of(extension.contacts.begin(), extension.contacts.end(),
                                        [](const auto& contact) { return contact.second; });
    out.text("registration", extension.contacts.empty() ? ""
                             : registered               ? "registered"
                                                        : "unregistered");
    out.text("address", extension.address);
    out.text("since", extension.since);
    out.text("call_id", extension.legs.empty() ? "" : extension.legs.back().call_id);
    out.end_object();
    return out.take();
}

std::string live_devices::render(const live_trunk& trunk) {
    live_json out;
    out.begin_object();
    out.text("pbx", trunk.pbx);
    out.text("trunk", trunk.trunk);
    out.text("status", trunk.status);
    out.text("since", trunk.since);
    out.text("reason", trunk.reason);
    out.number("calls", trunk.call_count);
    out.end_object();
    return out.take();
}

}  // namespace callstream::sinks
