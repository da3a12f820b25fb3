// Cuts a stream of server-sent events (text/event-stream) into events.
//
// Lines end with LF, CR or CRLF, wherever the bytes were cut. Comments and unknown fields are
// passed over; an event without data is none, as the standard has it.
//
// Lifetime: an event is valid until the next call of feed() or next().
// Threads:  one at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace callstream {

struct sse_event {
    std::string_view type;  // "message" where the server named none
    std::string_view id;    // the last one that was told; empty: none yet
    std::string_view data;  // its lines joined by LF
};

class sse_reader {
public:
    explicit sse_reader(std::size_t event_size_max) noexcept : event_size_max_(event_size_max) {}

    // The next bytes. too_large if they leave an event that cannot end within the bound; nothing
    // can be read from then on.
    result<void> feed(std::string_view bytes);
    // The next whole event of what was fed.
    std::optional<sse_event> next();

private:
    bool take_line(std::string_view& line);
    void use(std::string_view line);

    std::size_t event_size_max_;
    std::string waiting_;        // bytes that are no whole line yet, behind those that were read
    std::size_t read_ = 0;       // of waiting_
    std::size_t looked_ = 0;     // as far as there is no line end
    bool after_return_ = false;  // an LF that comes next belongs to the CR before it
    bool told_ = false;          // the event below was given out
    bool has_data_ = false;
    std::string type_;
    std::string id_;
    std::string data_;
};

}  // namespace callstream
