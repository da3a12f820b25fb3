// VoIPmonitor's web interface: bypass_login and LISTING, api.php, the licence check, PCAPs.
#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include <fmt/format.h>

#include "bench/sim_poll_family.h"
#include "bench/sim_sound.h"
#include "core/json_reader.h"

namespace callstream::sim {

namespace {

constexpr std::string_view cookie_name = "PHPSESSID-sim";
constexpr std::array<unsigned, 4> responses{200, 480, 486, 503};
constexpr std::array<std::string_view, 4> words{"200 OK", "480 Temporarily Unavailable",
                                                "486 Busy Here", "503 Service Unavailable"};
constexpr std::string_view empty_pcap(
    "\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\xff\xff\0\0\x01\0\0\0", 24);

std::int64_t to_number(std::string_view text, std::int64_t otherwise) {
    std::from_chars(text.data(), text.data() + text.size(), otherwise);
    return otherwise;
}

// A parameter, which the document's examples give as a number or as a string.
std::int64_t number_of(json_value value, std::int64_t otherwise) {
    if (const auto number = value.number()) return static_cast<std::int64_t>(*number);
    return to_number(value.text(), otherwise);
}

std::string refusal(std::string_view why) {
    return fmt::format(R"({{"success":false,"errors":{{"reason":"{}"}},"_vm_version":240034}})",
                       why);
}

class voipmonitor final : public poll_family {
public:
    explicit voipmonitor(played_pbx& pbx) : pbx_(pbx) {}

    poll_reply answer(const poll_question& asked) override {
        poll_question question = asked;
        for (auto& one : parse_parameters(question.body))
            question.parameters.push_back(std::move(one));
        const std::string_view path = question.path;
        if (path.ends_with("/php/model/sql.php")) {
            if (question.find("module") == "bypass_login") return log_in(question);
            return list(question);
        }
        if (path.ends_with("/php/api.php")) return call(question);
        if (path.ends_with("/php/apilicensecheck.php")) return licence(question);
        if (path.ends_with("/php/pcap.php") && has_session(question))
            return {std::string(empty_pcap), 200, "application/vnd.tcpdump.pcap"};
        if (path.ends_with("/api.php")) return {R"({"error":"action parameter missing"})"};
        return {"<html><body>404 Not Found</body></html>\n", 404, "text/html"};
    }

    std::string key(const sim_cdr& row) const override { return fmt::format("{}", row.number); }
    std::string recording(const sim_cdr&) const override { return {}; }
    poll_reply mistaken() const override { return {refusal("SQL: server has gone away")}; }

private:
    bool is_known(const poll_question& question, std::string_view password) const {
        return pbx_.refuse != poll_refusal::password && pbx_.refuse != poll_refusal::locked &&
               question.find("user") == pbx_.settings.username &&
               question.find(password) == pbx_.settings.password;
    }

    poll_reply refuse_login() {
        ++pbx_.logins_refused;
        poll_reply no{refusal(pbx_.refuse == poll_refusal::locked ? "User is blocked"
                                                                  : "Bad user or password")};
        no.is_refusal = true;
        return no;
    }

    poll_reply log_in(const poll_question& question) {
        if (!is_known(question, "pass")) return refuse_login();
        ++pbx_.logins;
        return {fmt::format(R"({{"SID":"{}","cookie_name":"{}","success":true,)"
                            R"("_vm_version":240034,"_debug":false}})",
                            pbx_.sessions.open(question.now_s), cookie_name)};
    }

    bool has_session(const poll_question& question) const {
        const std::string begin = fmt::format("{}=", cookie_name);
        const std::size_t at = question.cookie.find(begin);
        if (at == std::string::npos) return false;
        const std::string_view id = std::string_view(question.cookie).substr(at + begin.size());
        return pbx_.sessions.is_open(id.substr(0, id.find(';')), question.now_s);
    }

    static std::string call_id(const sim_cdr& row) {
        return fmt::format("{:x}-{}@192.0.2.1", row.start, row.number);
    }

    // With numbers as the listing has them, as strings, or as api.php has them.
    std::string fields(const sim_cdr& row, bool as_strings) const {
        const auto quoted = [as_strings](std::int64_t number) {
            return as_strings ? fmt::format("\"{}\"", number) : fmt::format("{}", number);
        };
        const auto status = static_cast<std::size_t>(row.status);
        return fmt::format(
            R"({{"{}":{},"calldate":"{}","callend":"{}","duration":{},"connect_duration":{},)"
            R"("caller":"{}","callername":"{}","called":"{}","sipcallerip":"192.0.2.7",)"
            R"("sipcalledip":"192.0.2.1","whohanged":"caller","lastSIPresponseNum":{},)"
            R"("lastSIPresponse":"{}","bye":{},"{}":"{}","id_sensor":null}})",
            as_strings ? "ID" : "cdrId", quoted(static_cast<std::int64_t>(row.number)),
            pbx_.local_time(row.start), pbx_.local_time(row.end), quoted(row.duration()),
            row.answer != 0 ? quoted(row.billed()) : "null", row.source, row.source_name,
            row.reached, quoted(responses[status]), words[status], quoted(3),
            as_strings ? "fbasename" : "callId", call_id(row));
    }

    std::string rows(const std::vector<sim_cdr>& found, bool as_strings) const {
        std::string text = "[";
        for (const sim_cdr& row : found)
            text += (text.size() > 1 ? "," : "") + fields(row, as_strings);
        return text + "]";
    }

    static void keep_numbers(std::vector<sim_cdr>& found, std::string_view caller,
                             std::string_view called) {
        std::erase_if(found, [&](const sim_cdr& row) {
            return row.source.find(caller) == std::string::npos ||
                   row.reached.find(called) == std::string::npos;
        });
    }

    poll_reply list(const poll_question& question) {
        if (!has_session(question)) {
            ++pbx_.expired;
            poll_reply no{refusal("Session expired")};
            no.is_refusal = true;
            return no;
        }
        if (pbx_.refuse == poll_refusal::permission) return {refusal("No permission")};
        if (pbx_.refuse == poll_refusal::disabled) return {refusal("API is disabled")};
        if (question.find("task") != "LISTING" || question.find("module") != "CDR")
            return {refusal("Unknown task")};
        const std::string_view from = question.find("fdatefrom");
        const std::string_view to = question.find("fdateto");
        if (from.empty() && to.empty()) return {refusal("fdatefrom or fdateto is required")};
        auto found = pbx_.rows(pbx_.utc_of(from, 0),
                               pbx_.utc_of(to, std::numeric_limits<std::int64_t>::max() / 4));
        keep_numbers(found, question.find("fcaller"), question.find("fcalled"));
        const std::int64_t longer = to_number(question.find("fdurationgt"), -1);
        std::erase_if(found, [longer](const sim_cdr& row) { return row.duration() <= longer; });
        if (question.find("sort").find("ASC") != std::string_view::npos)
            std::reverse(found.begin(), found.end());
        const std::size_t total = found.size();
        if (question.find("suppress_results") == "1")
            return {fmt::format(R"({{"total":"{}"}})", total)};
        const auto start = static_cast<std::size_t>(to_number(question.find("start"), 0));
        const auto limit = static_cast<std::size_t>(to_number(question.find("limit"), 30));
        found.erase(found.begin(),
                    found.begin() + static_cast<std::ptrdiff_t>(std::min(start, total)));
        found.resize(std::min(found.size(), limit));
        return {fmt::format(R"({{"total":"{}","results":{}}})", total, rows(found, true))};
    }

    poll_reply call(const poll_question& question) {
        if (pbx_.refuse == poll_refusal::disabled) return {refusal("API is disabled")};
        if (!is_known(question, "password")) return refuse_login();
        if (pbx_.refuse == poll_refusal::permission) return {refusal("No permission")};
        const std::string_view given = question.find("params");
        const auto parsed = document_.parse(given.empty() ? "{}" : given);
        if (!parsed) return {R"({"success":false})"};
        const std::string_view task = question.find("task");
        if (task == "listCdrIds") return list_ids(*parsed);
        if (task == "getVoipCalls") return calls(*parsed);
        if (task == "listActiveCalls") return active(question.now_s);
        if (task == "getVoiceRecording") return voice(*parsed, question.now_s);
        if (task == "getPCAP") return capture(*parsed);
        if (task == "reportSummary") return report(*parsed);
        return {refusal("Unknown task")};
    }

    poll_reply list_ids(json_value params) const {
        const auto first =
            static_cast<std::uint64_t>(std::max<std::int64_t>(1, number_of(params["offset"], 1)));
        const auto size = static_cast<std::uint64_t>(number_of(params["size"], 100));
        std::vector<sim_cdr> found;
        for (std::uint64_t id = first; id <= pbx_.table.count() && found.size() < size; ++id)
            found.push_back(pbx_.table.row(id));
        return {rows(found, false)};
    }

    poll_reply calls(json_value params) const {
        const json_value one = params.size() > 0 ? params[0] : params;
        if (one["startTime"].text().empty()) return {refusal("startTime is required")};
        std::string_view to = one["startTimeTo"].text();
        if (to.empty()) to = one["endTime"].text();
        auto found = pbx_.rows(pbx_.utc_of(one["startTime"].text(), 0),
                               pbx_.utc_of(to, std::numeric_limits<std::int64_t>::max() / 4));
        keep_numbers(found, one["caller"].text(), one["called"].text());
        if (number_of(one["onlyConnected"], 0) == 1)
            std::erase_if(found, [](const sim_cdr& row) { return row.answer == 0; });
        return {fmt::format(R"({{"success":true,"cdr":{}}})", rows(found, false))};
    }

    // As a table with its columns in the first row, as the sniffer's manager gives it, or as
    // objects.
    poll_reply active(std::int64_t now_s) const {
        constexpr std::array<std::string_view, 10> columns{
            "callreference", "callid",   "caller",           "callername", "called",
            "calldate",      "duration", "connect_duration", "callerip",   "lastSIPresponseNum"};
        const bool table = pbx_.settings.seed % 2 == 0;
        std::string text = table ? fmt::format("[[\"{}\"]", fmt::join(columns, "\",\"")) : "[";
        for (const sim_cdr& row : pbx_.table.active(now_s)) {
            const bool talks = row.answer != 0 && row.answer <= now_s;
            const std::array<std::string, columns.size()> values{
                fmt::format("0x7f0e{:08x}", row.number),
                call_id(row),
                row.source,
                row.source_name,
                row.reached,
                pbx_.local_time(row.start),
                fmt::format("{}", now_s - row.start),
                talks ? fmt::format("{}", now_s - row.answer) : "",
                "192.0.2.7",
                talks ? "200" : "180"};
            if (text.size() > 1) text += ',';
            if (table) {
                text += fmt::format("[\"{}\"]", fmt::join(values, "\",\""));
                continue;
            }
            text += '{';
            for (std::size_t i = 0; i < columns.size(); ++i)
                text += fmt::format("{}\"{}\":\"{}\"", i == 0 ? "" : ",", columns[i], values[i]);
            text += '}';
        }
        return {text + "]"};
    }

    poll_reply voice(json_value params, std::int64_t now_s) {
        std::uint64_t number = static_cast<std::uint64_t>(number_of(params["cdrId"], 0));
        const std::string_view named = params["callId"].text();
        if (const std::size_t dash = named.find('-'); dash != std::string_view::npos)
            number = static_cast<std::uint64_t>(to_number(named.substr(dash + 1), 0));
        if (number == 0 || number > pbx_.table.count() ||
            !pbx_.has_recording(pbx_.table.row(number), now_s))
            return {refusal("Recording not found")};
        ++pbx_.downloads;
        const std::string bytes =
            make_wave(key(pbx_.table.row(number)), pbx_.table.row(number).billed());
        if (params["ogg"].boolean().value_or(false)) return {"OggS" + bytes, 200, "audio/ogg"};
        if (params["zip"].boolean().value_or(false)) {
            const std::string zip = make_zip(fmt::format("cdr-{}.wav", number), bytes);
            return {zip, 200, "application/zip"};
        }
        return {bytes, 200, "audio/x-wav"};
    }

    poll_reply capture(json_value params) const {
        const std::string_view named = params["callId"].text();
        const std::size_t dash = named.find('-');
        const std::int64_t number = dash == named.npos ? 0 : to_number(named.substr(dash + 1), 0);
        if (number < 1 || static_cast<std::uint64_t>(number) > pbx_.table.count())
            return {refusal("PCAP not found")};
        return {std::string(empty_pcap), 200, "application/vnd.tcpdump.pcap"};
    }

    poll_reply report(json_value params) const {
        const auto found = pbx_.rows(pbx_.utc_of(params["datetime_from"].text(), 0),
                                     pbx_.utc_of(params["datetime_to"].text(), 0) + 86'400);
        const auto answered = std::count_if(found.begin(), found.end(),
                                            [](const sim_cdr& row) { return row.answer != 0; });
        return {fmt::format(R"({{"success":true,"results":[{{"name":"{}","count":"{}",)"
                            R"("answered":"{}"}}]}})",
                            params["report_name"].text(), found.size(), answered)};
    }

    poll_reply licence(const poll_question& question) const {
        const bool broken = pbx_.refuse == poll_refusal::disabled;
        if (question.find("task") == "licenseCheck")
            return {broken
                        ? R"({"status":1,"message":"license file key.php expired. Current date: )"
                          R"(2021-02-23 Expiration date: 2021-02-16"})"
                        : R"({"status":0,"message":"License OK."})"};
        return {broken ? R"({"status":1,"message":"You have exceeded the license limit for )"
                         R"(concurrent calls and the system has been locked. Contact support."})"
                       : R"({"status":0,"message":""})"};
    }

    played_pbx& pbx_;
    json_document document_;
};

}  // namespace

std::unique_ptr<poll_family> make_voipmonitor(played_pbx& pbx) {
    return std::make_unique<voipmonitor>(pbx);
}

}  // namespace callstream::sim
