// What became of a call: from Q.850 causes and what the PBX said of its dialling.
#pragma once

#include "parsers/call_record.h"

namespace callstream::parsers {

// Of a call whose first leg hangs up.
//
// A call that the PBX itself answered and put into a queue counts as answered only when somebody
// took it: an abandoned queue call has an answer time, but it is not an answered call.
disposition disposition_of(const call_record& call) noexcept;

// How dialling ended, as Asterisk's DialStatus says it: ANSWER, BUSY, NOANSWER ...
dial_result dial_result_named(text status) noexcept;

// The same from the cause with which whoever was dialled hung up without having answered.
dial_result dial_result_of_cause(std::int64_t cause) noexcept;

// Nobody could be reached, and the caller did not give up before.
bool is_failure(disposition outcome) noexcept;

// Whether the id `a` was given before `b`, as Asterisk tells it when calls become one: by the
// second in the id, then the counter behind the point; a system's name before them is skipped.
bool is_older_id(text a, text b) noexcept;

}  // namespace callstream::parsers
