#include "bench/sim_ucm_records.h"

#include <algorithm>

#include <fmt/format.h>

namespace callstream::sim {

namespace {

constexpr std::array<std::string_view, 4> dispositions{"ANSWERED", "NO ANSWER", "BUSY", "FAILED"};
constexpr std::array<std::string_view, 4> userfields{"Internal", "Inbound", "Outbound", "Internal"};

std::size_t index_of(std::string_view name) {
    return static_cast<std::size_t>(std::find(ucm_fields.begin(), ucm_fields.end(), name) -
                                    ucm_fields.begin());
}

std::string& field(ucm_record& record, std::string_view name) {
    return record[index_of(name)];
}

// What main record and legs share.
ucm_record common(const played_pbx& pbx, const sim_cdr& row) {
    ucm_record made;
    field(made, "src") = row.source;
    field(made, "dst") = row.reached;
    field(made, "start") = pbx.local_time(row.start);
    field(made, "duration") = fmt::format("{}", row.duration());
    field(made, "billsec") = fmt::format("{}", row.billed());
    field(made, "session") = ucm_session(row);
    field(made, "action_type") = "DIAL";
    return made;
}

ucm_record leg(const played_pbx& pbx, const sim_cdr& row, std::int64_t now_s) {
    ucm_record made = common(pbx, row);
    const bool inbound = row.direction == cdr_direction::inbound;
    const bool outbound = row.direction == cdr_direction::outbound;
    field(made, "dcontext") = outbound ? "from-internal" : inbound ? "ext-did-1" : "ext-local";
    field(made, "clid") = fmt::format("\"{}\" <{}>", row.source_name, row.source);
    field(made, "channel") = inbound ? fmt::format("PJSIP/trunk_{}-{:08x}", row.trunk, row.number)
                                     : fmt::format("PJSIP/{}-{:08x}", row.source, row.number);
    field(made, "dstchannel") = fmt::format("PJSIP/{}-{:08x}", row.reached, row.number + 1);
    field(made, "lastapp") = "Dial";
    field(made, "lastdata") =
        fmt::format("PJSIP/{0}/sip:{0}@192.0.2.9:5066,60,ztTkKb(callee-handler^s^1)", row.reached);
    if (row.answer != 0) field(made, "answer") = pbx.local_time(row.answer);
    field(made, "end") = pbx.local_time(row.end);
    field(made, "disposition") = dispositions[static_cast<std::size_t>(row.status)];
    field(made, "amaflags") = "DOCUMENTATION";
    field(made, "uniqueid") = fmt::format("{}.{}", row.start, row.number);
    field(made, "userfield") = userfields[static_cast<std::size_t>(row.direction)];
    field(made, "channel_ext") = row.source;
    field(made, "dstchannel_ext") = row.reached;
    field(made, "service") = "s";
    field(made, "caller_name") = row.source_name;
    field(made, "dstanswer") = row.answer != 0 ? row.reached : "";
    field(made, "action_owner") = row.source;
    if (inbound) field(made, "src_trunk_name") = row.trunk;
    if (outbound) field(made, "dst_trunk_name") = row.trunk;
    if (pbx.has_recording(row, now_s))
        field(made, "recordfiles") = fmt::format("{}@", fmt::join(ucm_recordings(row), "@"));
    return made;
}

std::string escaped(std::string_view text, std::string_view what) {
    std::string out;
    for (const char letter : text) {
        if (what == "json" && (letter == '"' || letter == '\\')) out += '\\';
        if (what == "csv" && letter == '"') out += '"';
        if (what != "xml") {
            out += letter;
        } else if (letter == '<') {
            out += "&lt;";
        } else if (letter == '>') {
            out += "&gt;";
        } else if (letter == '&') {
            out += "&amp;";
        } else {
            out += letter;
        }
    }
    return out;
}

void append_json_fields(std::string& out, const ucm_record& record) {
    for (std::size_t i = 0; i < record.size(); ++i)
        out += fmt::format("{}\"{}\": \"{}\"", i == 0 ? "" : ",\n", ucm_fields[i],
                           escaped(record[i], "json"));
}

void append_xml_record(std::string& out, std::string_view element, const ucm_record& record) {
    out += fmt::format("<{}>\n", element);
    for (std::size_t i = 0; i < record.size(); ++i)
        out += record[i].empty()
                   ? fmt::format("<{}/>\n", ucm_fields[i])
                   : fmt::format("<{0}>{1}</{0}>\n", ucm_fields[i], escaped(record[i], "xml"));
    out += fmt::format("</{}>\n", element);
}

}  // namespace

std::string_view ucm_field(const ucm_record& record, std::string_view name) {
    return record[index_of(name)];
}

std::string ucm_session(const sim_cdr& row) {
    return fmt::format("{}{:06}-{}", row.start, row.number % 1'000'000, row.source);
}

std::vector<std::string> ucm_recordings(const sim_cdr& row) {
    if (!row.recorded) return {};
    std::vector<std::string> files;
    for (std::uint64_t i = 0; i < (row.number % 3 == 0 ? 2U : 1U); ++i)
        files.push_back(fmt::format("auto-{}{:06}-{}-{}.wav", row.answer + static_cast<long>(i),
                                    row.number, row.source, row.reached));
    return files;
}

std::vector<ucm_record> ucm_records(const played_pbx& pbx, const sim_cdr& row, std::int64_t now_s) {
    if (row.leg_count == 1) {
        ucm_record only = leg(pbx, row, now_s);
        field(only, "AcctId") = fmt::format("{}", row.number);
        return {only};
    }
    std::vector<ucm_record> records{common(pbx, row)};
    for (unsigned i = 1; i <= row.leg_count; ++i) {
        ucm_record one = leg(pbx, row, now_s);
        field(one, "AcctId") = fmt::format("{}", i);
        // Of some calls two legs are alike to the letter, but for their number.
        const bool is_alike = i == 2 && row.number % 2 == 0 && !row.recorded;
        if (i > 1 && !is_alike) {
            field(one, "recordfiles").clear();
            field(one, "dcontext") = "from-internal-xfer";
            field(one, "action_owner") = row.reached;
            field(one, "action_type") = "TRANSFER";
            field(one, "dst") = fmt::format("{}", 200 + i);
        }
        records.push_back(one);
    }
    return records;
}

void append_ucm_json(std::string& out, const std::vector<ucm_record>& records) {
    ucm_record first = records.front();
    out += fmt::format("{{\n\"cdr\": \"{}\",\n", field(first, "session"));
    if (records.size() == 1) {
        append_json_fields(out, first);
    } else {
        for (std::size_t i = 0; i < records.size(); ++i) {
            out += i == 0 ? "\"main_cdr\": {\n" : fmt::format(",\n\"sub_cdr_{}\": {{\n", i);
            append_json_fields(out, records[i]);
            out += "\n}";
        }
    }
    out += "\n}";
}

void append_ucm_xml(std::string& out, const std::vector<ucm_record>& records) {
    ucm_record first = records.front();
    out += fmt::format("<cdr session=\"{}\">\n", field(first, "session"));
    for (std::size_t i = 0; i < records.size(); ++i)
        append_xml_record(out, i == 0 ? "main_cdr" : "sub_cdr", records[i]);
    out += "</cdr>\n";
}

void append_ucm_csv(std::string& out, const std::vector<ucm_record>& records) {
    const ucm_record& record = records.front();
    for (std::size_t i = 0; i < record.size(); ++i) {
        if (i > 0) out += ',';
        const bool quoted = record[i].find_first_of(",\"") != std::string::npos;
        out += quoted ? fmt::format("\"{}\"", escaped(record[i], "csv")) : record[i];
    }
    out += "\n";
}

std::string ucm_csv_header() {
    return fmt::format("{}\n", fmt::join(ucm_fields, ","));
}

}  // namespace callstream::sim
