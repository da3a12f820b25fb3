#include "app/replay_command.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <optional>
#include <vector>

#include <unistd.h>

#include "app/event_lines.h"
#include "app/time_zone.h"
#include "parsers/ami_decoder.h"
#include "parsers/ami_translator.h"
#include "parsers/yeastar_lines.h"
#include "sources/replay.h"

namespace callstream::app {

namespace {

// "recorded", a number of bytes, or "random:SEED".
std::optional<sources::replay_settings> cut_named(std::string_view words) {
    sources::replay_settings settings;
    if (words == "recorded") return settings;
    constexpr std::string_view random = "random:";
    const bool is_random = words.starts_with(random);
    if (is_random) words.remove_prefix(random.size());
    std::uint32_t number = 0;
    const char* end = words.data() + words.size();
    const auto read = std::from_chars(words.data(), end, number);
    if (read.ec != std::errc() || read.ptr != end || number == 0) return std::nullopt;
    settings.cut = is_random ? sources::replay_cut::random : sources::replay_cut::bytes;
    settings.cut_size = is_random ? 4096 : number;
    settings.cut_seed = number;
    return settings;
}

std::string problem_of_cut(const std::string& words) {
    return cut_named(words) ? "" : "not recorded, a number or random:SEED";
}

line_format format_named(std::string_view words) {
    const bool terminal = ::isatty(STDOUT_FILENO) == 1;
    const bool readable = words == "readable" || (words == "auto" && terminal);
    if (!readable) return line_format::ndjson;
    return terminal ? line_format::readable_coloured : line_format::readable;
}

parsers::charset charset_named(std::string_view words) {
    const auto found =
        std::find(parsers::charset_names.begin(), parsers::charset_names.end(), words);
    return static_cast<parsers::charset>(found - parsers::charset_names.begin());
}

void say_rejected(std::uint64_t count, const char* what) {
    if (count > 0)
        std::fprintf(stderr, "callstream: %llu %s\n", static_cast<unsigned long long>(count), what);
}

}  // namespace

replay_command::replay_command(CLI::App& program)
    : command(program, "replay", "Turn recorded bytes into events, offline",
              "  callstream replay --format ami morning.ami\n"
              "  callstream replay --format yeastar reports.ndjson\n"
              "  zstdcat day.ami.zst | callstream replay --format ami - --output ndjson\n") {
    add("FILE", path_, "The recorded bytes; - for standard input").required();
    add("--format", format_, "What was recorded").one_of({"ami", "yeastar"});
    add("--pbx", pbx_, "Name of the PBX in the events");
    add("--timezone", timezone_, "IANA name of the zone of the PBX's clock")
        .checked(problem_of_time_zone);
    add("--charset", charset_, "Of its texts: guessed, utf-8, latin-1, cp1251, gbk")
        .one_of({parsers::charset_names.begin(), parsers::charset_names.end()});
    add("--cut", cut_, "Reads: recorded, a number of bytes, or random:SEED")
        .checked(problem_of_cut);
    add("--output", output_, "ndjson, readable, or auto: readable on a terminal")
        .one_of({"auto", "ndjson", "readable"});
}

int replay_command::run() {
    std::signal(SIGPIPE, SIG_IGN);  // who read enough has left: an error of the write, and no other
    event_lines lines(STDOUT_FILENO, pbx_, format_named(output_));
    if (format_ == "yeastar") {
        parsers::yeastar_lines decoder({"yeastar", timezone_}, lines);
        return replay(decoder, lines);
    }
    parsers::ami_translator_settings translation;
    translation.timezone = timezone_;
    parsers::ami_translator translator(translation, lines);
    parsers::ami_decoder decoder({translation.family, charset_named(charset_)},
                                 {translator, lines});
    return replay(decoder, lines);
}

int replay_command::replay(decoder& decoder, event_lines& lines) {
    sources::replay_settings settings = *cut_named(cut_);
    settings.path = path_;
    const bool live = path_ == "-";  // who pipes wants to see each event as it comes
    const auto replayed = sources::replay(
        settings, decoder, [&] { return live ? lines.flush().has_value() : lines.good(); });
    const auto flushed = lines.flush();
    if (!replayed) {
        std::fprintf(stderr, "callstream: %s: %.*s%s%s\n", path_.c_str(),
                     static_cast<int>(replayed.error().what.size()), replayed.error().what.data(),
                     replayed.error().sys != 0 ? ": " : "",
                     replayed.error().sys != 0 ? std::strerror(replayed.error().sys) : "");
        return exit_failed;
    }
    if (!flushed) return flushed.error().sys == EPIPE ? exit_fine : exit_failed;
    say_rejected(decoder.counters().rejected, "messages were malformed, torn or too large");
    say_rejected(lines.rejected(), "events were too large");
    return exit_fine;
}

}  // namespace callstream::app
