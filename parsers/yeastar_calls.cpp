#include "parsers/yeastar_calls.h"

#include <algorithm>

#include "parsers/text_repair.h"

namespace callstream::parsers {
namespace {

call_state state_of(const push_call& call) noexcept {
    if (call.has_ended) return call_state::ended;
    if (call.has_failed) return call_state::failed;
    if (call.has_leg_in(push_leg_state::held)) return call_state::held;
    if (call.is_answered) return call_state::connected;
    return call.was_ringing ? call_state::ringing : call_state::initiated;
}

enum direction direction_with(enum direction known, yeastar_side side) noexcept {
    using enum direction;
    if (side == yeastar_side::inbound)
        return known == outbound || known == external ? external : inbound;
    return known == inbound || known == external ? external : outbound;
}

std::optional<duration> between(const std::optional<timestamp>& from,
                                const std::optional<timestamp>& to) noexcept {
    if (!from || !to) return std::nullopt;
    return *to - *from;
}

}  // namespace

text number_of(const yeastar_member& member) noexcept {
    if (!member.number.empty()) return member.number;
    return member.side == yeastar_side::inbound ? member.from : member.to;
}

party party_named(text said) noexcept {
    const std::size_t begin = said.rfind('<');
    if (begin == text::npos || !said.ends_with('>')) return {said, {}, {}};
    text name = said.substr(0, begin);
    while (!name.empty() && (name.back() == ' ' || name.back() == '"'))
        name.remove_suffix(1);
    while (!name.empty() && (name.front() == ' ' || name.front() == '"'))
        name.remove_prefix(1);
    return {said.substr(begin + 1, said.size() - begin - 2), name.empty() ? text() : name, {}};
}

push_call* yeastar_calls::see(const moment& when, text id, bool begins) {
    if (id.empty() || id.size() > bounded_id::capacity) return nullptr;
    push_call* call = calls_.find(id);
    if (call != nullptr) {
        call->touched_at = when.time;
        by_age_.erase(*call);
        by_age_.push_back(*call);
        return call;
    }
    make_room(when);
    push_call& added = pool_.take();
    added.id.assign(id);
    added.touched_at = when.time;
    if (begins) added.started_at = when.time;
    calls_.insert(added);
    by_age_.push_back(added);
    return &added;
}

push_leg* yeastar_calls::see_leg(const moment& when, push_call& call,
                                 const yeastar_member& member) {
    const text key = whole_characters(number_of(member), decltype(push_leg::key)::capacity);
    for (std::uint32_t i = 0; i < call.leg_count; ++i) {
        push_leg& leg = call.legs[i];
        const bool same_channel = !member.channel.empty() && leg.channel.view() == member.channel;
        if (!same_channel && leg.key.view() != key) continue;
        leg.channel.refine(member.channel);
        return &leg;
    }
    push_leg* leg = add_leg(call, key);
    if (leg == nullptr) return nullptr;
    leg->channel.assign(member.channel);
    leg->who.assign(party_named(key));
    learn(call, member);
    begin(when, call, leg);
    publish_leg(event_type::leg_created, when, call, *leg);
    return leg;
}

// Its id is the call's and the member's number.
push_leg* yeastar_calls::add_leg(push_call& call, text key) noexcept {
    push_leg* const free = call.free_leg();
    if (free == nullptr) return nullptr;
    push_leg& leg = *free;
    leg = push_leg();
    leg.key.assign(key);
    std::array<char, bounded_id::capacity> bytes;
    const text known = whole_characters(call.id.view(), bytes.size() - key.size() - 1);
    char* end = std::copy(known.begin(), known.end(), bytes.begin());
    *end++ = ':';
    end = std::copy(key.begin(), key.end(), end);
    leg.id.assign({bytes.data(), static_cast<std::size_t>(end - bytes.data())});
    leg.state = push_leg_state::created;
    return &leg;
}

push_leg* yeastar_calls::restore_leg(push_call& call, text leg_id) noexcept {
    for (std::uint32_t i = 0; i < call.leg_count; ++i)
        if (call.legs[i].id.view() == leg_id) return &call.legs[i];
    const std::size_t key_begin = call.id.view().size() + 1;
    if (leg_id.size() <= key_begin) return nullptr;
    return add_leg(call, leg_id.substr(key_begin));
}

bool yeastar_calls::begin(const moment& when, push_call& call, const push_leg* leg) {
    if (call.is_told) return false;
    call.is_told = true;
    moment begun = when;
    begun.synthetic = !call.started_at;
    publish(event_type::call_initiated, begun, call, leg);
    return true;
}

void yeastar_calls::learn(push_call& call, const yeastar_member& member) {
    if (member.side == yeastar_side::extension) return;
    call.direction = direction_with(call.direction, member.side);
    call.trunk.refine(member.trunk);
    if (call.calling.empty()) call.calling.assign(party_named(member.from));
    if (call.called.empty()) call.called.assign(party_named(member.to));
}

bool yeastar_calls::ring(const moment& when, push_call& call, push_leg& leg) {
    bool told = false;
    if (leg.state < push_leg_state::ringing) {
        call.forget_failure();
        leg.state = push_leg_state::ringing;
        publish_leg(event_type::leg_ringing, when, call, leg);
        told = true;
    }
    return ring_back(when, call, &leg) || told;
}

bool yeastar_calls::ring_back(const moment& when, push_call& call, const push_leg* leg) {
    if (call.was_ringing || call.is_answered) return false;
    call.was_ringing = true;
    publish(event_type::call_ringing, when, call, leg);
    return true;
}

bool yeastar_calls::answer(const moment& when, push_call& call, push_leg& leg,
                           bool is_called_side) {
    bool told = false;
    call.forget_failure();
    if (leg.state == push_leg_state::held) {
        leg.state = push_leg_state::answered;
        publish(event_type::call_retrieved, when, call, &leg);
        return true;
    }
    if (leg.state < push_leg_state::answered) {
        leg.state = push_leg_state::answered;
        publish_leg(event_type::leg_answered, when, call, leg);
        told = true;
    }
    if (is_called_side) call.answering.assign(leg.who.view());
    return take_answer(when, call, &leg) || told;
}

bool yeastar_calls::answer_unseen(const moment& when, push_call& call) {
    return take_answer(when, call, nullptr);
}

bool yeastar_calls::take_answer(const moment& when, push_call& call, const push_leg* leg) {
    if (call.is_answered) return false;
    call.forget_failure();
    call.is_answered = true;
    call.answered_at = when.time;
    publish(event_type::call_answered, when, call, leg);
    return true;
}

void yeastar_calls::revive(const moment& when, push_call& call, push_leg& leg) {
    if (leg.state != push_leg_state::ended) return;
    leg.state = push_leg_state::created;
    publish_leg(event_type::leg_created, when, call, leg);
}

// The PBX took the call that came in; nobody talks yet.
bool yeastar_calls::answer_trunk(const moment& when, push_call& call, push_leg& leg) {
    if (leg.state >= push_leg_state::answered) return false;
    leg.state = push_leg_state::answered;
    publish_leg(event_type::leg_answered, when, call, leg);
    return true;
}

bool yeastar_calls::hold(const moment& when, push_call& call, push_leg& leg) {
    if (leg.state >= push_leg_state::held) return false;
    leg.state = push_leg_state::held;
    publish(event_type::call_held, when, call, &leg);
    return true;
}

bool yeastar_calls::leave(const moment& when, push_call& call, push_leg& leg) {
    if (leg.state == push_leg_state::ended) return false;
    leg.state = push_leg_state::ended;
    publish_leg(event_type::leg_ended, when, call, leg);
    return true;
}

bool yeastar_calls::fail(const moment& when, push_call& call, text reason,
                         enum disposition outcome) {
    if (call.has_failed || call.has_ended || call.is_answered) return false;
    call.has_failed = true;
    call.disposition = outcome;
    call.cause_text.assign(reason);
    publish(event_type::call_failed, when, call);
    return true;
}

bool yeastar_calls::end(const moment& when, push_call& call) {
    if (call.has_ended) return false;
    moment inferred = when;
    inferred.synthetic = true;
    for (std::uint32_t i = 0; i < call.leg_count; ++i)
        leave(inferred, call, call.legs[i]);
    call.has_ended = true;
    if (!call.ended_at) call.ended_at = when.time;
    publish(event_type::call_ended, when, call);
    return true;
}

void yeastar_calls::end_unseen(moment when, push_call& call, text why) {
    when.synthetic = true;
    if (call.disposition == disposition::none)
        call.disposition = call.is_answered ? disposition::answered : disposition::no_answer;
    if (call.cause_text.empty()) call.cause_text.assign(why);
    end(when, call);
}

call_data yeastar_calls::picture(const push_call& call, const push_leg* leg) const noexcept {
    call_data data;
    data.call_id = call.id.view();
    if (leg != nullptr) data.leg_id = leg->id.view();
    data.state = state_of(call);
    data.direction = call.direction;
    data.calling = call.calling.view();
    data.called = call.called.view();
    data.answering = call.answering.view();
    data.trunk = call.trunk.view();
    if (!call.cause_text.empty()) data.cause = cause{{}, call.cause_text.view()};
    data.disposition = call.disposition;
    data.started_at = call.started_at;
    data.answered_at = call.answered_at;
    data.connected_at = call.answered_at;
    data.ended_at = call.ended_at;
    data.ring_seconds =
        call.ring_seconds
            ? call.ring_seconds
            : between(call.started_at, call.answered_at ? call.answered_at : call.ended_at);
    data.talk_seconds =
        call.talk_seconds ? call.talk_seconds : between(call.answered_at, call.ended_at);
    data.recording = call.recording.view();
    return data;
}

void yeastar_calls::publish(event_type type, const moment& when, const push_call& call,
                            const event_data& data) {
    output_.publish(type, when, {call.id.view(), {}, {}}, data);
}

void yeastar_calls::publish(event_type type, const moment& when, const push_call& call,
                            const push_leg* leg) {
    call_event_data data;
    static_cast<call_data&>(data) = picture(call, leg);
    publish(type, when, call, event_data(data));
}

void yeastar_calls::publish_leg(event_type type, const moment& when, const push_call& call,
                                const push_leg& leg) {
    leg_event_data data;
    static_cast<call_data&>(data) = picture(call, &leg);
    data.channel = leg.channel.view();
    data.leg = leg.who.view();
    publish(type, when, call, event_data(data));
}

void yeastar_calls::make_room(const moment& when) {
    if (calls_.size() < limits_.call_count) return;
    push_call* oldest = by_age_.front();
    while (oldest != nullptr && !oldest->has_ended)
        oldest = by_age_.after(*oldest);
    if (oldest == nullptr) {
        oldest = by_age_.front();
        end_unseen(when, *oldest, "too many calls at once");
    }
    forget(*oldest);
}

void yeastar_calls::forget(push_call& call) {
    by_age_.erase(call);
    calls_.erase(call);
    pool_.give_back(call);
}

void yeastar_calls::end_all(const moment& when, text why) {
    for (push_call* call = by_age_.front(); call != nullptr; call = by_age_.after(*call))
        if (!call->has_ended) end_unseen(when, *call, why);
}

void yeastar_calls::tick(timestamp now) {
    const moment when{now, time_quality::received, {}, true, {}};
    if (!watched_since_) watched_since_ = now;
    push_call* next = nullptr;
    for (push_call* call = by_age_.front(); call != nullptr; call = next) {
        next = by_age_.after(*call);
        const auto silent = now - std::max(call->touched_at, *watched_since_);
        if (silent < limits_.cdr_wait) return;
        if (call->has_ended && silent >= limits_.ended_age)
            forget(*call);
        else if (!call->has_ended && (call->have_all_left() || call->has_failed))
            end_unseen(when, *call, "no call detail record came");
        else if (!call->has_ended && silent >= limits_.silence)
            end_unseen(when, *call, "nothing was heard of the call for too long");
    }
}

}  // namespace callstream::parsers
