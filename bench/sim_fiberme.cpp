// A FIBERME FCM5600: a token, the call log, three kinds of recordings, the state of the system.
#include <algorithm>
#include <array>
#include <limits>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "bench/sim_poll_family.h"
#include "bench/sim_sound.h"
#include "core/json_reader.h"

namespace callstream::sim {

namespace {

constexpr std::string_view bearer = "Bearer ";
constexpr std::int64_t state_change_s = 10;  // trunks and load change so often
constexpr std::array<std::string_view, 4> types{"internal", "incoming", "outgoing", "internal"};
constexpr std::array<std::string_view, 3> kinds{"general", "conference", "onetouch"};

std::string_view status_of(const sim_cdr& row) {
    if (row.status == cdr_status::answered) return "ANSWERED";
    if (row.status == cdr_status::busy) return "BUSY";
    if (row.status == cdr_status::failed) return "FAILED";
    return row.number % 2 == 0 ? "NO ANSWER" : "NOANSWER";  // the document has both
}

std::size_t kind_of(const sim_cdr& row) {
    return row.number % 10 == 0 ? 1 : row.number % 10 == 5 ? 2 : 0;
}

class fiberme final : public poll_family {
public:
    explicit fiberme(played_pbx& pbx) : pbx_(pbx) {}

    poll_reply answer(const poll_question& question) override {
        if (question.path == "/pbx/auth/login") return log_in(question);
        std::string_view token = question.authorization;
        if (token.starts_with(bearer)) token.remove_prefix(bearer.size());
        const bool is_play = question.path.starts_with("/pbx/play/");
        if (is_play && token.empty()) token = question.find("token");
        if (!pbx_.sessions.is_open(token, question.now_s) ||
            pbx_.refuse == poll_refusal::permission) {
            ++pbx_.expired;
            poll_reply no{R"({"code":401,"message":"Unauthorized","data":null})", 401};
            no.is_refusal = true;
            return no;
        }
        if (pbx_.refuse == poll_refusal::disabled) return {"not found\n", 404, "text/plain"};
        if (is_play) return download(question);
        if (question.path == "/pbx/call-log/search-calllog-page")
            return log(question, kinds.size());
        for (std::size_t kind = 0; kind < kinds.size(); ++kind)
            if (question.path == fmt::format("/pbx/call-log/search-{}-recording-page", kinds[kind]))
                return log(question, kind);
        constexpr std::string_view system = "/pbx/systeminfo/";
        if (question.path.starts_with(system))
            return state(question.path.substr(system.size()), question.now_s);
        return {R"({"code":404,"message":"not found","data":null})", 404};
    }

    std::string key(const sim_cdr& row) const override { return fmt::format("{}", row.number); }

    std::string recording(const sim_cdr& row) const override {
        if (!row.recorded) return {};
        return "/var/spool/asterisk/monitor/recording/" + file(row);
    }

    poll_reply mistaken() const override {
        return {R"({"code":500,"message":"database is locked","data":null})"};
    }

private:
    static poll_reply data(std::string_view json) {
        return {fmt::format(R"({{"code":0,"message":"OK","data":{}}})", json)};
    }
    static poll_reply bad(std::string_view why) {
        poll_reply no{fmt::format(R"({{"code":400,"message":"{}","data":""}})", why), 400};
        no.is_refusal = true;
        return no;
    }

    poll_reply log_in(const poll_question& question) {
        const auto body = document_.parse(question.body);
        if (pbx_.refuse == poll_refusal::locked) return bad("account is locked");
        if (!body || pbx_.refuse == poll_refusal::password ||
            (*body)["username"].text() != pbx_.settings.username ||
            (*body)["password"].text() != pbx_.settings.password) {
            ++pbx_.logins_refused;
            return bad("not equal");
        }
        ++pbx_.logins;
        return data(fmt::format("\"{}{}\"", bearer, pbx_.sessions.open(question.now_s)));
    }

    // Below the directory of the recordings.
    std::string file(const sim_cdr& row) const {
        const auto local = fmt::gmtime(row.start + pbx_.settings.offset_s);
        return fmt::format("{:%Y%m%d}/{}/{}.{}-{}-{}-{:%Y%m%d-%H%M%S}.gsm", local, row.reached,
                           row.call_start, row.number, row.source, row.reached, local);
    }

    std::string item(const sim_cdr& row, std::size_t kind, std::int64_t now_s) const {
        const auto or_null = [](std::string_view text) {
            return text.empty() ? std::string("null") : fmt::format("\"{}\"", text);
        };
        std::string text = fmt::format(
            R"({{"id":{},"callFrom":"{}","callSrc":"{}","callTo":"{}","destNum":"{}",)"
            R"("startTime":"{}","duration":{},"callStatus":"{}","callType":"{}","pinCode":{},)"
            R"("trunkName":{})",
            row.number, row.source_name, row.source, row.destination, row.reached,
            pbx_.local_time(row.start), row.duration(), status_of(row),
            types[static_cast<std::size_t>(row.direction)],
            row.direction == cdr_direction::outbound ? "\"4711\"" : "null", or_null(row.trunk));
        if (kind == kinds.size()) {
            // Those of conferences and one touch stand in lists of their own.
            const bool has = kind_of(row) == 0 && pbx_.has_recording(row, now_s);
            return text + fmt::format(R"(,"recordingFile":"{}"}})", has ? recording(row) : "");
        }
        return text + fmt::format(R"(,"FileName":"{}","timeLength":"{}",)"
                                  R"("playUrl":"/pbx/play/{}-recording/{}"}})",
                                  recording(row), row.billed(), kinds[kind], file(row));
    }

    static bool is_wanted(std::string_view wanted, std::string_view value) {
        return wanted.empty() || wanted == "all" || wanted == value;
    }

    // The log, or the recordings of one kind; the latest call first.
    poll_reply log(const poll_question& question, std::size_t kind) {
        const auto body = document_.parse(question.body);
        if (!body) return bad("invalid format");
        const json_value asked = *body;
        const auto page = static_cast<std::size_t>(asked["page"].number().value_or(1));
        const auto size = static_cast<std::size_t>(asked["pageSize"].number().value_or(20));
        const std::int64_t from = pbx_.utc_of(asked["from"].text(), -1);
        const std::int64_t to = pbx_.utc_of(asked["to"].text(), -1);
        if (size < 1 || size > 1000 || from == -1 || to == -1) return bad("parameter error");
        auto found = pbx_.rows(from, to + 86'399);
        std::erase_if(found, [&](const sim_cdr& row) {
            const bool here = kind == kinds.size() ||
                              (kind_of(row) == kind && pbx_.has_recording(row, question.now_s));
            return !here || row.source.find(asked["src"].text()) == std::string::npos ||
                   row.destination.find(asked["dest"].text()) == std::string::npos ||
                   row.trunk.find(asked["trunkName"].text()) == std::string::npos ||
                   !is_wanted(asked["type"].text(),
                              types[static_cast<std::size_t>(row.direction)]) ||
                   !is_wanted(asked["status"].text(), status_of(row));
        });
        std::string items;
        const std::size_t first = (std::max<std::size_t>(page, 1) - 1) * size;
        for (std::size_t i = first; i < std::min(found.size(), first + size); ++i)
            items += (items.empty() ? "" : ",") + item(found[i], kind, question.now_s);
        return data(fmt::format(R"({{"items":[{}],"page":{},"pageSize":{},"count":{}}})", items,
                                page, size, found.size()));
    }

    // The row's number stands in the file's name behind the call's start: 1669704779.411-843-...
    poll_reply download(const poll_question& question) {
        const std::size_t slash = question.path.rfind('/');
        const std::size_t dot = question.path.find('.', slash);
        const std::size_t dash = question.path.find('-', dot);
        if (dash == std::string::npos) return bad("record does not exist");
        std::uint64_t number = 0;
        for (const char digit : question.path.substr(dot + 1, dash - dot - 1))
            number = number * 10 + static_cast<std::uint64_t>(digit - '0');
        if (number == 0 || number > pbx_.table.count()) return bad("record does not exist");
        const sim_cdr row = pbx_.table.row(number);
        const std::string wanted =
            fmt::format("/pbx/play/{}-recording/{}", kinds[kind_of(row)], file(row));
        if (question.path != wanted || !pbx_.has_recording(row, question.now_s))
            return bad("record does not exist");
        ++pbx_.downloads;
        return {make_wave(wanted, row.billed()), 200, "audio/x-wav"};
    }

    poll_reply state(std::string_view what, std::int64_t now_s) const {
        const std::int64_t turn = now_s / state_change_s;
        const auto active = pbx_.table.active(now_s);
        if (what == "calls")
            return data(fmt::format(R"({{"calls":"{}","maxcalls":"120"}})", active.size()));
        if (what == "system-current-time")
            return data("\"" + pbx_.local_time(now_s).substr(0, 16) + "\"");
        if (what == "cpu")
            return data(fmt::format("[{}.666666665373164,{}.835051547613567]", 20 + turn % 60,
                                    25 + turn % 50));
        if (what == "mem")
            return data(fmt::format(
                R"({{"swap":{{"total":500166656,"used":1572864,"free":498593792,)"
                R"("usedPercent":0.31446798404730125}},"virtual":{{"total":4017598464,)"
                R"("available":2547400704,"used":1192071168,"usedPercent":{}.671237150293774,)"
                R"("free":1970675712}}}})",
                20 + turn % 60));
        if (what == "disk")
            return data(fmt::format(R"({{"rcdtotal":"0","rcdused":"","systotal":"5403",)"
                                    R"("sysused":"{}","usbtotall":"0","usbused":"0"}})",
                                    2354 + turn % 100));
        if (what == "version")
            return data(R"({"1model":"FIBERME-FCM5600","2DeviceName":"System",)"
                        R"("3WAN-IP":"192.168.11.150","4WAN-Mac":"00:E0:70:2F:47:A7",)"
                        R"("5LAN-IP":"192.168.10.100","6LAN-Mac":"00:E0:70:33:24:A3",)"
                        R"("7hardwareVersion":"V4","8version":"v4.0.0",)"
                        R"("9Uptime":"2022-11-23 16:21 / 13 days, 23:43"})");
        if (what == "extension-status") return data(extensions(active));
        const bool up = turn % 2 == 0;
        if (what == "trunk-info")
            return data(fmt::format(
                R"({{"analogOut":"1:1:FXO:{}:Idle:\n2:2:FXS:::\n3:3:none:::","digitalOut":"",)"
                R"("iaxOut":"iaxto10:client:192.168.17.30:2:{}","sipOut":"eeee:server::0.00:{}"}})",
                up ? "OK" : "RED", up ? "Registered" : "Rejected",
                up ? "Registered" : "Unregistered"));
        if (what == "trunk-status")
            return data(fmt::format(
                R"([{{"delay":"na","name":"adf","server":"","status":"{}","trunkType":"iax",)"
                R"("model":"server"}},{{"delay":"2","name":"33","server":"192.0.2.30",)"
                R"("status":"Registered","trunkType":"sip","model":"client"}}])",
                up ? "Registered" : "Unregistered"));
        return {R"({"code":404,"message":"not found","data":null})", 404};
    }

    static std::string extensions(const std::vector<sim_cdr>& active) {
        std::string text = "[";
        for (unsigned number = 200; number < 280; ++number) {
            const std::string name = fmt::format("{}", number);
            const bool busy = std::any_of(active.begin(), active.end(), [&](const sim_cdr& row) {
                return row.source == name || row.reached == name;
            });
            text += fmt::format(
                R"({}{{"exten":"{}","name":"{}","content":{{"newMsg":"","dnd":"","wakeup":null}},)"
                R"("roundtripUsec":"","addr":"","uri":"","statusText":"{}"}})",
                text.size() > 1 ? "," : "", name, name, busy ? "InUse" : "Idle");
        }
        return text + "]";
    }

    played_pbx& pbx_;
    json_document document_;
};

}  // namespace

std::unique_ptr<poll_family> make_fiberme(played_pbx& pbx) {
    return std::make_unique<fiberme>(pbx);
}

}  // namespace callstream::sim
