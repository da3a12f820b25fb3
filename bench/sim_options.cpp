#include "bench/sim_options.h"

#include <cstdio>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace callstream::sim {

namespace {

constexpr int exit_usage = 64;

// What the command line says before it is understood.
struct texts {
    std::vector<std::string> listen;
    std::string read = "all";
    std::string mix;
    std::string speed = "max";
    double duration_seconds = 0;
    unsigned settle_ms = 100;
};

void add_dialogue(CLI::App& app, options& chosen, texts& said) {
    app.add_option("--listen", said.listen, "[ADDRESS:]PORT; 0: a free port; one PBX for each")
        ->capture_default_str();
    app.add_option("--username", chosen.session.username, "manager user")->capture_default_str();
    app.add_option("--secret", chosen.session.secret, "its secret")->capture_default_str();
    app.add_option("--banner", chosen.session.banner, "first line")->capture_default_str();
    app.add_option("--read", said.read, "event classes the user may read")->capture_default_str();
    app.add_option("--settle", said.settle_ms,
                   "play once the client has asked nothing for that long, ms")
        ->capture_default_str();
    app.add_flag("--ami-1", chosen.version_1,
                 "made-up calls in the words of AMI 1.1, as Asterisk 1.8 and its appliances");
    app.add_flag("--timestamps", chosen.stamped, "events carry a Timestamp header");
    app.add_flag("--pbx-per-connection", chosen.pbx_per_connection,
                 "made-up calls: each connection sees a PBX of its own");
    app.add_option("--write-queue-max", chosen.session.write_queue_size_max,
                   "drop a client that lets more bytes wait")
        ->capture_default_str();
    app.add_option("--cut-at", chosen.session.cut_at, "end the first connection after N bytes");
    app.add_option("--cut-every", chosen.session.cut_every,
                   "end each connection after about N bytes, inside a message");
}

void add_plays(CLI::App& app, options& chosen, texts& said) {
    app.add_option("--rate", chosen.plan.calls_per_second, "made-up calls a second")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--calls", chosen.plan.calls_max, "how many; 0: no end");
    app.add_option("--duration", said.duration_seconds, "no new call after so many seconds");
    app.add_option("--mix", said.mix, "such as busy=1,hold=3; default: mostly answered calls");
    app.add_option("--time-scale", chosen.time_scale, "calls pass N times as fast")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--seed", chosen.seed, "of all that is random")->capture_default_str();
    app.add_option("--replay", chosen.captures, "play this capture; may repeat, a PBX for each");
    app.add_option("--speed", said.speed, "of a replay: N times as recorded, or max")
        ->capture_default_str();
    app.add_option("--loop", chosen.replay.loops, "replay so many times")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--load", chosen.load.event_count, "so many events as fast as they are read");
    app.add_option("--event-rate", chosen.load.events_per_second, "load: events a second");
    app.add_option("--connections", chosen.load.client_count, "load: wait for so many clients")
        ->capture_default_str();
    app.add_option("--summary", chosen.summary, "where to write it as JSON; -: stdout")
        ->capture_default_str();
    app.add_option("--control", chosen.control,
                   "port on 127.0.0.1 for: state, mark NAME, cut, cut inside, silent, restart, "
                   "reload, skew SECONDS");
    app.add_flag("--exit-when-done", chosen.exit_when_done, "else it goes on answering");
}

result<void> understand(const CLI::App& app, const texts& said, options& chosen) {
    for (const std::string& text : said.listen) {
        const auto address = parse_listen_address(text);
        if (!address) return tl::unexpected(address.error());
        chosen.listen.push_back(*address);
    }
    if (chosen.version_1 && app.count("--banner") == 0) chosen.session.banner = version_1_banner;
    if (app.count("--load") > 0) chosen.mode = play_mode::load;
    if (!chosen.captures.empty()) chosen.mode = play_mode::replay;
    if (chosen.listen.empty())
        chosen.listen.resize(std::max<std::size_t>(1, chosen.captures.size()));
    if (chosen.mode == play_mode::replay && chosen.listen.size() != chosen.captures.size())
        return failure(errc::bad_config, "as many --listen as --replay, or none");

    const auto mix = parse_mix(said.mix);
    if (!mix) return tl::unexpected(mix.error());
    chosen.plan.mix = chosen.load.mix = *mix;
    chosen.load.seed = chosen.seed;
    chosen.load.stamped = chosen.stamped;
    if (said.duration_seconds > 0)
        chosen.plan.arrivals = duration(static_cast<duration::rep>(said.duration_seconds * 1e6));
    if (said.speed != "max") {
        chosen.replay.speed = std::strtod(said.speed.c_str(), nullptr);
        if (chosen.replay.speed <= 0)
            return failure(errc::bad_config, "--speed wants a positive number or max");
    }
    chosen.session.readable = parse_event_mask(said.read);
    chosen.session.settle = std::chrono::milliseconds(said.settle_ms);
    return {};
}

}  // namespace

std::optional<options> parse_options(int argc, char** argv, int& exit_code) {
    options chosen;
    texts said;
    CLI::App app("Plays an Asterisk PBX over a real manager socket (AMI).", "callstream-sim");
    add_dialogue(app, chosen, said);
    add_plays(app, chosen, said);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {  // CLI11 reports nothing without an exception
        exit_code = app.exit(error) == 0 ? 0 : exit_usage;
        return std::nullopt;
    }
    if (const auto understood = understand(app, said, chosen); !understood) {
        fmt::print(stderr, "callstream-sim: {}\n", understood.error().what);
        exit_code = exit_usage;
        return std::nullopt;
    }
    return chosen;
}

}  // namespace callstream::sim
