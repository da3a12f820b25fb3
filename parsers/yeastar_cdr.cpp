#include "parsers/yeastar_cdr.h"

#include <algorithm>
#include <charconv>

namespace callstream::parsers {
namespace {

bool same(text a, text b) noexcept {
    const auto upper = [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    };
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                              [&](char x, char y) { return upper(x) == upper(y); });
}

disposition disposition_said(text status) noexcept {
    if (same(status, "ANSWERED")) return disposition::answered;
    for (const text name : {"NO ANSWER", "NOANSWER", "NO ANSWERED", "NO_ANSWER"})
        if (same(status, name)) return disposition::no_answer;
    if (same(status, "BUSY")) return disposition::busy;
    if (same(status, "VOICEMAIL")) return disposition::voicemail;
    if (same(status, "CONGESTION")) return disposition::congestion;
    if (same(status, "CANCEL") || same(status, "CANCELED")) return disposition::canceled;
    return status.empty() ? disposition::none : disposition::failed;
}

enum direction direction_said(text type) noexcept {
    if (same(type, "Inbound")) return direction::inbound;
    if (same(type, "Outbound")) return direction::outbound;
    if (same(type, "Internal")) return direction::internal;
    if (same(type, "Callback")) return direction::callback;
    return same(type, "External") || same(type, "Transit") ? direction::external : direction::none;
}

text format_of(text file) noexcept {
    const std::size_t point = file.rfind('.');
    const bool has_one = point != text::npos && file.find('/', point) == text::npos;
    return has_one ? file.substr(point + 1) : text();
}

}  // namespace

std::uint64_t pushed_hash(std::initializer_list<text> fields) noexcept {
    std::uint64_t value = 0xCBF29CE484222325U;  // FNV-1a
    const auto add = [&value](unsigned char byte) {
        value ^= byte;
        value *= 0x100000001B3U;
    };
    for (const text field : fields) {
        for (const char c : field)
            add(static_cast<unsigned char>(c));
        add(0xFF);
    }
    return value;
}

std::optional<duration> pushed_duration(text said) noexcept {
    const bool of_clock = said.ends_with(" AM") || said.ends_with(" PM");
    if (of_clock) said.remove_suffix(3);
    std::array<std::uint32_t, 3> parts{};
    std::size_t count = 0;
    const char* next = said.data();
    const char* const end = next + said.size();
    while (count < parts.size()) {
        const auto read = std::from_chars(next, end, parts[count]);
        if (read.ec != std::errc() || parts[count] > 10'000'000) return std::nullopt;
        next = read.ptr;
        ++count;
        if (next == end || count == parts.size()) break;
        if (*next++ != ':') return std::nullopt;
    }
    if (next != end) return std::nullopt;
    if (count == 1)
        return of_clock ? std::nullopt : std::optional<duration>(std::chrono::seconds(parts[0]));
    if (count != 3 || parts[1] > 59 || parts[2] > 59) return std::nullopt;
    const std::uint32_t hours = of_clock ? parts[0] % 12 : parts[0];
    return std::chrono::hours(hours) + std::chrono::minutes(parts[1]) +
           std::chrono::seconds(parts[2]);
}

void yeastar_cdr_events::fill(const yeastar_report& report, const moment& when, cdr_data& data) {
    const yeastar_cdr& said = report.cdr;
    data.call_id = report.call_id;
    data.cdr_id = said.id;
    data.direction = direction_said(report.type);
    data.calling = party_named(said.from);
    data.called = party_named(said.to);
    data.started_at = clock_.to_utc(said.start, when.time);
    data.duration_seconds = pushed_duration(said.duration);
    data.billable_seconds = pushed_duration(said.talk);
    data.disposition = disposition_said(report.status);
    if (data.started_at && data.duration_seconds)
        data.ended_at = *data.started_at + *data.duration_seconds;
    if (data.ended_at && data.billable_seconds && data.disposition == disposition::answered)
        data.answered_at = *data.ended_at - *data.billable_seconds;
    data.account_code = said.pin;
    data.recording = said.recording;
    data.variables = report.fields;
}

bool yeastar_cdr_events::take(const yeastar_report& report, const moment& when) {
    if (report.call_id.empty() || report.call_id.size() > bounded_id::capacity) return false;
    const yeastar_cdr& said = report.cdr;
    cdr_data data;
    fill(report, when, data);
    moment ended = when;
    if (data.ended_at) {
        ended.time = *data.ended_at;
        ended.quality = time_quality::source_seconds;
    }
    push_call* call = calls_.see(when, report.call_id, false);
    if (call == nullptr) return false;
    call->trunk.refine(said.source_trunk.empty() ? said.destination_trunk : said.source_trunk);
    end_call(*call, data, ended);
    const std::uint64_t hash =
        said.id.empty() ? pushed_hash({said.start, said.from, said.to, said.duration, said.talk,
                                       report.status, said.source_trunk, said.destination_trunk})
                        : pushed_hash({said.id});
    const event_scope scope{report.call_id, report.call_id, key_of(report.call_id, hash)};
    if (call->cdr_hash != hash) {
        call->cdr_hash = hash;
        output_.publish(event_type::cdr_created, ended, scope, event_data(data));
    }
    const std::uint64_t recording_hash = pushed_hash({said.recording});
    if (said.recording.empty() || call->recording_hash == recording_hash) return true;
    call->recording_hash = recording_hash;
    recording_data recording;
    recording.call_id = report.call_id;
    recording.file = said.recording;
    recording.format = format_of(said.recording);
    output_.publish(event_type::recording_available, ended, {report.call_id, report.call_id, {}},
                    event_data(recording));
    return true;
}

// The PBX's own times and outcome are better than what was seen from here.
bool yeastar_cdr_events::end_call(push_call& call, const cdr_data& data, const moment& ended) {
    if (call.has_ended) return false;
    call.is_told = true;
    if (data.direction != direction::none) call.direction = data.direction;
    if (call.calling.empty()) call.calling.assign(data.calling);
    if (call.called.empty()) call.called.assign(data.called);
    call.disposition = data.disposition;
    call.recording.refine(data.recording);
    if (data.started_at && data.ended_at) {
        call.started_at = data.started_at;
        call.answered_at = data.answered_at;
        call.ended_at = data.ended_at;
        call.ring_seconds =
            (data.answered_at ? *data.answered_at : *data.ended_at) - *data.started_at;
    }
    if (data.disposition == disposition::answered) call.talk_seconds = data.billable_seconds;
    return calls_.end(ended, call);
}

text yeastar_cdr_events::key_of(text call_id, std::uint64_t hash) noexcept {
    char* end = std::copy(call_id.begin(), call_id.end(), key_.data());
    *end++ = ':';
    end = std::to_chars(end, key_.data() + key_.size(), hash, 16).ptr;
    return {key_.data(), static_cast<std::size_t>(end - key_.data())};
}

}  // namespace callstream::parsers
