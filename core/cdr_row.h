// One call detail record as a PBX's CDR API or CDR file gives it, in the words that all share, and
// what reads such rows.
//
// Unlike an event it owns its text: rows of an answer are put in order, and compared with what was
// published, before they are.
//
// Lifetime: values. What data() gives is valid as long as the row and the `headers` behind it.
// Threads:  any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/cdr_data.h"

namespace callstream {

struct cdr_row_party {
    std::string number{};
    std::string name{};
    std::string device{};
};

struct cdr_row {
    // The vendor's key, if it has one that is the same in every way in and of no other record of
    // this PBX: AcctId, session and leg; cdrId. Empty: the record is known by leg, start, seconds
    // and outcome, which is what Asterisk's Cdr event shares with the rows of appliances.
    std::string key{};
    std::string call_id{};  // of the conversation; where the PBX has none, that of the leg
    std::string leg_id{};   // such as Asterisk's Uniqueid
    std::string cdr_id{};   // the PBX's own number of the record
    enum direction direction = direction::none;
    cdr_row_party calling{};
    cdr_row_party called{};
    std::string channel{};
    std::string destination_channel{};
    std::string context{};
    std::string application{};
    std::string application_data{};
    std::optional<timestamp> started_at{};
    std::optional<timestamp> answered_at{};
    std::optional<timestamp> ended_at{};
    std::optional<duration> duration_seconds{};
    std::optional<duration> billable_seconds{};
    enum disposition disposition = disposition::none;
    std::string account_code{};
    std::string ama_flags{};
    std::string user_field{};
    std::vector<std::string> recordings{};  // names as the PBX gives them; most have one or none
    std::vector<std::pair<std::string, std::string>> further{};  // the rest, in order
    unsigned alike = 0;  // rows before it in the same answer that say the same to the letter
};

// When it ended, as well as the row says.
inline std::optional<timestamp> end_of(const cdr_row& row) noexcept {
    if (row.ended_at) return row.ended_at;
    if (row.started_at) return *row.started_at + row.duration_seconds.value_or(duration(0));
    return std::nullopt;
}

// The row as an event's data. `headers` holds what its variables view.
inline cdr_data data_of(const cdr_row& row, std::vector<header>& headers) {
    headers.clear();
    for (const auto& [name, value] : row.further)
        headers.push_back({name, value});
    // What the row does not have is null in the event, not an empty string.
    const auto known = [](const std::string& value) {
        return value.empty() ? text() : text(value);
    };
    const auto party_of = [&known](const cdr_row_party& from) {
        return party{known(from.number), known(from.name), known(from.device)};
    };
    cdr_data data;
    data.call_id = known(row.call_id);
    data.leg_id = known(row.leg_id);
    data.cdr_id = known(row.cdr_id);
    data.direction = row.direction;
    data.calling = party_of(row.calling);
    data.called = party_of(row.called);
    data.channel = known(row.channel);
    data.destination_channel = known(row.destination_channel);
    data.context = known(row.context);
    data.application = known(row.application);
    data.application_data = known(row.application_data);
    data.started_at = row.started_at;
    data.answered_at = row.answered_at;
    data.ended_at = end_of(row);
    data.duration_seconds = row.duration_seconds;
    data.billable_seconds = row.billable_seconds;
    data.disposition = row.disposition;
    data.account_code = known(row.account_code);
    data.ama_flags = known(row.ama_flags);
    data.user_field = known(row.user_field);
    if (!row.recordings.empty()) data.recording = known(row.recordings.front());
    data.variables = headers;
    return data;
}

// What an answer held. A row that cannot be read is counted, and the others are taken.
struct cdr_decoding {
    std::string_view problem{};  // static; empty: it was a list of rows, which may be empty
    std::size_t offset = 0;      // the byte at which the problem shows
    std::size_t rejected = 0;    // rows without what makes a CDR
    std::optional<std::size_t> count_total{};  // of all pages, where the PBX says
    // An API's own words for its error, or its number. Valid until the next decode().
    std::string_view said{};
};

// Reads one whole answer or file of a known format, in a PBX's zone. Made by app from parsers/,
// and handed to what polls (sources/) or imports.
class cdr_row_decoder {
public:
    virtual ~cdr_row_decoder() = default;

    // Appends to `rows`. `read_at` settles which of two equal local times is meant. What is an
    // API's error, a login page or HTML is a problem, never an empty list.
    virtual cdr_decoding decode(std::string_view body, timestamp read_at,
                                std::vector<cdr_row>& rows) = 0;
};

}  // namespace callstream
