#include "bench/sim_pbx.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace callstream::sim {

namespace {

std::string_view extension_of(std::string_view device) {
    const std::string_view name = device.substr(device.find('/') + 1);
    const bool digits = std::all_of(name.begin(), name.end(), [](char c) { return c <= '9'; });
    return digits ? name : std::string_view();
}

struct shown_state {
    std::string_view device;
    int extension;
    std::string_view extension_text;
};

shown_state combined(const std::map<device_use, unsigned>& uses) {
    const auto has = [&uses](device_use use) {
        const auto found = uses.find(use);
        return found != uses.end() && found->second > 0;
    };
    const bool in_use = has(device_use::in_use);
    if (has(device_use::ringing))
        return in_use ? shown_state{"RINGINUSE", 9, "InUse&Ringing"}
                      : shown_state{"RINGING", 8, "Ringing"};
    if (in_use) return {"INUSE", 1, "InUse"};
    if (has(device_use::on_hold)) return {"ONHOLD", 16, "Hold"};
    if (has(device_use::busy)) return {"BUSY", 2, "Busy"};
    return {"NOT_INUSE", 0, "Idle"};
}

}  // namespace

pbx::pbx(const pbx_settings& settings, event_receiver on_event)
    : settings_(settings),
      on_event_(std::move(on_event)),
      random_(settings.seed),
      text_(settings.stamped) {}

event_text& pbx::begin(std::string_view name, event_class kind) {
    text_.begin(name, kind, now_);
    return text_;
}

event_text pbx::prepare(std::string_view name, event_class kind) const {
    event_text text(settings_.stamped);
    text.begin(name, kind, now_);
    return text;
}

void pbx::raise(event_text& prepared) {
    on_event_(prepared.end());
}

channel& pbx::newchannel(const channel_spec& spec) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now_).time_since_epoch().count();
    const unsigned number = channel_count_++;
    auto made = std::make_unique<channel>();
    made->name = spec.name.empty() ? fmt::format("{}-{:08x}", spec.device, number) : spec.name;
    made->device = spec.device;
    made->state = spec.state;
    made->caller = spec.caller;
    made->account = spec.account;
    made->at = spec.at;
    made->uniqueid = spec.uniqueid.empty()
                         ? fmt::format("{}{}{}.{}", settings_.system_name,
                                       settings_.system_name.empty() ? "" : "-", seconds, number)
                         : spec.uniqueid;
    made->linkedid = spec.linkedid.empty() ? made->uniqueid : spec.linkedid;
    made->created = now_;
    channel& added = *made;
    channels_.emplace(added.uniqueid, std::move(made));

    add_channel(begin("Newchannel"), added);
    raise();
    return added;
}

void pbx::newstate(channel& changed, channel_state state) {
    changed.state = state;
    add_channel(begin("Newstate"), changed);
    raise();
}

void pbx::newexten(channel& running, const location& at, std::string_view application,
                   std::string_view data) {
    running.at = at;
    running.application = application;
    running.application_data = data;
    event_text& text = begin("Newexten", event_class::dialplan);
    add_channel(text, running);
    text.add("Extension", at.exten).add("Application", application).add("AppData", data);
    raise();
}

void pbx::varset(const channel& owner, std::string_view name, std::string_view value) {
    event_text& text = begin("VarSet", event_class::dialplan);
    add_channel(text, owner);
    text.add("Variable", name).add("Value", value);
    raise();
}

void pbx::new_callerid(channel& changed, const party& caller) {
    changed.caller = caller;
    event_text& text = begin("NewCallerid");
    add_channel(text, changed);
    text.add("CID-CallingPres", "0 (Presentation Allowed, Not Screened)");
    raise();
}

void pbx::new_connected_line(channel& changed, const party& connected) {
    changed.connected = connected;
    add_channel(begin("NewConnectedLine"), changed);
    raise();
}

void pbx::hangup_request(const channel& ending, std::optional<int> cause) {
    event_text& text = begin("HangupRequest");
    add_channel(text, ending);
    if (cause) text.add("Cause", *cause);
    raise();
}

void pbx::soft_hangup_request(const channel& ending, int cause) {
    event_text& text = begin("SoftHangupRequest");
    add_channel(text, ending);
    text.add("Cause", cause);
    raise();
}

void pbx::hangup(channel& ended, int cause) {
    event_text& text = begin("Hangup");
    add_channel(text, ended);
    text.add("Cause", cause).add("Cause-txt", cause_text(cause));
    raise();
    set_use(ended, device_use::idle);
    channels_.erase(std::string(ended.uniqueid));
}

void pbx::dial_begin(const channel& from, const channel& to, std::string_view dial_string) {
    event_text& text = begin("DialBegin");
    add_channel(text, from);
    add_channel(text, to, "Dest");
    text.add("DialString", dial_string);
    raise();
}

void pbx::dial_state(const channel& from, const channel& to) {
    event_text& text = begin("DialState");
    add_channel(text, from);
    add_channel(text, to, "Dest");
    text.add("DialStatus", "RINGING");
    raise();
}

void pbx::dial_end(const channel& from, const channel& to, std::string_view status) {
    event_text& text = begin("DialEnd");
    add_channel(text, from);
    add_channel(text, to, "Dest");
    text.add("DialStatus", status);
    raise();
}

bridge& pbx::bridge_create(bridge_kind kind) {
    auto made = std::make_unique<bridge>();
    made->uniqueid = make_bridge_id();
    made->kind = kind;
    bridge& added = *made;
    bridges_.emplace(added.uniqueid, std::move(made));
    add_bridge(begin("BridgeCreate"), added);
    raise();
    return added;
}

void pbx::bridge_enter(bridge& entered, channel& entering) {
    entered.members.push_back(&entering);
    entering.joined = &entered;
    event_text& text = begin("BridgeEnter");
    add_bridge(text, entered);
    add_channel(text, entering);
    raise();
}

void pbx::bridge_leave(channel& leaving) {
    bridge& left = *std::exchange(leaving.joined, nullptr);
    std::erase(left.members, &leaving);
    event_text& text = begin("BridgeLeave");
    add_bridge(text, left);
    add_channel(text, leaving);
    raise();
}

void pbx::bridge_destroy(bridge& ended) {
    add_bridge(begin("BridgeDestroy"), ended);
    raise();
    bridges_.erase(std::string(ended.uniqueid));
}

void pbx::hold(channel& holder) {
    holder.holds = true;
    event_text& text = begin("Hold");
    add_channel(text, holder);
    text.add("MusicClass", "default");
    raise();
}

void pbx::unhold(channel& holder) {
    holder.holds = false;
    add_channel(begin("Unhold"), holder);
    raise();
}

void pbx::music_start(const channel& listener) {
    event_text& text = begin("MusicOnHoldStart");
    add_channel(text, listener);
    text.add("Class", "default");
    raise();
}

void pbx::music_stop(const channel& listener) {
    add_channel(begin("MusicOnHoldStop"), listener);
    raise();
}

void pbx::set_use(channel& changed, device_use use) {
    if (changed.use == use) return;
    auto& uses = uses_[changed.device];
    if (changed.use != device_use::idle) --uses[changed.use];
    if (use != device_use::idle) ++uses[use];
    changed.use = use;
    refresh_device(changed.device);
}

void pbx::refresh_device(const std::string& device) {
    const shown_state shown = combined(uses_[device]);
    std::string& last = device_states_[device];
    if (last == shown.device) return;
    last = shown.device;
    device_state(device, shown.device);

    const std::string_view exten = extension_of(device);
    if (exten.empty()) return;
    std::string& headers = extensions_[device];
    headers = fmt::format(
        "Exten: {1}\r\nContext: ext-local\r\nHint: {0}&Custom:DND{1}\r\nStatus: {2}\r\n"
        "StatusText: {3}\r\n",
        device, exten, shown.extension, shown.extension_text);
    begin("ExtensionStatus").append(headers);
    raise();
}

void pbx::device_state(std::string_view device, std::string_view state) {
    begin("DeviceStateChange").add("Device", device).add("State", state);
    raise();
}

void pbx::cdr(const cdr_row& row) {
    const auto seconds_to_end = [&row](timestamp from) {
        return std::chrono::floor<std::chrono::seconds>(row.end - from).count();
    };
    begin("Cdr", event_class::cdr)
        .add("AccountCode", "")
        .add("Source", row.caller.number)
        .add("Destination", row.destination.exten)
        .add("DestinationContext", row.destination.context)
        .add("CallerID", fmt::format("\"{}\" <{}>", row.caller.name, row.caller.number))
        .add("Channel", row.channel)
        .add("DestinationChannel", row.destination_channel)
        .add("LastApplication", row.application)
        .add("LastData", row.application_data)
        .add("StartTime", calendar_time(row.start))
        .add("AnswerTime", row.answer ? calendar_time(*row.answer) : std::string())
        .add("EndTime", calendar_time(row.end))
        .add("Duration", seconds_to_end(row.start))
        .add("BillableSeconds", row.answer ? seconds_to_end(*row.answer) : 0)
        .add("Disposition", row.disposition)
        .add("AMAFlags", "DOCUMENTATION")
        .add("UniqueID", row.uniqueid)
        .add("UserField", row.sip_call_id);
    raise();
}

std::string pbx::make_bridge_id() {
    std::string id = "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx";
    for (char& digit : id)
        if (digit == 'x') digit = "0123456789abcdef"[random_() % 16];
    return id;
}

std::string pbx::make_sip_call_id() {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789";
    std::string id;
    for (int count = 0; count < 24; ++count)
        id += letters[random_() % letters.size()];
    return id + "@ua";
}

}  // namespace callstream::sim
