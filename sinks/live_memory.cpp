// The live state as text that it can go on from: what a restart must not forget, such as the counts
// of the day. Records are arrays, in the order in which they are written and read here.
#include <array>
#include <utility>
#include <vector>

#include "sinks/live_state.h"

namespace callstream::sinks {

namespace {

constexpr std::uint64_t format = 2;

// Format 1 had neither what a PBX told of a device beside what is shown, nor what a connection
// does, nor who is in conference, nor where a call is counted.
bool is_format_1(json_value from) noexcept {
    return from["format"].number() == 1.0;
}

void put(live_json& out, const live_party& party) {
    out.begin_array();
    out.text(party.number);
    out.text(party.name);
    out.text(party.device);
    out.end_array();
}

std::string text_in(json_value from, std::size_t index) {
    return std::string(from[index].text());
}

std::vector<std::string> texts_in(json_value from) {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < from.size(); ++i)
        all.push_back(text_in(from, i));
    return all;
}

std::uint64_t number_in(json_value from, std::size_t index) {
    const auto number = from[index].number();
    return number && *number >= 0 ? static_cast<std::uint64_t>(*number) : 0;
}

live_party party_in(json_value from, std::size_t index) {
    return {text_in(from[index], 0), text_in(from[index], 1), text_in(from[index], 2)};
}

std::string key_of(std::string_view pbx, std::string_view id) {
    return std::string(pbx).append(1, ':').append(id);
}

template <class Texts>
void put_texts(live_json& out, const Texts& texts) {
    for (const std::string_view text : texts)
        out.text(text);
}

using texts = std::initializer_list<std::string_view>;

}  // namespace

void live_devices::save(live_json& out) const {
    out.name("trunks");
    out.begin_array();
    trunks_.for_each([&out](const std::string&, const live_trunk& trunk) {
        out.begin_array();
        put_texts(out, texts{trunk.pbx, trunk.trunk, trunk.status, trunk.since, trunk.reason});
        out.end_array();
    });
    out.end_array();
    out.name("extensions");
    out.begin_array();
    extensions_.for_each([&out](const std::string&, const live_extension& each) {
        out.begin_array();
        put_texts(out,
                  texts{each.pbx, each.device, each.told, each.state, each.since, each.address});
        out.begin_array();
        for (const auto& [address, registered] : each.contacts) {
            out.text(address);
            out.flag(registered);
        }
        out.end_array();
        out.begin_array();
        for (const live_extension::leg& leg : each.legs)
            put_texts(out, texts{leg.leg_id, leg.call_id, leg.doing});
        out.end_array();
        out.end_array();
    });
    out.end_array();
}

// Before the calls, which count themselves at their trunks.
void live_devices::restore(json_value from) {
    const json_value trunks = from["trunks"];
    for (std::size_t i = 0; i < trunks.size(); ++i) {
        const json_value row = trunks[i];
        if (live_trunk* const made = trunks_.take(key_of(row[0].text(), row[1].text())))
            *made = {text_in(row, 0), text_in(row, 1), text_in(row, 2),
                     text_in(row, 3), text_in(row, 4), 0};
    }
    const bool is_old = is_format_1(from);
    const json_value extensions = from["extensions"];
    for (std::size_t i = 0; i < extensions.size(); ++i) {
        const json_value row = extensions[i];
        const std::string device = text_in(row, 1);
        const std::string key = key_of(row[0].text(), device);
        live_extension* const made = extensions_.take(key);
        if (made == nullptr) continue;
        const std::size_t shift = is_old ? 0 : 1;
        *made = {text_in(row, 0),
                 device,
                 text_in(row, 2),
                 text_in(row, 2 + shift),
                 text_in(row, 3 + shift),
                 text_in(row, 4 + shift),
                 {},
                 {}};
        const json_value contacts = row[5 + shift];
        for (std::size_t at = 0; at + 1 < contacts.size(); at += 2)
            made->contacts[text_in(contacts, at)] = contacts[at + 1].boolean().value_or(false);
        const json_value legs = row[6 + shift];
        const std::size_t width = is_old ? 2 : 3;
        for (std::size_t at = 0; at + width <= legs.size(); at += width)
            made->legs.push_back({text_in(legs, at), text_in(legs, at + 1),
                                  is_old ? std::string() : text_in(legs, at + 2)});
        const std::size_t slash = device.find('/');
        if (slash != std::string::npos && made->told != "unknown")
            device_of_number_.try_emplace(key_of(made->pbx, device.substr(slash + 1)), key);
    }
}

void live_calls::save(live_json& out) const {
    out.name("calls");
    out.begin_array();
    calls_.for_each([&out](const std::string&, const live_call& call) {
        out.begin_array();
        put_texts(out, texts{call.pbx, call.call_id, call.state, call.direction});
        put(out, call.calling);
        put(out, call.called);
        put(out, call.answering);
        put_texts(out, texts{call.queue, call.agent, call.trunk, call.started_at, call.answered_at,
                             call.state_since});
        out.begin_array();
        for (const live_leg& leg : call.legs)
            put_texts(out, texts{leg.leg_id, leg.device, leg.doing});
        out.end_array();
        out.begin_array();
        put_texts(out, call.in_conference);
        out.end_array();
        out.begin_array();
        put_texts(out, call.counted_at);
        out.end_array();
        out.flag(call.had_trunk_leg);
        out.end_array();
    });
    out.end_array();
}

void live_calls::restore(json_value from) {
    const bool is_old = is_format_1(from);
    const json_value calls = from["calls"];
    for (std::size_t i = 0; i < calls.size(); ++i) {
        const json_value row = calls[i];
        live_call* const made = calls_.take(key_of(row[0].text(), row[1].text()));
        if (made == nullptr) continue;
        *made = {text_in(row, 0),
                 text_in(row, 1),
                 text_in(row, 2),
                 text_in(row, 3),
                 party_in(row, 4),
                 party_in(row, 5),
                 party_in(row, 6),
                 text_in(row, 7),
                 text_in(row, 8),
                 text_in(row, 9),
                 {},
                 texts_in(row[14]),
                 texts_in(row[15]),
                 row[16].boolean().value_or(false),
                 text_in(row, 10),
                 text_in(row, 11),
                 text_in(row, 12)};
        const json_value legs = row[13];
        const std::size_t width = is_old ? 2 : 3;
        for (std::size_t at = 0; at + width <= legs.size(); at += width)
            made->legs.push_back({text_in(legs, at), text_in(legs, at + 1),
                                  is_old ? std::string() : text_in(legs, at + 2)});
        if (is_old) {
            count_at_trunks(*made);
            continue;
        }
        for (const std::string& trunk : made->counted_at)
            devices_.count_call(made->pbx, trunk, 1);
    }
}

void live_queues::save(live_json& out) const {
    out.name("queues");
    out.begin_array();
    queues_.for_each([&out](const std::string&, const live_queue& queue) {
        out.begin_array();
        put_texts(out, texts{queue.pbx, queue.queue, queue.day});
        for (const std::uint64_t count :
             {queue.today.offered, queue.today.answered, queue.today.answered_in_time,
              queue.today.abandoned, queue.today.left})
            out.number(count);
        out.begin_array();
        for (const live_caller& caller : queue.callers) {
            put_texts(out, texts{caller.leg_id, caller.call_id, caller.joined_at});
            put(out, caller.caller);
            out.flag(caller.abandoned);
        }
        out.end_array();
        out.begin_array();
        put_texts(out, queue.left);
        out.end_array();
        out.end_array();
    });
    out.end_array();
}

void live_queues::restore(json_value from) {
    const json_value queues = from["queues"];
    for (std::size_t i = 0; i < queues.size(); ++i) {
        const json_value row = queues[i];
        live_queue* const made = queues_.take(key_of(row[0].text(), row[1].text()));
        if (made == nullptr) continue;
        made->pbx = text_in(row, 0);
        made->queue = text_in(row, 1);
        made->day = text_in(row, 2);
        made->today = {number_in(row, 3), number_in(row, 4), number_in(row, 5), number_in(row, 6),
                       number_in(row, 7)};
        const json_value callers = row[8];
        for (std::size_t at = 0; at + 4 < callers.size(); at += 5)
            made->callers.push_back({text_in(callers, at), text_in(callers, at + 1),
                                     party_in(callers, at + 3), text_in(callers, at + 2),
                                     callers[at + 4].boolean().value_or(false)});
        for (std::string& leg_id : texts_in(row[9]))
            made->left.push_back(std::move(leg_id));
    }
}

void live_agents::save(live_json& out) const {
    out.name("agents");
    out.begin_array();
    agents_.for_each([&out](const std::string&, const live_agent& agent) {
        out.begin_array();
        put_texts(out, texts{agent.pbx, agent.agent, agent.device, agent.device_state, agent.status,
                             agent.since, agent.call_id});
        out.flag(agent.inferred);
        out.begin_array();
        for (const auto& [name, membership] : agent.queues) {
            put_texts(out, texts{name, membership.reason});
            out.flag(membership.paused);
            out.number(membership.calls_taken);
        }
        out.end_array();
        out.end_array();
    });
    out.end_array();
}

void live_agents::restore(json_value from) {
    const json_value agents = from["agents"];
    for (std::size_t i = 0; i < agents.size(); ++i) {
        const json_value row = agents[i];
        live_agent* const made = agents_.take(key_of(row[0].text(), row[2].text()));
        if (made == nullptr) continue;
        made->pbx = text_in(row, 0);
        made->agent = text_in(row, 1);
        made->device = text_in(row, 2);
        made->device_state = text_in(row, 3);
        made->status = text_in(row, 4);
        made->since = text_in(row, 5);
        made->call_id = text_in(row, 6);
        made->inferred = row[7].boolean().value_or(false);
        const json_value queues = row[8];
        for (std::size_t at = 0; at + 3 < queues.size(); at += 4)
            made->queues[text_in(queues, at)] = {queues[at + 2].boolean().value_or(false),
                                                 text_in(queues, at + 1),
                                                 number_in(queues, at + 3)};
        tell_queues(*made);
    }
}

void live_sources::save(live_json& out) const {
    out.name("sources");
    out.begin_array();
    sources_.for_each([&out](const std::string&, const live_source& source) {
        out.begin_array();
        put_texts(out, texts{source.pbx, source.transport, source.address, source.version,
                             source.state, source.since, source.reason});
        out.number(source.shed_count);
        if (source.gap) {
            put_texts(out, texts{source.gap->from, source.gap->to});
            if (source.gap->missing_count) out.number(*source.gap->missing_count);
        }
        out.end_array();
    });
    out.end_array();
    out.name("activities");
    out.begin_array();
    activities_.for_each([&out](const std::string& pbx, const live_activity& activity) {
        out.begin_array();
        out.text(pbx);
        for (const auto& [at, minute] : activity.minutes) {
            out.text(at);
            for (const std::uint64_t count : {minute.calls, minute.answered, minute.abandoned})
                out.number(count);
        }
        out.end_array();
    });
    out.end_array();
}

void live_sources::restore(json_value from) {
    const json_value sources = from["sources"];
    for (std::size_t i = 0; i < sources.size(); ++i) {
        const json_value row = sources[i];
        live_source* const made = sources_.take(text_in(row, 0));
        if (made == nullptr) continue;
        *made = {text_in(row, 0),   text_in(row, 1),
                 text_in(row, 2),   text_in(row, 3),
                 text_in(row, 4),   text_in(row, 5),
                 text_in(row, 6),   {},
                 number_in(row, 7), {}};
        if (row.size() < 10) continue;
        made->gap = live_gap{text_in(row, 8), text_in(row, 9), {}};
        if (row.size() > 10) made->gap->missing_count = number_in(row, 10);
    }
    const json_value activities = from["activities"];
    for (std::size_t i = 0; i < activities.size(); ++i) {
        const json_value row = activities[i];
        live_activity* const made = activities_.take(text_in(row, 0));
        for (std::size_t at = 1; made != nullptr && at + 3 < row.size(); at += 4)
            made->minutes[text_in(row, at)] = {number_in(row, at + 1), number_in(row, at + 2),
                                               number_in(row, at + 3)};
    }
}

std::string live_state::save() const {
    live_json out;
    out.begin_object();
    out.number("format", format);
    sources_.save(out);
    devices_.save(out);
    calls_.save(out);
    queues_.save(out);
    agents_.save(out);
    out.end_object();
    return out.take();
}

bool live_state::restore(json_value from) {
    if (from["format"].number() != static_cast<double>(format) && !is_format_1(from)) return false;
    sources_.restore(from);
    devices_.restore(from);
    calls_.restore(from);
    queues_.restore(from);
    agents_.restore(from);
    static_cast<void>(take_changes());
    return true;
}

}  // namespace callstream::sinks
