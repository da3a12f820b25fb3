// Reads what XINFO STREAM and XRANGE reply.
//
// Lifetime: the texts of entries are the reply's.
#pragma once

#include <string_view>
#include <vector>

#include "core/result.h"
#include "sinks/redis_window.h"
#include "sinks/resp_reader.h"

namespace callstream::sinks {

result<redis_stream_info> read_stream_info(resp_reply reply);

struct stream_entry_head {
    redis_id id;
    std::string_view source;  // empty where the entry has no such field
    std::string_view event_id;
};

// The entries that XRANGE replied with, into `page`, which keeps its memory.
result<void> read_stream_page(resp_reply reply, std::vector<stream_entry_head>& page);

}  // namespace callstream::sinks
