#include "sinks/redis_refusal.h"

#include <algorithm>
#include <array>

namespace callstream::sinks {

namespace {

struct row {
    std::string_view begin;
    refusal_kind kind;
    std::string_view words;
};

using enum refusal_kind;
constexpr std::array rows{
    row{"LOADING", passing, "redis is still loading its data"},
    row{"MASTERDOWN", passing, "the redis replica has no link to its primary"},
    row{"CLUSTERDOWN", passing, "the redis cluster is down"},
    row{"READONLY", passing, "redis is a read-only replica"},
    row{"NOREPLICAS", passing, "redis has fewer replicas than it wants for a write"},
    row{"BUSY", passing, "redis is busy with a script"},
    row{"TRYAGAIN", passing, "the redis cluster is moving the stream"},
    row{"OOM", passing, "redis is out of memory (maxmemory)"},
    row{"MISCONF", passing, "redis cannot write its own snapshot to disk"},
    row{"NOAUTH", person, "redis wants a password"},
    row{"WRONGPASS", person, "redis does not know this user and password"},
    row{"ERR invalid password", person, "redis does not know this password"},
    row{"ERR AUTH", person, "redis has no password set, but one is configured"},
    row{"ERR Client sent AUTH", person, "redis has no password set, but one is configured"},
    row{"NOPERM", person, "the redis user may not do this; it needs xadd, xinfo and xrange"},
    row{"WRONGTYPE", person, "the redis key holds something else than a stream"},
    row{"MOVED", person, "the stream lives on another node of the redis cluster"},
    row{"ASK", person, "the stream is moving to another node of the redis cluster"},
    row{"ERR DB index", person, "redis has no database of this number"},
    row{"ERR max number of clients", passing, "redis has no room for another client"},
    row{"DENIED", person, "redis runs in protected mode and takes no remote clients"},
};

constexpr std::string_view conflict_mark = "equal or smaller than the target stream top item";

// Some errors repeat the command's arguments, which are the event's; those are cut off.
std::string shortened(std::string_view reply) {
    constexpr std::size_t size_max = 120;
    reply = reply.substr(0, std::min(reply.find(", with args"), size_max));
    std::string out(reply);
    for (char& byte : out)
        if (static_cast<unsigned char>(byte) < ' ' || byte == 0x7F) byte = ' ';
    return out;
}

}  // namespace

refusal refusal_of(std::string_view error_reply) {
    if (error_reply.find(conflict_mark) != std::string_view::npos)
        return {conflict, "the redis stream's top is above our ID", shortened(error_reply)};
    for (const row& known : rows)
        if (error_reply.substr(0, known.begin.size()) == known.begin)
            return {known.kind, known.words, shortened(error_reply)};
    return {passing, "redis refused a command", shortened(error_reply)};
}

}  // namespace callstream::sinks
