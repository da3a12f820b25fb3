// Reads what XINFO STREAM and XRANGE reply.
#pragma once

#include <cstddef>
#include <optional>

#include "core/result.h"
#include "sinks/redis_window.h"
#include "sinks/resp_reader.h"

namespace callstream::sinks {

result<redis_stream_info> read_stream_info(resp_reply reply);

struct stream_page {
    std::size_t entry_count = 0;
    redis_id last;
    bool foreign = false;  // an entry was not one of the records
};

// Shows each entry of XRANGE's reply to `window`.
result<stream_page> read_stream_page(resp_reply reply, redis_window& window);

}  // namespace callstream::sinks
