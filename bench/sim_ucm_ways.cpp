#include "bench/sim_ucm_ways.h"

#include <utility>

#include <fmt/format.h>

namespace callstream::sim {

namespace {

constexpr std::uint32_t manager_way = 1;
constexpr std::uint32_t push_way = 2;
constexpr std::uint64_t other_leg = 1'000'000'000;  // added to a call's number
constexpr int normal_clearing = 16;

timestamp time_of(std::int64_t utc_s) {
    return timestamp(std::chrono::seconds(utc_s));
}

std::string device_of(std::string_view channel) {
    return std::string(channel.substr(0, channel.rfind('-')));
}

// The call's first leg, which has what a record of a whole call lacks.
ucm_record leg_of(const played_pbx& pbx, const sim_cdr& row) {
    return ucm_records(pbx, row, row.end)[row.leg_count > 1 ? 1 : 0];
}

std::string_view dial_status(cdr_status status) {
    switch (status) {
        case cdr_status::answered:
            return "ANSWER";
        case cdr_status::no_answer:
            return "NOANSWER";
        case cdr_status::busy:
            return "BUSY";
        case cdr_status::failed:
            return "CHANUNAVAIL";
    }
    return {};
}

}  // namespace

void ucm_ended_calls::take(std::int64_t now_ms,
                           const std::function<void(const sim_cdr& row)>& tell) {
    while (seen_ < table_.count()) {
        ++seen_;
        const std::uint64_t mixed = (seen_ * 4 + way_) * 0x9e3779b97f4a7c15U;
        const auto delay = static_cast<std::int64_t>((mixed >> 32U) % (delay_max_ms_ + 1U));
        due_.emplace(now_ms + delay, seen_);
    }
    while (!due_.empty() && due_.begin()->first <= now_ms) {
        tell(table_.row(due_.begin()->second));
        due_.erase(due_.begin());
    }
}

ucm_manager::ucm_manager(const played_pbx& pbx, std::uint32_t delay_max_ms)
    : pbx_(pbx),
      place_({}, callstream::now(),
             [this](const event_view& event) {
                 for (session* client : clients_)
                     client->send(event);
             }),
      ended_(pbx.table, delay_max_ms, manager_way),
      hung_up_(pbx.table.count()) {}

void ucm_manager::on_login(session& client) {
    clients_.insert(&client);
    event_text text;
    text.begin("FullyBooted", event_class::system, callstream::now());
    text.add("Status", "Fully Booted");
    client.send(text.end());
}

void ucm_manager::begin(const sim_cdr& row) {
    const ucm_record leg = leg_of(pbx_, row);
    const auto said = [&leg](std::string_view name) { return std::string(ucm_field(leg, name)); };
    pbx& exchange = place_.exchange;
    exchange.set_now(time_of(row.start));
    const location at{said("dcontext"), said("dst"), 1};
    channel_spec caller{
        device_of(said("channel")), channel_state::ring, {row.source, row.source_name}, at, "", ""};
    caller.name = said("channel");
    caller.uniqueid = said("uniqueid");
    channel& from = exchange.newchannel(caller);
    channel_spec called{device_of(said("dstchannel")),
                        channel_state::down,
                        {row.reached, ""},
                        {at.context, "", 1},
                        "",
                        from.linkedid};
    called.name = said("dstchannel");
    called.uniqueid = fmt::format("{}.{}", row.start, row.number + other_leg);
    channel& to = exchange.newchannel(called);
    exchange.dial_begin(from, to, said("lastdata"));
    exchange.newstate(to, channel_state::ringing);
    live_[row.number] = {row, &from, &to, nullptr};
}

void ucm_manager::answer(live_call& call) {
    pbx& exchange = place_.exchange;
    exchange.set_now(time_of(call.row.answer));
    exchange.newstate(*call.to, channel_state::up);
    exchange.dial_end(*call.from, *call.to, dial_status(cdr_status::answered));
    exchange.newstate(*call.from, channel_state::up);
    call.talk = &exchange.bridge_create();
    exchange.bridge_enter(*call.talk, *call.to);
    exchange.bridge_enter(*call.talk, *call.from);
}

void ucm_manager::end(live_call& call) {
    pbx& exchange = place_.exchange;
    exchange.set_now(time_of(call.row.end));
    if (call.talk != nullptr) {
        exchange.bridge_leave(*call.from);
        exchange.bridge_leave(*call.to);
        exchange.bridge_destroy(*call.talk);
    } else {
        exchange.dial_end(*call.from, *call.to, dial_status(call.row.status));
    }
    exchange.hangup(*call.to, normal_clearing);
    exchange.hangup(*call.from, normal_clearing);
}

void ucm_manager::tell_record(const ucm_record& record) {
    constexpr std::pair<std::string_view, std::string_view> headers[]{
        {"AccountCode", "accountcode"},
        {"Source", "src"},
        {"Destination", "dst"},
        {"DestinationContext", "dcontext"},
        {"CallerID", "clid"},
        {"Channel", "channel"},
        {"DestinationChannel", "dstchannel"},
        {"LastApplication", "lastapp"},
        {"LastData", "lastdata"},
        {"StartTime", "start"},
        {"AnswerTime", "answer"},
        {"EndTime", "end"},
        {"Duration", "duration"},
        {"BillableSeconds", "billsec"},
        {"Disposition", "disposition"},
        {"AMAFlags", "amaflags"},
        {"UniqueID", "uniqueid"},
        {"UserField", "userfield"},
    };
    event_text& text = place_.exchange.begin("Cdr", event_class::cdr);
    for (const auto& [header, field] : headers)
        text.add(header, ucm_field(record, field));
    place_.exchange.raise();
}

void ucm_manager::tell(std::int64_t now_ms) {
    const std::int64_t now_s = now_ms / 1000;
    if (std::exchange(looked_s_, now_s) != now_s)
        for (const sim_cdr& row : pbx_.table.active(now_s))
            if (live_.count(row.number) == 0) begin(row);
    while (hung_up_ < pbx_.table.count())
        if (live_.count(++hung_up_) == 0) begin(pbx_.table.row(hung_up_));
    for (auto at = live_.begin(); at != live_.end();) {
        live_call& call = at->second;
        if (call.talk == nullptr && call.row.answer != 0 && call.row.answer <= now_s) answer(call);
        if (call.row.number > hung_up_) {
            ++at;
            continue;
        }
        end(call);
        at = live_.erase(at);
    }
    ended_.take(now_ms, [&](const sim_cdr& row) {
        place_.exchange.set_now(time_of(row.end));
        // Of the call as a whole the manager interface knows no record.
        for (const ucm_record& record : ucm_records(pbx_, row, now_s))
            if (!ucm_field(record, "uniqueid").empty()) tell_record(record);
    });
    const std::set<session*> clients = clients_;
    for (session* client : clients)
        client->flush();
}

ucm_pusher::ucm_pusher(loop& home, const played_pbx& pbx, const sender_settings& to,
                       std::uint32_t delay_max_ms)
    : pbx_(pbx), ended_(pbx.table, delay_max_ms, push_way), sender_(home, to, counts_, [this] {
          is_idle_ = true;
          give();
      }) {}

void ucm_pusher::give() {
    if (waiting_.empty() || !is_idle_) return;
    is_idle_ = false;
    sender_.give(std::exchange(waiting_, {}));
}

void ucm_pusher::tell(std::int64_t now_ms) {
    ended_.take(now_ms, [&](const sim_cdr& row) {
        append_ucm_json(waiting_.emplace_back(), ucm_records(pbx_, row, now_ms / 1000));
    });
    give();
}

}  // namespace callstream::sim
