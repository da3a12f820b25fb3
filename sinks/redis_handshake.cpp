#include "sinks/redis_handshake.h"

#include <charconv>

#include "core/ensure.h"
#include "sinks/resp_writer.h"

namespace callstream::sinks {

namespace {

constexpr int major_version_min = 5;  // the first with streams

}  // namespace

std::string redis_handshake::begin() {
    std::string out;
    steps_.clear();
    next_ = 0;
    if (!settings_.password.empty()) {
        if (settings_.username.empty())
            append_command(out, {"AUTH", settings_.password.reveal()});
        else
            append_command(out, {"AUTH", settings_.username, settings_.password.reveal()});
        steps_.push_back(step::authenticate);
    }
    append_command(out, {"CLIENT", "SETNAME", "callstream:" + settings_.name});
    steps_.push_back(step::name);
    if (settings_.database != 0) {
        append_command(out, {"SELECT", std::to_string(settings_.database)});
        steps_.push_back(step::select);
    }
    append_command(out, {"INFO", "server"});
    steps_.push_back(step::server);
    append_command(out, {"ROLE"});
    steps_.push_back(step::role);
    return out;
}

std::optional<refusal> redis_handshake::on_reply(resp_reply reply) {
    ensure(!done() && !reply.empty(), "a handshake's reply belongs to a command");
    const step answered = steps_[next_++];
    if (reply[0].kind == resp_kind::error) return on_error(answered, reply[0].text);
    if (answered == step::server) return check_version(reply[0].text);
    if (answered == step::role && reply.size() > 1 && reply[1].text == "slave")
        return refusal_of("READONLY by its ROLE");
    return std::nullopt;
}

std::optional<refusal> redis_handshake::on_error(step answered, std::string_view said) {
    refusal refused = refusal_of(said);
    // The name is for the operator's convenience; and a user may lack the right to ask for the
    // server's version and role, but then the commands that matter will tell.
    const bool is_right = said.substr(0, 6) == "NOPERM";
    if (answered == step::name && said.substr(0, 3) == "ERR") return std::nullopt;
    if (is_right && answered != step::authenticate && answered != step::select) return std::nullopt;
    return refused;
}

std::optional<refusal> redis_handshake::check_version(std::string_view info) {
    constexpr std::string_view label = "redis_version:";
    const std::size_t found = info.find(label);
    if (found == std::string_view::npos) return std::nullopt;
    const std::string_view version = info.substr(found + label.size());
    int major = major_version_min;
    std::from_chars(version.data(), version.data() + version.size(), major);
    if (major >= major_version_min) return std::nullopt;
    return refusal{refusal_kind::person, "redis is too old: streams need version 5",
                   std::string(version.substr(0, version.find_first_of("\r\n")))};
}

}  // namespace callstream::sinks
