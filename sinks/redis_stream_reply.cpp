#include "sinks/redis_stream_reply.h"

#include <optional>

namespace callstream::sinks {

namespace {

constexpr std::size_t entry_head_count = 3;  // the entry's array, its ID, the array of fields

tl::unexpected<error> strange() {
    return failure(errc::wrong_protocol, "redis described the stream in an unknown way");
}

// An entry is an array of its ID and an array of names and values.
std::optional<redis_id> id_of_entry(resp_reply entry) {
    if (entry.size() < entry_head_count || entry[0].kind != resp_kind::array) return std::nullopt;
    return parse_redis_id(entry[1].text);
}

std::string_view field_of_entry(resp_reply entry, std::string_view name) {
    for (std::size_t i = entry_head_count; i + 1 < entry.size(); i += 2)
        if (entry[i].text == name) return entry[i + 1].text;
    return {};
}

}  // namespace

result<redis_stream_info> read_stream_info(resp_reply reply) {
    redis_stream_info info;
    info.first = redis_id::last();
    bool complete = false;
    for (std::size_t i = 1; i + 1 < reply.size();) {
        const std::string_view name = reply[i].text;
        const resp_reply value = reply.subspan(i + 1, node_count(reply.subspan(i + 1)));
        if (name == "last-generated-id" || name == "max-deleted-entry-id") {
            const auto id = parse_redis_id(value[0].text);
            if (!id) return strange();
            complete = complete || name[0] == 'l';
            (name[0] == 'l' ? info.last : info.deleted_max) = *id;
        } else if (name == "first-entry" && value[0].kind == resp_kind::array) {
            const auto id = id_of_entry(value);
            if (!id) return strange();
            info.first = *id;
        }
        i += 1 + value.size();
    }
    if (!complete) return strange();
    return info;
}

result<void> read_stream_page(resp_reply reply, std::vector<stream_entry_head>& page) {
    page.clear();
    if (reply.empty() || reply[0].kind != resp_kind::array) return strange();
    for (resp_reply rest = reply.subspan(1); !rest.empty();) {
        const resp_reply entry = rest.subspan(0, node_count(rest));
        const auto id = id_of_entry(entry);
        if (!id) return strange();
        page.push_back({*id, field_of_entry(entry, "source"), field_of_entry(entry, "id")});
        rest = rest.subspan(entry.size());
    }
    return {};
}

}  // namespace callstream::sinks
