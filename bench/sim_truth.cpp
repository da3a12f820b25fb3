#include "bench/sim_truth.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "bench/sim_version_1.h"

namespace callstream::sim {

namespace {

using json = rapidjson::Writer<rapidjson::StringBuffer>;

void key(json& out, std::string_view name) {
    out.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
}

void value(json& out, std::string_view text) {
    out.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

// As the PBX calls it in its own words.
std::string said(const shown_pbx& shown, std::string_view text) {
    return shown.voice != nullptr ? shown.voice->shown(text) : std::string(text);
}

void add_channels(json& out, const shown_pbx& shown) {
    key(out, "channels");
    out.StartObject();
    for (const auto& [id, one] : shown.place->exchange.channels()) {
        key(out, said(shown, id));
        out.StartObject();
        key(out, "linkedid"), value(out, one->linkedid);
        key(out, "holds"), out.Bool(one->holds);
        key(out, "state"), value(out, state_text(one->state));
        key(out, "bridge");
        value(out, one->joined != nullptr ? one->joined->uniqueid : std::string_view());
        out.EndObject();
    }
    out.EndObject();
}

void add_rooms(json& out, const shown_pbx& shown) {
    key(out, "rooms");
    out.StartObject();
    for (const auto& [room, talk] : shown.place->rooms.open()) {
        key(out, room);
        out.StartArray();
        for (const channel* party : talk->members)
            value(out, said(shown, party->uniqueid));
        out.EndArray();
    }
    out.EndObject();
    key(out, "parked");
    out.StartArray();
    for (const parking_lot::space& one : shown.place->parking.spaces())
        value(out, said(shown, one.parkee->linkedid));
    out.EndArray();
}

void add_queue(json& out, const shown_pbx& shown) {
    const call_queue& queue = shown.place->support;
    key(out, "waiting");
    out.StartArray();
    for (const channel* caller : queue.waiting())
        value(out, said(shown, caller->uniqueid));
    out.EndArray();
    key(out, "members");
    out.StartObject();
    for (const queue_member& member : queue.members()) {
        if (!member.logged_on) continue;
        key(out, said(shown, "PJSIP/" + member.extension));
        out.Bool(member.paused);
    }
    out.EndObject();
}

}  // namespace

std::string truth_of(const shown_pbx& shown) {
    rapidjson::StringBuffer buffer;
    json out(buffer);
    out.StartObject();
    add_channels(out, shown);
    key(out, "queue"), value(out, shown.place->support.name());
    add_queue(out, shown);
    add_rooms(out, shown);
    key(out, "devices");
    out.StartObject();
    for (const auto& [device, state] : shown.place->exchange.device_states())
        key(out, device), value(out, state);
    out.EndObject();
    out.EndObject();
    return std::string(buffer.GetString(), buffer.GetSize());
}

}  // namespace callstream::sim
