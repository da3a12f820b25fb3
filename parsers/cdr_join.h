// The call detail records of a PBX that tells them in more than one way: as an event of the manager
// interface, in the rows of its CDR table, in a push. One record is one cdr.created, whichever way
// was first; what another way adds later, such as the name of a recording, is cdr.updated.
//
// A record is known by the vendor's key where the rows have one, else by leg, start, seconds and
// outcome. Records that are alike in these are told apart by being counted: the second of a way is
// the second of the other. A UCM's event has the key of its row, but for the number behind the keys
// of rows that are alike, which is counted too.
//
// What was told is kept in a state_store, for as long as rows may be read again.
//
// Lifetime: output and store outlive it.
// Threads:  the PBX's home loop.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/cdr_row.h"
#include "core/event.h"
#include "core/record.h"
#include "core/state_store.h"
#include "parsers/call_record.h"
#include "parsers/family_output.h"

namespace callstream::parsers {

struct cdr_join_counters {
    std::uint64_t created = 0;
    std::uint64_t updated = 0;
    std::uint64_t repeated = 0;   // told already, in this way or another
    std::uint64_t forgotten = 0;  // while it might have been read again: too many
};

class cdr_join final : public event_output {
public:
    // `family` and `said`, the table's name, stand in data.vendor of what rows tell.
    struct words {
        std::string family;
        std::string said;
        bool keyed_alike = false;  // events have the keys of rows
    };

    struct parts {
        event_output& output;
        state_store& kept;
        // Whether an event would be kept. One that would not is left to the rows; empty where none
        // come: what finds no room is then lost, and for the output to count.
        std::function<bool()> has_room;
    };

    cdr_join(parts to, words named)
        : to_(std::move(to)), named_(std::move(named)), rows_(to_.output, named_.family) {}

    // What the PBX says otherwise: CDRs are joined, all else passes.
    void publish(const event& published) override;
    // A row; whether it told anything.
    bool take(const cdr_row& row);

    // Before the first of either: what an earlier run kept. False: it is none of ours.
    bool restore(std::string_view name, std::string_view value);
    // And then the events that the journal still holds, oldest first: a crash may have come
    // between an event and what is kept of it.
    void restore(const record& stored);

    timestamp remembers_since() const noexcept { return remembers_since_; }
    void forget_before(timestamp ended);
    void store();  // what is new since the last time

    const cdr_join_counters& counters() const noexcept { return counters_; }

private:
    struct known {
        std::uint64_t key = 0;   // of the record's natural key
        std::uint64_t row = 0;   // of the row that it is; 0: no row yet
        std::uint8_t facts = 0;  // what was told of it
    };
    // Records whose calls ended in the same few minutes, in parts of a bounded size.
    struct chunk_id {
        std::int64_t stretch = 0;
        std::uint32_t part = 0;

        auto operator<=>(const chunk_id&) const = default;
    };
    struct place {
        chunk_id chunk{};
        std::uint32_t index = 0;
    };
    struct chunk {
        std::vector<known> entries;
        bool dirty = false;
    };
    enum class outcome : std::uint8_t { created, updated, repeated };

    std::string key_of(const std::string& base, unsigned count) const;
    // Finds or adds the record of `base`, counting alike ones; its natural key is then in key_.
    outcome claim(const std::string& base, const known& told, timestamp ended);
    known* find(std::uint64_t key);
    void add(const known& added, timestamp ended);
    void drop_oldest();  // all of a stretch
    static std::string name_of_chunk(const chunk_id& id);
    void publish_row(const cdr_row& row, outcome found, bool tells_recording);

    const parts to_;
    const words named_;
    family_output rows_;
    std::map<chunk_id, chunk> chunks_;  // by age
    std::unordered_map<std::uint64_t, place> places_;
    timestamp remembers_since_{};
    timestamp since_stored_{};
    std::string key_;
    std::uint8_t added_ = 0;
    std::vector<header> headers_;
    cdr_join_counters counters_;
};

}  // namespace callstream::parsers
