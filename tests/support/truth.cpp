#include "tests/support/truth.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <rapidjson/document.h>

#include "tests/support/capture.h"

namespace callstream::test {
namespace {

using json = rapidjson::Value;

const json* member(const json& object, const char* name) {
    const auto found = object.FindMember(name);
    return found == object.MemberEnd() || found->value.IsNull() ? nullptr : &found->value;
}

std::string string_of(const json& object, const char* name) {
    const json* value = member(object, name);
    return value == nullptr ? "" : std::string(value->GetString(), value->GetStringLength());
}

timestamp time_of(const json& seconds) {
    return timestamp(duration(std::llround(seconds.GetDouble() * 1e6)));
}

std::optional<timestamp> time_of(const json& object, const char* name) {
    const json* value = member(object, name);
    return value == nullptr ? std::nullopt : std::optional(time_of(*value));
}

// The second word but two: "1795230746 support Alice Support CONNECT 3|..." has spaces in a name.
std::string queue_mark_of(const std::string& line) {
    std::string mark;
    std::string word;
    for (const char letter : line + ' ') {
        if (letter != ' ') {
            word += letter;
            continue;
        }
        const bool capitals =
            word.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string::npos;
        if (capitals && word.size() > 4) mark = word;
        word.clear();
    }
    return mark;
}

true_cdr cdr_of(const json& row) {
    true_cdr cdr;
    cdr.channel = string_of(row, "channel");
    cdr.destination_channel = string_of(row, "dstchannel");
    cdr.destination = string_of(row, "dst");
    cdr.application = string_of(row, "lastapp");
    cdr.disposition = string_of(row, "disposition");
    cdr.start = time_of(row["start"]);
    cdr.answer = time_of(row, "answer");
    cdr.end = time_of(row["end"]);
    return cdr;
}

true_call call_of(const json& entry) {
    true_call call;
    call.label = string_of(entry, "label");
    call.uniqueid = string_of(entry, "uniqueid");
    call.linkedid = string_of(entry, "linkedid");
    call.channel = string_of(entry, "channel");
    call.caller_number = string_of(entry, "caller_num");
    call.caller_name = string_of(entry, "caller_name");
    call.dialled = string_of(entry, "first_exten");
    call.direction = string_of(entry, "direction");
    call.disposition = string_of(entry, "disposition");
    call.start = time_of(entry, "start");
    call.answer = time_of(entry, "answer");
    call.end = time_of(entry, "end");
    if (const json* hangup = member(entry, "hangup"))
        if (const json* cause = member(*hangup, "hangupcause")) call.cause = cause->GetInt();
    if (const json* reached = member(entry, "reached_a_party"))
        call.reached_a_party = reached->GetBool();
    if (const json* rows = member(entry, "cdr"))
        for (const json& row : rows->GetArray())
            call.cdrs.push_back(cdr_of(row));
    if (const json* bridged = member(entry, "bridged"))
        for (const json& row : bridged->GetArray())
            if (!row[1].IsNull())
                call.conversations.push_back(
                    {time_of(row[0]), time_of(row[1]), row[2].GetString()});
    if (const json* marks = member(entry, "marks"))
        for (const json& mark : marks->GetArray())
            call.marks.push_back(string_of(mark, "event"));
    if (const json* lines = member(entry, "queue"))
        for (const json& line : lines->GetArray())
            call.queue_marks.push_back(queue_mark_of(line.GetString()));
    if (const json* files = member(entry, "recording"))
        for (const json& file : files->GetArray())
            call.recordings.emplace_back(file.GetString());
    return call;
}

}  // namespace

truth load_truth_of(std::string_view capture) {
    const std::string text = load_truth(capture);
    rapidjson::Document document;
    document.Parse(text.data(), text.size());
    if (document.HasParseError() || !document.IsObject())
        throw std::runtime_error("truth.json is not JSON");
    truth parsed;
    if (const json* rows = member(document, "cdr_rows")) parsed.cdr_count = rows->GetUint();
    for (const json& entry : document["calls"].GetArray())
        parsed.calls.push_back(call_of(entry));
    return parsed;
}

std::vector<std::string> captures_of_asterisk_23() {
    std::vector<std::string> names = capture_names();
    const auto is_other = [](const std::string& name) {
        const bool has_no_calls = name == "a0_registrations" || name == "o5_slow_reader" ||
                                  (name[0] == 'n' && name != "n4_actions");
        return has_no_calls || name.find(".ast1") != std::string::npos ||
               name.find(".wallboard") != std::string::npos;
    };
    names.erase(std::remove_if(names.begin(), names.end(), is_other), names.end());
    return names;
}

}  // namespace callstream::test
