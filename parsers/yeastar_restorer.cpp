#include "parsers/yeastar_restorer.h"

#include <algorithm>
#include <charconv>

#include <simdjson.h>

#include "parsers/yeastar_cdr.h"

namespace callstream::parsers {
namespace {

using simdjson::dom::element;

text text_of(const element& object, const char* key) noexcept {
    std::string_view value;
    return object[key].get(value) == simdjson::SUCCESS ? value : text();
}

void restore_party(const element& object, const char* key, bounded_party& out) noexcept {
    element said;
    if (object[key].get(said) != simdjson::SUCCESS) return;
    out.refine({text_of(said, "number"), text_of(said, "name"), text_of(said, "device")});
}

template <class Enum>
void restore_name(text name, Enum& out) noexcept {
    for (std::size_t i = 1; i < names_of<Enum>.size(); ++i)
        if (names_of<Enum>[i] == name) out = static_cast<Enum>(i);
}

// What the last part of an id such as hq:1495706238.328:1f2e is.
std::uint64_t hash_in(text id) noexcept {
    std::uint64_t hash = 0;
    const std::size_t begin = id.rfind(':') + 1;
    std::from_chars(id.data() + begin, id.data() + id.size(), hash, 16);
    return hash;
}

void restore_leg_state(event_type type, push_leg& leg) noexcept {
    switch (type) {
        case event_type::leg_ringing:
            leg.state = push_leg_state::ringing;
            break;
        case event_type::leg_answered:
        case event_type::call_retrieved:
            leg.state = push_leg_state::answered;
            break;
        case event_type::call_held:
            leg.state = push_leg_state::held;
            break;
        case event_type::leg_ended:
            leg.state = push_leg_state::ended;
            break;
        default:
            break;
    }
}

void restore_call_state(const record& stored, push_call& call) noexcept {
    switch (stored.type) {
        case event_type::call_initiated:
            call.started_at = stored.time;
            break;
        case event_type::call_ringing:
            call.was_ringing = true;
            break;
        case event_type::call_answered:
            call.forget_failure();
            call.is_answered = true;
            call.answered_at = stored.time;
            break;
        case event_type::call_failed:
            call.has_failed = true;
            break;
        case event_type::call_ended:
            call.has_ended = true;
            call.ended_at = stored.time;
            break;
        default:
            break;
    }
}

}  // namespace

class yeastar_restorer::state {
public:
    void restore(const record& stored, yeastar_calls& calls) {
        const std::string_view family = info_of(stored.type).family();
        const bool of_call = family == "call" || family == "leg";
        if (!of_call && family != "cdr" && stored.type != event_type::recording_available) return;
        element data;
        const std::string_view json = stored[attribute::data];
        if (parser_.parse(json.data(), json.size()).get(data) != simdjson::SUCCESS) return;
        const moment when{stored.recorded_time, time_quality::received, {}, true, {}};
        push_call* call = calls.see(when, text_of(data, "call_id"), false);
        if (call == nullptr) return;
        call->is_told = true;
        if (family == "cdr") {
            call->cdr_hash = hash_in(stored[attribute::id]);
        } else if (!of_call) {
            call->recording_hash = pushed_hash({text_of(data, "file")});
        } else {
            restore_call_state(stored, *call);
            restore_picture(data, *call);
            restore_leg(stored.type, data, *call, calls);
        }
    }

private:
    static void restore_picture(const element& data, push_call& call) {
        restore_party(data, "calling", call.calling);
        restore_party(data, "called", call.called);
        restore_party(data, "answering", call.answering);
        call.trunk.refine(text_of(data, "trunk"));
        call.recording.refine(text_of(data, "recording"));
        restore_name(text_of(data, "direction"), call.direction);
        restore_name(text_of(data, "disposition"), call.disposition);
        element why;
        if (data["cause"].get(why) == simdjson::SUCCESS)
            call.cause_text.refine(text_of(why, "text"));
    }

    static void restore_leg(event_type type, const element& data, push_call& call,
                            yeastar_calls& calls) {
        const text leg_id = text_of(data, "leg_id");
        // call.initiated names the leg before leg.created has told of it.
        if (leg_id.empty() || type == event_type::call_initiated) return;
        push_leg* leg = calls.restore_leg(call, leg_id);
        if (leg == nullptr) return;
        restore_party(data, "leg", leg->who);
        leg->channel.refine(text_of(data, "channel"));
        restore_leg_state(type, *leg);
    }

    simdjson::dom::parser parser_;
};

yeastar_restorer::yeastar_restorer() : state_(std::make_unique<state>()) {}
yeastar_restorer::~yeastar_restorer() = default;

void yeastar_restorer::restore(const record& stored, yeastar_calls& calls) {
    state_->restore(stored, calls);
}

}  // namespace callstream::parsers
