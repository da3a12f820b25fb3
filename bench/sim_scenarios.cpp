// The scenarios: what a caller goes through, and how long each part of it takes.
#include <array>
#include <charconv>

#include "bench/sim_plan.h"

namespace callstream::sim {

namespace {

using std::chrono::milliseconds;

duration between(std::mt19937& random, milliseconds least, milliseconds most) {
    return milliseconds(
        std::uniform_int_distribution<milliseconds::rep>(least.count(), most.count())(random));
}

constexpr duration at_once{0};
constexpr milliseconds network{40};  // until a phone is heard of

duration ring_time(std::mt19937& random) {
    return between(random, milliseconds(1'500), milliseconds(9'000));
}

duration talk_time(std::mt19937& random) {
    return between(random, milliseconds(4'000), milliseconds(60'000));
}

script answered(void (call::*dial)(), std::mt19937& random) {
    return {{at_once, std::mem_fn(dial)},
            {network, &call::ringing},
            {ring_time(random), &call::answer},
            {talk_time(random), &call::hang_up}};
}

script internal_answered(std::mt19937& random) {
    return answered(&call::dial_extension, random);
}

script inbound_answered(std::mt19937& random) {
    return answered(&call::dial_from_trunk, random);
}

script outbound_answered(std::mt19937& random) {
    return answered(&call::dial_out, random);
}

script no_answer(std::mt19937&) {
    return {{at_once, &call::dial_extension},
            {network, &call::ringing},
            {milliseconds(12'000), &call::ring_out}};
}

script canceled(std::mt19937& random) {
    return {{at_once, &call::dial_from_trunk},
            {network, &call::ringing},
            {ring_time(random), &call::give_up}};
}

script busy(std::mt19937&) {
    return {{at_once, &call::dial_extension},
            {network, &call::ringing},
            {milliseconds(800), [](call& c) { c.refuse(17); }}};
}

script congestion(std::mt19937&) {
    return {{at_once, &call::dial_out}, {network, [](call& c) { c.refuse(34); }}};
}

script hold(std::mt19937& random) {
    return {{at_once, &call::dial_extension},
            {network, &call::ringing},
            {ring_time(random), &call::answer},
            {talk_time(random) / 2, &call::hold},
            {between(random, milliseconds(3'000), milliseconds(20'000)), &call::retrieve},
            {talk_time(random) / 2, &call::hang_up}};
}

script blind_transfer(std::mt19937& random) {
    return {{at_once, &call::dial_from_trunk},  {network, &call::ringing},
            {ring_time(random), &call::answer}, {talk_time(random) / 4, &call::transfer_blind},
            {network, &call::ringing},          {ring_time(random), &call::answer},
            {talk_time(random), &call::hang_up}};
}

script attended_transfer(std::mt19937& random) {
    return {{at_once, &call::dial_from_trunk},     {network, &call::ringing},
            {ring_time(random), &call::answer},    {talk_time(random) / 4, &call::hold},
            {milliseconds(1'500), &call::consult}, {network, &call::ringing},
            {ring_time(random), &call::answer},    {milliseconds(5'000), &call::transfer_attended},
            {talk_time(random), &call::hang_up}};
}

script queue_answered(std::mt19937& random) {
    script steps{{at_once, &call::enter_queue}};
    if (random() % 4 == 0) {
        steps.push_back({network, &call::call_agent});
        steps.push_back({milliseconds(8'000), &call::agent_ignores});
    }
    steps.push_back({network, &call::call_agent});
    steps.push_back({ring_time(random), &call::agent_answers});
    steps.push_back({talk_time(random), &call::leave_agent});
    return steps;
}

script queue_abandoned(std::mt19937& random) {
    return {{at_once, &call::enter_queue},
            {network, &call::call_agent},
            {milliseconds(8'000), &call::agent_ignores},
            {between(random, milliseconds(500), milliseconds(15'000)), &call::abandon_queue}};
}

script ring_group(std::mt19937& random) {
    return {{at_once, &call::dial_group},
            {network, &call::group_rings},
            {ring_time(random), &call::group_answers},
            {talk_time(random), &call::hang_up}};
}

script menu(std::mt19937& random) {
    return {
        {at_once, &call::enter_menu},
        {between(random, milliseconds(1'000), milliseconds(6'000)), [](call& c) { c.press("1"); }},
        {milliseconds(300), &call::choose_extension},
        {network, &call::ringing},
        {ring_time(random), &call::answer},
        {talk_time(random), &call::hang_up}};
}

script callback(std::mt19937& random) {
    return {{at_once, &call::originate},
            {network, &call::originate_rings},
            {ring_time(random), &call::originate_answers},
            {network, &call::ringing},
            {ring_time(random), &call::answer},
            {talk_time(random), &call::hang_up}};
}

script conference(std::mt19937& random) {
    return {{at_once, &call::enter_conference}, {talk_time(random), &call::leave_conference}};
}

script parked(std::mt19937& random) {
    return {{at_once, &call::dial_from_trunk},
            {network, &call::ringing},
            {ring_time(random), &call::answer},
            {talk_time(random) / 4, &call::park},
            {between(random, milliseconds(2'000), milliseconds(20'000)), &call::fetch},
            {talk_time(random) / 2, &call::hang_up}};
}

script agent_break(std::mt19937& random) {
    return {{at_once, &call::pause_agent},
            {between(random, milliseconds(1'000), milliseconds(6'000)), &call::resume_agent}};
}

script agent_shift(std::mt19937& random) {
    return {{at_once, &call::log_agent_off},
            {between(random, milliseconds(1'000), milliseconds(6'000)), &call::log_agent_on}};
}

constexpr std::string_view usual_mix =
    "internal_answered=25,inbound_answered=20,outbound_answered=15,queue_answered=15,"
    "queue_abandoned=3,no_answer=6,canceled=4,busy=3,congestion=1,hold=3,blind_transfer=3,"
    "attended_transfer=2";

}  // namespace

const std::vector<scenario>& all_scenarios() {
    static const std::vector<scenario> all{{"internal_answered", "answered", internal_answered},
                                           {"inbound_answered", "answered", inbound_answered},
                                           {"outbound_answered", "answered", outbound_answered},
                                           {"queue_answered", "answered", queue_answered},
                                           {"queue_abandoned", "no-answer", queue_abandoned},
                                           {"no_answer", "no-answer", no_answer},
                                           {"canceled", "canceled", canceled},
                                           {"busy", "busy", busy},
                                           {"congestion", "congestion", congestion},
                                           {"hold", "answered", hold},
                                           {"blind_transfer", "answered", blind_transfer},
                                           {"attended_transfer", "answered", attended_transfer},
                                           {"ring_group", "answered", ring_group},
                                           {"menu", "answered", menu},
                                           {"callback", "answered", callback},
                                           {"conference", "answered", conference},
                                           {"parked", "answered", parked},
                                           {"agent_break", "", agent_break},
                                           {"agent_shift", "", agent_shift}};
    return all;
}

result<std::vector<double>> parse_mix(std::string_view text) {
    if (text.empty()) text = usual_mix;
    std::vector<double> mix(all_scenarios().size(), 0);
    while (!text.empty()) {
        const std::string_view part = text.substr(0, text.find(','));
        text.remove_prefix(std::min(text.size(), part.size() + 1));
        const auto equals = part.find('=');
        const std::string_view name = part.substr(0, equals);
        double weight = 1;
        if (equals != std::string_view::npos) {
            const char* const end = part.data() + part.size();
            const auto read = std::from_chars(part.data() + equals + 1, end, weight);
            if (read.ec != std::errc() || read.ptr != end || weight < 0)
                return failure(errc::bad_config, "a weight in --mix is not a number");
        }
        std::size_t index = 0;
        while (index < mix.size() && all_scenarios()[index].name != name)
            ++index;
        if (index == mix.size()) return failure(errc::bad_config, "--mix names no such scenario");
        mix[index] = weight;
    }
    return mix;
}

}  // namespace callstream::sim
