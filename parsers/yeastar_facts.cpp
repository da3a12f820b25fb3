#include "parsers/yeastar_facts.h"

#include <algorithm>

#include "parsers/text_repair.h"

namespace callstream::parsers {
namespace {

struct state_name {
    text said;
    text ours;
};

// As reports and the manuals spell them, in lower case.
constexpr std::array state_names{
    state_name{"ringing", "ringing"}, state_name{"ring", "ringing"},
    state_name{"idle", "idle"},       state_name{"idel", "idle"},
    state_name{"busy", "busy"},       state_name{"inuse", "in-use"},
    state_name{"hold", "on-hold"},    state_name{"unavailable", "unavailable"},
};

}  // namespace

text yeastar_facts::lower(text status) noexcept {
    const text kept = whole_characters(status, lower_.size());
    std::transform(kept.begin(), kept.end(), lower_.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return {lower_.data(), kept.size()};
}

bool yeastar_facts::take(const yeastar_report& report, const moment& when) {
    switch (report.action) {
        case yeastar_action::dtmf:
            return digit(report, when);
        case yeastar_action::prompt_end:
            return prompt(report, when, event_type::prompt_ended);
        case yeastar_action::survey:
            return prompt(report, when, event_type::survey_completed);
        case yeastar_action::extension_status:
            return extension(report, when);
        case yeastar_action::trunk_status:
            return trunk(report, when);
        case yeastar_action::config_change:
            return configuration(report, when);
        case yeastar_action::boot:
            return boot(report, when);
        default:
            return false;
    }
}

// The call and the leg of the first member; both may be null.
push_call* yeastar_facts::see(const yeastar_report& report, const moment& when, push_leg*& leg) {
    push_call* call = calls_.see(when, report.call_id, false);
    if (call == nullptr || call->has_ended) return call;
    if (!report.members.empty()) leg = calls_.see_leg(when, *call, report.members.front());
    calls_.begin(when, *call, leg);
    return call;
}

bool yeastar_facts::digit(const yeastar_report& report, const moment& when) {
    push_leg* leg = nullptr;
    const push_call* call = see(report, when, leg);
    if (call == nullptr || report.info.empty()) return false;
    call_dtmf_data data;
    static_cast<call_data&>(data) = calls_.picture(*call, leg);
    data.digit = report.info;
    data.dtmf_direction = "received";
    calls_.publish(event_type::call_dtmf, when, *call, event_data(data));
    return true;
}

bool yeastar_facts::prompt(const yeastar_report& report, const moment& when, event_type type) {
    push_leg* leg = nullptr;
    const push_call* call = see(report, when, leg);
    prompt_data data;
    data.call_id = report.call_id;
    if (leg != nullptr) data.leg_id = leg->id.view();
    data.name = report.prompt;
    if (type == event_type::survey_completed)
        data.answer = report.survey.empty() ? report.info : report.survey;
    const text subject = call != nullptr ? call->id.view() : report.said;
    output_.publish(type, when, {subject, {}, {}}, event_data(data));
    return true;
}

bool yeastar_facts::transfer(const yeastar_report& report, const moment& when, push_call& call) {
    call_transferred_data data;
    const yeastar_member* first = report.members.empty() ? nullptr : &report.members.front();
    if (first != nullptr && first->side != yeastar_side::extension) {
        const bool came_in = first->side == yeastar_side::inbound;
        data.transferee = party_named(came_in ? first->from : first->to);
        data.target = party_named(came_in ? first->to : first->from);
    } else if (first != nullptr) {
        data.transferrer = party_named(first->number);
        if (report.members.size() > 1) data.target = party_named(report.members[1].number);
    }
    static_cast<call_data&>(data) = calls_.picture(call, nullptr);
    calls_.publish(event_type::call_transferred, when, call, event_data(data));
    return true;
}

bool yeastar_facts::forward(const yeastar_report& report, const moment& when, push_call& call) {
    call_diverted_data data;
    static_cast<call_data&>(data) = calls_.picture(call, nullptr);
    data.kind = diversion_kind::forward;
    if (!report.members.empty()) {
        const yeastar_member& first = report.members.front();
        data.diverting = party_named(first.number.empty() ? first.from : first.number);
        data.target = party_named(report.members.size() > 1 ? report.members[1].number : first.to);
    }
    calls_.publish(event_type::call_diverted, when, call, event_data(data));
    return true;
}

bool yeastar_facts::extension(const yeastar_report& report, const moment& when) {
    if (report.extension.empty()) return false;
    device_data data;
    data.device = report.extension;
    data.state = lower(report.status);
    const bool registers =
        data.state == "registered" || data.state == "unregistered" || report.said == "30007";
    for (const state_name& known : state_names)
        if (known.said == data.state) data.state = known.ours;
    output_.publish(
        registers ? event_type::device_registration_changed : event_type::device_state_changed,
        when, {report.extension, {}, {}}, event_data(data));
    return true;
}

bool yeastar_facts::trunk(const yeastar_report& report, const moment& when) {
    if (report.trunk.empty()) return false;
    trunk_data data;
    data.trunk = report.trunk;
    data.status = lower(report.status);
    data.reason = report.reason;
    output_.publish(event_type::trunk_status_changed, when, {report.trunk, {}, {}},
                    event_data(data));
    return true;
}

bool yeastar_facts::configuration(const yeastar_report& report, const moment& when) {
    system_data data;
    data.component = report.type;
    if (report.said == "30022") data.component = "extension";
    if (report.said == "30023") data.component = "trunk";
    data.operation = report.operation;
    data.values = report.fields;
    output_.publish(event_type::config_changed, when, {report.said, {}, {}}, event_data(data));
    return true;
}

bool yeastar_facts::boot(const yeastar_report& report, const moment& when) {
    system_data data;
    data.component = "pbx";
    data.status = "booted";
    data.values = report.fields;
    output_.publish(event_type::system_status, when, {report.said, {}, {}}, event_data(data));
    calls_.end_all(when, "the PBX began anew");
    return true;
}

void yeastar_facts::pass_on(const yeastar_report& report, const moment& when) {
    vendor_data data;
    data.call_id = report.call_id;
    data.headers = report.fields;
    const text subject = report.call_id.empty() ? report.said : report.call_id;
    output_.publish(event_type::vendor_event, when, {subject, {}, {}}, event_data(data));
}

}  // namespace callstream::parsers
