#include "parsers/yeastar_translator.h"

#include <algorithm>

#include "parsers/yeastar_calls.h"
#include "parsers/yeastar_cdr.h"
#include "parsers/yeastar_facts.h"
#include "parsers/yeastar_report.h"
#include "parsers/yeastar_restorer.h"

namespace callstream::parsers {
namespace {

disposition outcome_of(text reason) noexcept {
    const auto has = [reason](text word) { return reason.find(word) != text::npos; };
    if (has("busy") || has("Busy") || has("BUSY") || reason == "DND") return disposition::busy;
    if (has("unreachable") || has("congest") || has("Congest")) return disposition::congestion;
    if (has("o answer") || has("O ANSWER") || has("oAnswer")) return disposition::no_answer;
    return disposition::failed;
}

// What a member's own status says, or the report's action of it.
yeastar_action status_named(text name) noexcept {
    if (name == "RING" || name == "Ring" || name == "EARLYMEDIA") return yeastar_action::ring;
    if (name == "ALERT") return yeastar_action::ring_back;
    if (name == "ANSWER") return yeastar_action::answer;
    if (name == "ANSWERED") return yeastar_action::answered;
    if (name == "HOLD") return yeastar_action::hold;
    return name == "BYE" ? yeastar_action::bye : yeastar_action::unknown;
}

// What it says is remembered with its call: said again, it tells only what is missing.
bool is_remembered(yeastar_action action) noexcept {
    switch (action) {
        case yeastar_action::ring:
        case yeastar_action::ring_back:
        case yeastar_action::answer:
        case yeastar_action::answered:
        case yeastar_action::bye:
        case yeastar_action::failed:
        case yeastar_action::invite:
        case yeastar_action::incoming:
        case yeastar_action::call_status:
        case yeastar_action::hold:
        case yeastar_action::cdr:
            return true;
        default:
            return false;
    }
}

bool has_side(const yeastar_report& report, yeastar_side side) noexcept {
    for (const yeastar_member& member : report.members)
        if (member.side == side) return true;
    return false;
}

// Whether the member is who was called. With a trunk at one end that is plain; among extensions
// the order says it, which depends on the report.
bool is_called(const yeastar_report& report, std::size_t index) noexcept {
    const bool came_in = has_side(report, yeastar_side::inbound);
    const bool goes_out = has_side(report, yeastar_side::outbound);
    const yeastar_side side = report.members[index].side;
    if (goes_out && !came_in) return side == yeastar_side::outbound;
    if (came_in && !goes_out) return side == yeastar_side::extension;
    const bool called_first = !report.caller_first && (report.action == yeastar_action::ring ||
                                                       report.action == yeastar_action::answer);
    if (report.members.size() == 1)
        return report.action == yeastar_action::ring || report.action == yeastar_action::answer;
    return (index == 0) == called_first;
}

}  // namespace

class yeastar_translator::state {
public:
    state(const yeastar_settings& settings, event_output& output)
        : family_(settings.family),
          output_(output, family_),
          calls_({}, output_),
          cdrs_(calls_, settings.timezone, output_),
          facts_(calls_, output_),
          reader_(settings.texts) {}

    report_verdict decode(std::string_view body, timestamp arrived, report_coming coming) {
        const report_verdict read = reader_.read(body);
        if (!read.accepted()) {
            ++counters_.rejected;
            return read;
        }
        ++counters_.reports;
        const yeastar_report& report = reader_.report();
        const moment when{arrived, time_quality::received, report.said, false, {}};
        const bool remembered = is_remembered(report.action);
        const bool again = coming == report_coming::again ||
                           (coming == report_coming::perhaps_again && remembered);
        if (again && !remembered) return {};
        bool told = false;
        if (report.action == yeastar_action::cdr)
            told = cdrs_.take(report, when);
        else if (remembered || report.action == yeastar_action::transfer ||
                 report.action == yeastar_action::forward)
            told = take_call(report, when, again);
        else
            told = facts_.take(report, when);
        if (!told && !again) facts_.pass_on(report, when);
        return {};
    }

    void restore(const record& stored) { restorer_.restore(stored, calls_); }
    void tick(timestamp now) { calls_.tick(now); }
    const report_counters& counters() const noexcept { return counters_; }

private:
    bool take_call(const yeastar_report& report, const moment& when, bool again) {
        const bool begins =
            report.action == yeastar_action::invite || report.action == yeastar_action::incoming;
        push_call* call = calls_.see(when, report.call_id, begins);
        if (call == nullptr || call->has_ended) return false;
        const std::uint32_t legs_before = call->leg_count;
        for (const yeastar_member& member : report.members)
            calls_.learn(*call, member);
        learn_internal(report, *call);
        learn_extensions(report, *call);
        learn_answering(report, *call);
        bool told = false;
        for (std::size_t i = 0; i < report.members.size(); ++i) {
            const yeastar_member& member = report.members[i];
            push_leg* leg = calls_.see_leg(when, *call, member);
            if (leg != nullptr)
                told = take_member(report, when, {*call, *leg, i, again}) || told;
            else if (tells_of_answer(report, i))
                told = calls_.answer_unseen(when, *call) || told;
        }
        told = calls_.begin(when, *call, nullptr) || told;
        told = take_report(report, when, *call) || told;
        return told || call->leg_count > legs_before;
    }

    // One extension alone may be talking to anybody.
    static void learn_internal(const yeastar_report& report, push_call& call) {
        if (call.direction == direction::none && report.members.size() > 1)
            call.direction = direction::internal;
    }

    // Who calls whom, among extensions: by the place in a report that has one order.
    static void learn_extensions(const yeastar_report& report, push_call& call) {
        const bool ordered =
            report.action == yeastar_action::ring || report.action == yeastar_action::answer ||
            report.action == yeastar_action::answered || report.action == yeastar_action::ring_back;
        if (!ordered) return learn_by_status(report, call);
        for (std::size_t i = 0; i < report.members.size(); ++i) {
            const yeastar_member& member = report.members[i];
            if (member.side != yeastar_side::extension) continue;
            bounded_party& role = is_called(report, i) ? call.called : call.calling;
            if (role.empty()) role.number.assign(member.number);
        }
    }

    // That the member, who was called, has answered.
    static bool tells_of_answer(const yeastar_report& report, std::size_t index) {
        if (report.action == yeastar_action::call_status)
            return status_named(report.members[index].status) == yeastar_action::answer;
        return (report.action == yeastar_action::answer ||
                report.action == yeastar_action::answered) &&
               is_called(report, index);
    }

    // Known before call.answered tells it, whichever member comes first in the report.
    static void learn_answering(const yeastar_report& report, push_call& call) {
        for (std::size_t i = 0; i < report.members.size(); ++i) {
            const yeastar_member& member = report.members[i];
            if (tells_of_answer(report, i) && call.answering.empty())
                call.answering.assign(party_named(number_of(member)));
        }
    }

    // With a status for each: ALERT and ANSWERED are the caller's, RING and ANSWER the called's.
    static void learn_by_status(const yeastar_report& report, push_call& call) {
        for (const yeastar_member& member : report.members) {
            const yeastar_action status = status_named(member.status);
            if (member.side != yeastar_side::extension) continue;
            const bool calls =
                status == yeastar_action::ring_back || status == yeastar_action::answered;
            const bool is_called =
                status == yeastar_action::ring || status == yeastar_action::answer;
            if (calls && call.calling.empty()) call.calling.number.assign(member.number);
            if (is_called && call.called.empty()) call.called.number.assign(member.number);
        }
    }

    struct place {
        push_call& call;
        push_leg& leg;
        std::size_t index;
        bool again;  // the report may be older than what is known
    };

    bool take_member(const yeastar_report& report, const moment& when, const place& at) {
        yeastar_action action = report.action;
        if (action == yeastar_action::call_status)
            action = status_named(report.members[at.index].status);
        const bool of_each = report.action == yeastar_action::call_status;
        const bool called = of_each || is_called(report, at.index);
        const bool calling = of_each || !called;
        const bool comes_back =
            (called && (action == yeastar_action::ring || action == yeastar_action::answer)) ||
            (calling && action == yeastar_action::answered);
        if (comes_back && !at.again) calls_.revive(when, at.call, at.leg);
        switch (action) {
            case yeastar_action::ring:
                return called && calls_.ring(when, at.call, at.leg);
            case yeastar_action::ring_back:
                return calling && calls_.ring_back(when, at.call, &at.leg);
            case yeastar_action::answer:
                return called && calls_.answer(when, at.call, at.leg, true);
            case yeastar_action::answered:
                return calling && calls_.answer(when, at.call, at.leg, false);
            case yeastar_action::incoming:
                return calls_.answer_trunk(when, at.call, at.leg);
            case yeastar_action::hold:
                return calls_.hold(when, at.call, at.leg);
            case yeastar_action::bye:
                return calls_.leave(when, at.call, at.leg);
            default:
                return false;
        }
    }

    bool take_report(const yeastar_report& report, const moment& when, push_call& call) {
        switch (report.action) {
            case yeastar_action::failed:
                return calls_.fail(when, call, report.reason, outcome_of(report.reason));
            case yeastar_action::transfer:
                return facts_.transfer(report, when, call);
            case yeastar_action::forward:
                return facts_.forward(report, when, call);
            default:
                return false;
        }
    }

    std::string family_;
    family_output output_;
    yeastar_calls calls_;
    yeastar_cdr_events cdrs_;
    yeastar_facts facts_;
    yeastar_reader reader_;
    yeastar_restorer restorer_;
    report_counters counters_;
};

yeastar_translator::yeastar_translator(const yeastar_settings& settings, event_output& output)
    : state_(std::make_unique<state>(settings, output)) {}

yeastar_translator::~yeastar_translator() = default;

report_verdict yeastar_translator::decode(std::string_view body, timestamp arrived,
                                          report_coming coming) {
    return state_->decode(body, arrived, coming);
}

void yeastar_translator::restore(const record& stored) {
    state_->restore(stored);
}

void yeastar_translator::tick(timestamp now) {
    state_->tick(now);
}

report_counters yeastar_translator::counters() const noexcept {
    return state_->counters();
}

}  // namespace callstream::parsers
