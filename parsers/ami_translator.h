// AMI events to typed events, in either dialect, over the call tracker.
//
// Every AMI event leads to at least one published event: to typed ones if it tells of something
// that has a type, otherwise to itself as vendor.event with all its headers. So it is with steps
// that only change what later events show (NewConnectedLine, DialBegin, Local channels), and with
// repeats (a Hold of what is on hold). Nothing is thrown away silently.
//
// Lifetime: the output outlives it.
// Threads:  the PBX's home loop.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/event.h"
#include "core/state_store.h"
#include "core/view_repair.h"
#include "parsers/ami_dialect.h"
#include "parsers/ami_message.h"
#include "parsers/call_tracker.h"

namespace callstream::parsers {

struct ami_translator_settings {
    std::string family = "asterisk";  // data.vendor.family
    std::string timezone = "UTC";     // IANA name of the zone of the PBX's clock; must be known
    // Of a UCM: rows come too, and tell of recordings, under the names that they are fetched by.
    bool files_by_rows = false;
    ami_dialect dialect = ami_dialect::automatic;
    call_rules rules;
    call_limits limits;
};

class ami_translator {
public:
    // `store`, which may be null, outlives it: what is put there is for restore().
    ami_translator(const ami_translator_settings& settings, event_output& output,
                   state_store* store = nullptr);
    ~ami_translator();
    ami_translator(const ami_translator&) = delete;
    ami_translator& operator=(const ami_translator&) = delete;

    void greet(text line);  // the first line of a connection
    // `arrived` is when its bytes were read; a Timestamp header is better and wins.
    void on_event(const ami_message& message, timestamp arrived);
    void tick(timestamp now);  // ends what is too old to be true; about once a second
    // Before the first event: a value that was stored before a restart of ours. False if it is of
    // no use any more.
    bool restore(text name, text value, timestamp now);
    view_repair& repair() noexcept;  // as long as the translator

private:
    class state;
    std::unique_ptr<state> state_;
};

}  // namespace callstream::parsers
