// CDRs as a UCM writes them: flat, or a main record with the legs of a transfer.
//
// Threads: any.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bench/sim_poll_family.h"

namespace callstream::sim {

inline constexpr std::array<std::string_view, 32> ucm_fields{
    "AcctId",         "accountcode",   "src",         "dst",          "dcontext",
    "clid",           "channel",       "dstchannel",  "lastapp",      "lastdata",
    "start",          "answer",        "end",         "duration",     "billsec",
    "disposition",    "amaflags",      "uniqueid",    "userfield",    "channel_ext",
    "dstchannel_ext", "service",       "caller_name", "recordfiles",  "dstanswer",
    "chanext",        "dstchanext",    "session",     "action_owner", "action_type",
    "src_trunk_name", "dst_trunk_name"};

using ucm_record = std::array<std::string, ucm_fields.size()>;

std::string_view ucm_field(const ucm_record& record, std::string_view name);
std::string ucm_session(const sim_cdr& row);
// The files of a row, as `recordfiles` lists them; one call in three has two.
std::vector<std::string> ucm_recordings(const sim_cdr& row);

// One flat record; or the main one and then its legs, each named `AcctId` 1, 2...
std::vector<ucm_record> ucm_records(const played_pbx& pbx, const sim_cdr& row, std::int64_t now_s);

void append_ucm_json(std::string& out, const std::vector<ucm_record>& records);
void append_ucm_xml(std::string& out, const std::vector<ucm_record>& records);
void append_ucm_csv(std::string& out, const std::vector<ucm_record>& records);
std::string ucm_csv_header();

}  // namespace callstream::sim
