#include "parsers/cdr_columns.h"

#include <algorithm>

#include "parsers/cdr_text.h"

namespace callstream::parsers {
namespace {

struct named_column {
    text name;  // folded
    cdr_column column;
};

// Asterisk's, with the names that its own events and UCMs' exported tables have for them.
constexpr std::array asterisk_columns{
    named_column{"accountcode", cdr_column::account},
    named_column{"src", cdr_column::source},
    named_column{"source", cdr_column::source},
    named_column{"dst", cdr_column::destination},
    named_column{"destination", cdr_column::destination},
    named_column{"dcontext", cdr_column::context},
    named_column{"destinationcontext", cdr_column::context},
    named_column{"clid", cdr_column::caller_id},
    named_column{"callerid", cdr_column::caller_id},
    named_column{"channel", cdr_column::channel},
    named_column{"dstchannel", cdr_column::destination_channel},
    named_column{"destinationchannel", cdr_column::destination_channel},
    named_column{"lastapp", cdr_column::application},
    named_column{"lastapplication", cdr_column::application},
    named_column{"lastdata", cdr_column::application_data},
    named_column{"start", cdr_column::start},
    named_column{"calldate", cdr_column::start},
    named_column{"starttime", cdr_column::start},
    named_column{"answer", cdr_column::answer},
    named_column{"answertime", cdr_column::answer},
    named_column{"end", cdr_column::end},
    named_column{"endtime", cdr_column::end},
    named_column{"duration", cdr_column::duration},
    named_column{"billsec", cdr_column::billable},
    named_column{"billableseconds", cdr_column::billable},
    named_column{"disposition", cdr_column::disposition},
    named_column{"amaflags", cdr_column::ama_flags},
    named_column{"uniqueid", cdr_column::leg},
    named_column{"linkedid", cdr_column::call},
    named_column{"userfield", cdr_column::user_field},
    named_column{"sequence", cdr_column::record_id},
    named_column{"recordingfile", cdr_column::recording},
    named_column{"direction", cdr_column::direction},
};

constexpr std::array nexo_columns{
    named_column{"calldate", cdr_column::start},
    named_column{"date", cdr_column::start},
    named_column{"src", cdr_column::source},
    named_column{"source", cdr_column::source},
    named_column{"contact", cdr_column::source_name},
    named_column{"dst", cdr_column::destination},
    named_column{"destination", cdr_column::destination},
    named_column{"channel", cdr_column::source_trunk},
    named_column{"srctrunk", cdr_column::source_trunk},
    named_column{"dstchannel", cdr_column::destination_trunk},
    named_column{"dsttrunk", cdr_column::destination_trunk},
    named_column{"duration", cdr_column::duration},
    named_column{"billsec", cdr_column::billable},
    named_column{"billingduration", cdr_column::billable},
    named_column{"disposition", cdr_column::disposition},
    named_column{"status", cdr_column::disposition},
    named_column{"userfield", cdr_column::direction},
    named_column{"calldirection", cdr_column::direction},
    named_column{"accountcode", cdr_column::account},
    named_column{"recordingfilename", cdr_column::recording},
    named_column{"uniqueid", cdr_column::leg},
};

// The API's, and what the web interface writes over the columns of a downloaded file.
constexpr std::array ucm_columns{
    named_column{"acctid", cdr_column::record_id},
    named_column{"session", cdr_column::call},
    named_column{"cdr", cdr_column::call},
    named_column{"callernumber", cdr_column::source},
    named_column{"callername", cdr_column::source_name},
    named_column{"calleenumber", cdr_column::destination},
    named_column{"calerid", cdr_column::caller_id},
    named_column{"context", cdr_column::context},
    named_column{"dstanswer", cdr_column::answered_by},
    named_column{"answerby", cdr_column::answered_by},
    named_column{"sourcechannel", cdr_column::channel},
    named_column{"destchannel", cdr_column::destination_channel},
    named_column{"srctrunkname", cdr_column::source_trunk},
    named_column{"sourcetrunkname", cdr_column::source_trunk},
    named_column{"dsttrunkname", cdr_column::destination_trunk},
    named_column{"desttrunkname", cdr_column::destination_trunk},
    named_column{"calltime", cdr_column::duration},
    named_column{"talktime", cdr_column::billable},
    named_column{"uiqueid", cdr_column::leg},
    named_column{"recordfiles", cdr_column::recording},
};

constexpr std::array fiberme_columns{
    named_column{"id", cdr_column::record_id},
    named_column{"callfrom", cdr_column::source_name},
    named_column{"callsrc", cdr_column::source},
    named_column{"callto", cdr_column::destination},
    named_column{"destnum", cdr_column::answered_by},
    named_column{"starttime", cdr_column::start},
    named_column{"duration", cdr_column::duration},
    named_column{"callstatus", cdr_column::disposition},
    named_column{"calltype", cdr_column::direction},
    named_column{"pincode", cdr_column::account},
    named_column{"trunkname", cdr_column::source_trunk},
    named_column{"recordingfile", cdr_column::recording},
    named_column{"filename", cdr_column::recording},
};

constexpr std::array voipmonitor_columns{
    named_column{"cdrid", cdr_column::record_id},
    named_column{"id", cdr_column::record_id},
    named_column{"calldate", cdr_column::start},
    named_column{"callend", cdr_column::end},
    named_column{"duration", cdr_column::duration},
    named_column{"connectduration", cdr_column::billable},
    named_column{"caller", cdr_column::source},
    named_column{"callername", cdr_column::source_name},
    named_column{"called", cdr_column::destination},
    named_column{"fbasename", cdr_column::leg},
    named_column{"callid", cdr_column::leg},
    named_column{"lastsipresponsenum", cdr_column::response},
};

template <class Columns>
cdr_column find(const Columns& columns, text folded) noexcept {
    for (const named_column& known : columns)
        if (known.name == folded) return known.column;
    return cdr_column::none;
}

constexpr std::array<text, 21> master_names{
    "accountcode", "src",      "dst",      "dcontext",  "clid",        "channel",  "dstchannel",
    "lastapp",     "lastdata", "start",    "answer",    "end",         "duration", "billsec",
    "disposition", "amaflags", "uniqueid", "userfield", "peeraccount", "linkedid", "sequence"};

}  // namespace

cdr_column column_named(cdr_dialect dialect, text name) noexcept {
    const folded_column folded(name);
    switch (dialect) {
        case cdr_dialect::asterisk:
            return find(asterisk_columns, folded.view());
        case cdr_dialect::nexo:
            return find(nexo_columns, folded.view());
        case cdr_dialect::ucm: {
            const cdr_column own = find(ucm_columns, folded.view());
            return own == cdr_column::none ? find(asterisk_columns, folded.view()) : own;
        }
        case cdr_dialect::fiberme:
            return find(fiberme_columns, folded.view());
        case cdr_dialect::voipmonitor:
            return find(voipmonitor_columns, folded.view());
    }
    return cdr_column::none;
}

std::span<const text> master_columns() noexcept {
    return master_names;
}

std::span<const cdr_column> column_memory::of(const cdr_record& record) {
    const std::size_t count = record.fields.size();
    if (names_.size() < count) {
        names_.resize(count);
        columns_.resize(count, cdr_column::none);
    }
    for (std::size_t i = 0; i < count; ++i) {
        const text name = record.fields[i].name;
        if (names_[i] == name && !name.empty()) continue;
        names_[i] = name;
        columns_[i] = column_named(dialect_, name);
    }
    return std::span(columns_).first(count);
}

cdr_columns::cdr_columns(std::span<const cdr_column> meant, const cdr_record& record) noexcept {
    for (std::size_t i = 0; i < record.fields.size(); ++i) {
        text& value = values_[static_cast<std::size_t>(meant[i])];
        if (value.data() == nullptr) value = cdr_value(record.fields[i].value);
    }
    values_[0] = {};
}

}  // namespace callstream::parsers
