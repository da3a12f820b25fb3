#include "bench/sim_reports.h"

#include <fmt/format.h>

namespace callstream::sim {

namespace {

constexpr std::uint64_t first_second = 1'700'000'000;

class report_writer {
public:
    report_writer(std::uint64_t number, push_outcome outcome, report_shape shape)
        : number_(number),
          outcome_(outcome),
          shape_(shape),
          call_id_(fmt::format("{}.{}", first_second + number / 100, number)) {}

    std::vector<std::string> all() {
        switch (outcome_) {
            case push_outcome::failed:
                extra("CallFailed", 30015, R"("reason":"User busy")", caller());
                break;
            case push_outcome::no_answer:
                ring();
                bye();
                break;
            default:
                talk();
                break;
        }
        if (number_ % 10 == 0) states();
        record();
        return std::move(reports_);
    }

private:
    bool is_p() const { return shape_ == report_shape::p_series; }
    bool of_each() const { return is_p() || shape_ == report_shape::v2; }

    void talk() {
        ring();
        step("ANSWER", called() + "," + caller(),
             {member(true, "ANSWER"), member(false, "ANSWERED")});
        if (!of_each()) step("ANSWERED", caller() + "," + called(), {});
        if (outcome_ == push_outcome::hold && of_each()) {
            step("", "", {member(true, "HOLD")});
            step("", "", {member(true, "ANSWER")});
        }
        if (outcome_ == push_outcome::digits)
            for (int i = 0; i < 2; ++i)  // the same key twice: the same bytes, and two facts
                extra("DTMF", 30017, is_p() ? R"("infos":"7")" : R"("info":"7")", caller());
        if (outcome_ == push_outcome::transfer)
            extra(is_p() || of_each() ? "Transfer" : "Tranfer", 30013, "", caller());
        if (outcome_ == push_outcome::survey) {
            extra("PlayPromptEnd", 30018, R"("prompt":"thanks")", caller());
            extra("satisfaction", 30019, R"("surveyresult":"5")", caller());
        }
        bye();
    }

    void ring() {
        if (outcome_ == push_outcome::inbound && shape_ != report_shape::openvox)
            extra("Invite", 30016, "", caller());
        step("RING", called() + "," + caller(), {member(true, "RING"), member(false, "ALERT")});
        if (!of_each()) step("ALERT", caller(), {});
    }

    void bye() {
        step("BYE", caller() + "," + called(), {member(false, "BYE"), member(true, "BYE")});
    }

    std::string caller() const { return party(false, ""); }
    std::string called() const { return party(true, ""); }
    std::string member(bool is_called, std::string_view status) const {
        return party(is_called, status);
    }

    // "ext":{...} or "inbound":{...}: who calls, or is called, with his status where it has one.
    std::string party(bool is_called, std::string_view status) const {
        const bool came_in = outcome_ == push_outcome::inbound && !is_called;
        const bool goes_out = outcome_ == push_outcome::outbound && is_called;
        const std::string state =
            status.empty() ? ""
            : is_p() ? fmt::format(R"(,"member_status":"{}","channel_id":"{}")", status, is_called)
                     : fmt::format(R"(,"memberstatus":"{}","channelid":"{}")", status, is_called);
        const std::string number = is_called ? "1000" : "1002";
        if (came_in || goes_out)
            return fmt::format(R"("{}":{{"from":"{}","to":"{}","{}":"sip-1"{}}})",
                               came_in ? "inbound" : "outbound", came_in ? "4930123" : "1002",
                               came_in ? "1000" : "4930123", is_p() ? "trunk_name" : "trunk",
                               state);
        if (of_each() && !status.empty())
            return fmt::format(R"("{}":{{"number":"{}"{}}})", is_p() ? "extension" : "ext", number,
                               state);
        return fmt::format(R"("ext":{{"extid":"{}"}})", number);
    }

    std::string body_of(std::string_view parties) const {
        if (shape_ == report_shape::v1_array) {
            std::string list(parties);
            for (std::size_t at = 0; (at = list.find("},\"", at)) != std::string::npos; at += 4)
                list.replace(at, 2, "}},{");
            return fmt::format(R"("call":[{{{}}}])", list);
        }
        return std::string(parties);
    }

    void step(std::string_view action, const std::string& parties,
              const std::vector<std::string>& members) {
        if (!of_each()) {
            if (!action.empty())
                reports_.push_back(fmt::format(R"({{"action":"{}","callid":"{}",{}}})", action,
                                               call_id_, body_of(parties)));
            return;
        }
        std::string list;
        for (const std::string& each : members)
            list += (list.empty() ? "{" : ",{") + each + "}";
        if (is_p())
            message(30011, fmt::format(R"("call_id":"{}","members":[{}])", call_id_, list));
        else
            reports_.push_back(fmt::format(
                R"({{"event":"CallStatus","callid":"{}","members":[{}]}})", call_id_, list));
    }

    void extra(std::string_view action, int type, std::string_view fields,
               const std::string& parties) {
        const std::string comma = fields.empty() ? "" : ",";
        if (is_p())
            return message(type, fmt::format(R"("call_id":"{}","members":[{{{}}}]{}{})", call_id_,
                                             parties, comma, fields));
        const std::string body =
            shape_ == report_shape::v2 ? "\"members\":[{" + parties + "}]" : body_of(parties);
        reports_.push_back(fmt::format(R"({{"{}":"{}","callid":"{}",{}{}{}}})",
                                       shape_ == report_shape::v2 ? "event" : "action", action,
                                       call_id_, body, comma, fields));
    }

    // A message within a text.
    void message(int type, const std::string& fields) {
        std::string escaped;
        for (const char c : "{" + fields + "}") {
            if (c == '"') escaped += '\\';
            escaped += c;
        }
        reports_.push_back(fmt::format(R"({{"type":{},"sn":"1","msg":"{}"}})", type, escaped));
    }

    void states() {
        if (is_p()) {
            message(30008,
                    fmt::format(R"("extension":"1000","status":"Busy","call":"{}")", number_));
            return message(30010,
                           fmt::format(R"("trunk":"sip-1","status":"Idle","call":"{}")", number_));
        }
        reports_.push_back(fmt::format(
            R"({{"action":"ExtensionStatus","extension":"1000","status":"Busy","n":"{}"}})",
            number_));
        reports_.push_back(fmt::format(
            R"({{"action":"TrunkStatus","trunkname":"sip-1","status":"Idle","n":"{}"}})", number_));
    }

    void record() {
        const bool came_in = outcome_ == push_outcome::inbound;
        const bool goes_out = outcome_ == push_outcome::outbound;
        const bool answered =
            outcome_ != push_outcome::failed && outcome_ != push_outcome::no_answer;
        const std::string fields = fmt::format(
            R"("{}":"{}","{}":"2026-11-27 08:00:00","{}":"{}","{}":"{}","{}":"9","{}":"{}",)"
            R"("status":"{}","type":"{}","recording":"{}")",
            is_p() ? "call_id" : "callid", call_id_, is_p() ? "time_start" : "timestart",
            is_p() ? "call_from" : "callfrom", came_in ? "4930123" : "1002",
            is_p() ? "call_to" : "callto", goes_out ? "4930123" : "1000",
            is_p() ? "call_duration" : "callduraction", is_p() ? "talk_duration" : "talkduraction",
            answered ? 7 : 0, answered ? "ANSWERED" : "NO ANSWER",
            came_in ? "Inbound" : (goes_out ? "Outbound" : "Internal"),
            number_ % 3 == 0 ? call_id_ + ".wav" : "");
        if (is_p()) return message(30012, fields);
        reports_.push_back("{\"" + std::string(shape_ == report_shape::v2 ? "event" : "action") +
                           "\":\"NewCdr\"," + fields + "}");
    }

    std::uint64_t number_;
    push_outcome outcome_;
    report_shape shape_;
    std::string call_id_;
    std::vector<std::string> reports_;
};

}  // namespace

std::vector<std::string> reports_of_call(std::uint64_t number, push_outcome outcome,
                                         report_shape shape) {
    return report_writer(number, outcome, shape).all();
}

}  // namespace callstream::sim
