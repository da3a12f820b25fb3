// The CGIs of a Nexo IPPBX: 8404 login, 9006 9005 9004 for CDRs, 20053 20036 20054 for recordings.
#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "bench/sim_poll_family.h"
#include "bench/sim_sound.h"
#include "core/digest.h"

namespace callstream::sim {

namespace {

constexpr std::string_view cgi_begin = "/cgi/webserve/";
constexpr std::string_view cookie_begin = "SESSIONID=";
constexpr std::array<std::string_view, 4> directions{"Internal", "Inbound", "Outbound", "CallBack"};
constexpr std::array<std::string_view, 4> statuses{"ANSWERED", "NO ANSWER", "BUSY", "FAILED"};

bool is_any(std::string_view wanted) {
    return wanted.empty() || wanted == "All";
}

class nexo final : public poll_family {
public:
    explicit nexo(played_pbx& pbx) : pbx_(pbx) {}

    poll_reply answer(const poll_question& question) override {
        std::string_view call = question.path;
        if (!call.starts_with(cgi_begin)) return {"not found\n", 404, "text/plain"};
        call.remove_prefix(cgi_begin.size());
        if (call == "8404") return log_in(question);
        if (!has_session(question)) {
            ++pbx_.expired;
            poll_reply page = login_page();
            page.is_refusal = true;
            return page;
        }
        if (pbx_.refuse == poll_refusal::permission)
            return {"<html><body><h1>403 Forbidden</h1></body></html>\n", 403, "text/html"};
        if (pbx_.refuse == poll_refusal::disabled) return {"not found\n", 404, "text/plain"};
        if (call == "9006") return {list(question, matching(question))};
        if (call == "9005") return csv(question);
        if (call == "9004") return remove(question);
        if (call == "20053") return recordings(question);
        if (call == "20036") return download(question);
        if (call == "20054") return remove_recordings(question);
        return {"not found\n", 404, "text/plain"};
    }

    // Several rows of one call have one UniqueID.
    std::string key(const sim_cdr& row) const override {
        return fmt::format("{}.{}", row.call_start, row.call_number);
    }

    std::string recording(const sim_cdr& row) const override {
        if (!row.recorded) return {};
        const std::int64_t local = row.answer + pbx_.settings.offset_s;
        const std::string trunk = row.trunk.empty() ? "" : "-" + row.trunk;
        return fmt::format("{:%Y%m%d}/{:%Y%m%d-%H%M%S}-{}-{}{}-{}-{}.wav", fmt::gmtime(local),
                           fmt::gmtime(local), row.answer, direction(row), trunk, row.source,
                           destination(row));
    }

    poll_reply mistaken() const override { return {R"({"error":"database is locked"})"}; }

private:
    static std::string_view direction(const sim_cdr& row) {
        return directions[static_cast<std::size_t>(row.direction)];
    }
    static std::string destination(const sim_cdr& row) {
        if (row.reached == row.destination) return row.destination;
        return fmt::format("{}({})", row.destination, row.reached);
    }

    poll_reply log_in(const poll_question& question) {
        const auto wanted = to_md5_hex({pbx_.settings.password});
        const bool locked = pbx_.refuse == poll_refusal::locked;
        if (locked || pbx_.refuse == poll_refusal::password || !wanted ||
            question.find("UserName") != pbx_.settings.username ||
            question.find("Password") != *wanted) {
            ++pbx_.logins_refused;
            poll_reply no{fmt::format(R"({{"LoginStatus":"{}","UserLevel":0,"UnderAttack":{}}})",
                                      locked ? "Locked" : "Failed", locked ? 1 : 0)};
            no.is_refusal = true;
            return no;
        }
        ++pbx_.logins;
        poll_reply yes{R"({"LoginStatus":"Success","UserLevel":0,"UnderAttack":0,)"
                       R"("ShowAutorecord":0,"CCViewPri":0})"};
        yes.headers = fmt::format("Set-Cookie: {}{}; path=/\r\n", cookie_begin,
                                  pbx_.sessions.open(question.now_s));
        return yes;
    }

    bool has_session(const poll_question& question) const {
        const std::size_t at = question.cookie.find(cookie_begin);
        if (at == std::string::npos) return false;
        const std::string_view id =
            std::string_view(question.cookie).substr(at + cookie_begin.size());
        return pbx_.sessions.is_open(id.substr(0, id.find(';')), question.now_s);
    }

    // Dates to the minute, compared as the text they are: the end's minute counts to its first
    // second. Both empty: today.
    std::vector<sim_cdr> in_window(const poll_question& question) const {
        std::string_view from = question.find("startdate");
        std::string_view to = question.find("enddate");
        const std::string today = pbx_.local_time(question.now_s).substr(0, 10);
        const std::string midnight = today + " 00:00";
        const std::string tonight = today + " 23:59:59";
        if (from.empty() && to.empty()) {
            from = midnight;
            to = tonight;
        }
        return pbx_.rows(pbx_.utc_of(from, std::numeric_limits<std::int64_t>::min() / 4),
                         pbx_.utc_of(to, std::numeric_limits<std::int64_t>::max() / 4));
    }

    static bool is_long_enough(const poll_question& question, std::int64_t billed) {
        const bool calls = !question.has("minduration") && !question.has("maxduration");
        const auto limit = [&](std::string_view name, std::int64_t otherwise) {
            const std::string_view text = question.find(name);
            std::from_chars(text.data(), text.data() + text.size(), otherwise);
            return otherwise;
        };
        return billed >= limit(calls ? "minbillsec" : "minduration", 0) &&
               billed <= limit(calls ? "maxbillsec" : "maxduration",
                               std::numeric_limits<std::int64_t>::max());
    }

    std::vector<sim_cdr> matching(const poll_question& question) const {
        std::vector<sim_cdr> found = in_window(question);
        std::string_view status = question.find("disposition");
        if (status == "FAILD") status = "FAILED";
        std::string_view wanted =
            question.find(question.has("calltype") ? "calltype" : "userfield");
        if (wanted == "Interval") wanted = "Internal";
        const std::string_view source = question.find("src");
        const std::string_view to = question.find("dst");
        const std::string_view trunk = question.find("trunk");
        std::erase_if(found, [&](const sim_cdr& row) {
            return (!is_any(status) && statuses[static_cast<std::size_t>(row.status)] != status) ||
                   (!is_any(wanted) && direction(row) != wanted) ||
                   (!is_any(trunk) && row.trunk != trunk) ||
                   row.source.find(source) == std::string::npos ||
                   destination(row).find(to) == std::string::npos ||
                   !is_long_enough(question, row.billed());
        });
        return found;
    }

    static std::string filter(const poll_question& question) {
        std::string text;
        for (const auto& [name, value] : question.parameters)
            text += fmt::format("{}\"{}\":\"{}\"", text.empty() ? "" : ",", name, value);
        return text;
    }

    std::string list(const poll_question& question, const std::vector<sim_cdr>& rows) const {
        std::string text = R"({"json_array_astcdrs":[)";
        for (const sim_cdr& row : rows) {
            const bool inbound = row.direction == cdr_direction::inbound;
            const bool outbound = row.direction == cdr_direction::outbound;
            if (text.back() == '}') text += ',';
            text += fmt::format(
                R"({{"calldate":"{}","src":"{}","contact":"","groupname":"","dst":"{}",)"
                R"("channel":"{}","dstchannel":"{}","duration":"{}","billsec":"{}",)"
                R"("disposition":"{}","userfield":"{}","accountcode":"","cidname":"{}",)"
                R"("in_route":"{}","IVR":"{}","Recording filename":"{}","UniqueID":"{}",)"
                R"("port":0}})",
                pbx_.local_time(row.start), row.source, destination(row), outbound ? "" : row.trunk,
                outbound ? row.trunk : "", row.duration(), row.billed(),
                statuses[static_cast<std::size_t>(row.status)], direction(row),
                inbound ? "FROM" + row.trunk : "", inbound ? "FROM" + row.trunk : "",
                inbound ? "IVR" + row.destination : "",
                pbx_.has_recording(row, question.now_s) ? recording(row) : "", key(row));
        }
        return text + R"(],"json_obj_filter":{)" + filter(question) + "}}";
    }

    poll_reply csv(const poll_question& question) const {
        std::string text =
            "Date,Source,Destination,CID Prefix,In_Route,IVR,Src. Trunk,Account Code,Dst. Trunk,"
            "Call Direction,Status,Duration,Billing Duration,UniqueID,Recording Filename\r\n";
        for (const sim_cdr& row : matching(question)) {
            const auto local = fmt::gmtime(row.start + pbx_.settings.offset_s);
            const bool inbound = row.direction == cdr_direction::inbound;
            const bool outbound = row.direction == cdr_direction::outbound;
            const std::string route = inbound ? "FROM" + row.trunk : "";
            text += fmt::format(
                "{}/{}/{} {}:{:02},{},{},{},{},{},{},,{},{},{},{},{},{},{}\r\n",
                local.tm_year + 1900, local.tm_mon + 1, local.tm_mday, local.tm_hour, local.tm_min,
                row.source, destination(row), route, route, inbound ? "IVR" + row.destination : "",
                outbound ? "" : row.trunk, outbound ? row.trunk : "", direction(row),
                statuses[static_cast<std::size_t>(row.status)], row.duration(), row.billed(),
                row.call_start, pbx_.has_recording(row, question.now_s) ? recording(row) : "");
        }
        poll_reply file{text, 200, "application/octet-stream"};
        file.headers = fmt::format(
            "Content-Disposition: attachment; filename=CDRReport-{:%Y%b%d.%H%M%S}.csv\r\n",
            fmt::gmtime(question.now_s + pbx_.settings.offset_s));
        return file;
    }

    poll_reply remove(const poll_question& question) {
        for (const sim_cdr& row : matching(question))
            pbx_.deleted.insert(row.number);
        return {list(question, matching(question))};
    }

    poll_reply recordings(const poll_question& question) const {
        std::string text = R"({"json_array_records":[)";
        for (const sim_cdr& row : matching(question)) {
            if (!pbx_.has_recording(row, question.now_s)) continue;
            if (text.back() == '}') text += ',';
            text += fmt::format(
                R"({{"calldate":"{}","src":"{}","dst":"{}","trunk":"{}","duration":"{}",)"
                R"("calltype":"{}","path":"{}"}})",
                pbx_.local_time(row.answer), row.source, destination(row), row.trunk, row.billed(),
                direction(row), recording(row));
        }
        return {text + R"(],"json_obj_filter":{)" + filter(question) + "}}"};
    }

    // The rows whose recordings are named in wavefiles; the document's examples also say wavfiles.
    std::vector<sim_cdr> named(const poll_question& question) const {
        std::string_view names =
            question.find(question.has("wavefiles") ? "wavefiles" : "wavfiles");
        std::vector<sim_cdr> found;
        while (!names.empty()) {
            const std::string_view name = names.substr(0, names.find(';'));
            names.remove_prefix(std::min(names.size(), name.size() + 1));
            if (name.size() < 24) continue;
            const std::string answered = fmt::format(
                "{}-{}-{} {}:{}:{}", name.substr(9, 4), name.substr(13, 2), name.substr(15, 2),
                name.substr(18, 2), name.substr(20, 2), name.substr(22, 2));
            const std::int64_t at = pbx_.utc_of(answered, 0);
            for (const sim_cdr& row : pbx_.rows(at - 10, at))
                if (pbx_.has_recording(row, question.now_s) && recording(row) == name)
                    found.push_back(row);
        }
        return found;
    }

    poll_reply download(const poll_question& question) {
        std::string tar;
        for (const sim_cdr& row : named(question)) {
            const std::string name = recording(row);
            append_tar_entry(tar, name.substr(name.find('/') + 1), make_wave(name, row.billed()));
            ++pbx_.downloads;
        }
        end_tar(tar);
        poll_reply file{tar, 200, "application/x-tar"};
        file.headers = fmt::format(
            "Content-Disposition: attachment; filename=AutoMonitor-{:%Y%b%d.%H%M%S}.tar\r\n",
            fmt::gmtime(question.now_s + pbx_.settings.offset_s));
        return file;
    }

    poll_reply remove_recordings(const poll_question& question) {
        for (const sim_cdr& row : named(question))
            pbx_.deleted_recordings.insert(row.number);
        return {R"({"json_array_records":[],"json_obj_filter":{}})"};
    }

    played_pbx& pbx_;
};

}  // namespace

std::unique_ptr<poll_family> make_nexo(played_pbx& pbx) {
    return std::make_unique<nexo>(pbx);
}

}  // namespace callstream::sim
