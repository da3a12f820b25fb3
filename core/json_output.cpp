#include "core/json_output.h"

#include "core/json_escape.h"

namespace callstream {

void json_writer::put_text(std::string_view piece) {
    const bool roomy = output_.has(escape_room(piece.size()));
    if (!roomy && !output_.reserve(escaped_size(piece))) return;
    const char* const end =
        roomy ? put_escaped(piece, output_.cursor()) : put_escaped_exactly(piece, output_.cursor());
    output_.advance(static_cast<std::size_t>(end - output_.cursor()));
}

void json_writer::text(std::string_view value) {
    if (value.data() == nullptr) {
        Null();
        return;
    }
    begin_text();
    put_text(value);
    end_text();
}

}  // namespace callstream
