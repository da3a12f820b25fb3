// A CDR row in words, a line for each thing that it knows.
#pragma once

#include <string>

#include "core/cdr_row.h"
#include "core/time.h"

namespace callstream::test {

inline std::string words_of(const cdr_row& row) {
    std::string out;
    const auto say = [&out](const char* name, std::string_view value) {
        if (!value.empty()) out.append("  ").append(name).append(" ").append(value).append("\n");
    };
    const auto say_time = [&say](const char* name, const std::optional<timestamp>& time) {
        std::array<char, rfc3339_size> shown;
        if (!time) return;
        format_rfc3339(*time, shown);
        say(name, {shown.data(), shown.size()});
    };
    const auto say_seconds = [&say](const char* name, const std::optional<duration>& length) {
        if (length) say(name, std::to_string(length->count() / 1000) + " ms");
    };
    const auto say_party = [&say](const char* name, const cdr_row_party& who) {
        std::string words;
        if (!who.number.empty()) words += who.number;
        if (!who.name.empty()) words += " '" + who.name + '\'';
        if (!who.device.empty()) words += " at " + who.device;
        say(name, words);
    };
    out = "row\n";
    say("key", row.key);
    say("call", row.call_id);
    say("leg", row.leg_id);
    say("number", row.cdr_id);
    say("direction", name_of(row.direction));
    say_party("calling", row.calling);
    say_party("called", row.called);
    say("channel", row.channel);
    say("to channel", row.destination_channel);
    say("context", row.context);
    say("application", row.application);
    say("application data", row.application_data);
    say_time("started", row.started_at);
    say_time("answered", row.answered_at);
    say_time("ended", row.ended_at);
    say_seconds("duration", row.duration_seconds);
    say_seconds("billed", row.billable_seconds);
    say("disposition", name_of(row.disposition));
    say("account", row.account_code);
    say("flags", row.ama_flags);
    say("user field", row.user_field);
    for (const std::string& each : row.recordings)
        say("recording", each);
    for (const auto& [name, value] : row.further)
        out.append("  + ").append(name).append(" = ").append(value).append("\n");
    return out;
}

}  // namespace callstream::test
