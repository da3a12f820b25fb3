#include "app/tail_command.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <thread>

#include <unistd.h>

#include "app/api_tail.h"
#include "app/line_printer.h"
#include "core/journal_file.h"
#include "sinks/web_request.h"

namespace callstream::app {

namespace {

constexpr std::chrono::milliseconds poll_interval{50};

void append_encoded(std::string& query, std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (const char each : text) {
        const auto byte = static_cast<unsigned char>(each);
        const bool plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                           (byte >= 'a' && byte <= 'z') || each == '.' || each == '_' ||
                           each == '-' || each == '*';
        if (plain)
            query += each;
        else
            query.append(1, '%').append(1, digits[byte >> 4]).append(1, digits[byte & 15]);
    }
}

// A parameter for each of the words, which commas separate.
void append_parameters(std::string& query, std::string_view name, std::string_view words) {
    while (!words.empty()) {
        const std::string_view word = words.substr(0, words.find(','));
        words.remove_prefix(std::min(words.size(), word.size() + 1));
        if (word.empty()) continue;
        query.append(query.empty() ? "" : "&").append(name).append("=");
        append_encoded(query, word);
    }
}

}  // namespace

tail_command::tail_command(CLI::App& program)
    : journal_looker(program, "tail", "Print events as they come, from the journal or from afar",
                     "  callstream tail --type 'call.*,queue.*' --queue support\n"
                     "  callstream tail --from-start --no-follow --format ndjson | jq .type\n"
                     "  callstream tail --journal /var/lib/callstream\n"
                     "  callstream tail --url http://127.0.0.1:8261 --extension 201\n") {
    add("--type", types_,
        "Only these types, several separated by commas, such as call.*; source.* always comes")
        .shown_as("TYPES");
    add("--pbx", pbxes_, "Only of these PBXes").shown_as("NAMES");
    add("--queue", queues_, "Only of these queues").shown_as("NAMES");
    add("--extension", extensions_, "Only of these numbers or devices, of any party")
        .shown_as("NUMBERS");
    add("--format", format_, "automatic: readable on a terminal, NDJSON otherwise")
        .one_of({"automatic", "ndjson", "readable"})
        .shown_as("FORMAT");
    add("--from-start", from_start_, "Begin with the oldest event that is kept");
    add("--no-follow", no_follow_,
        "Print the events that are kept and end; otherwise wait for more");
    add("--live", live_, "Ask the web server of the configuration instead of reading the journal");
    add("--url", url_, "Ask the web server at this address").shown_as("URL");
    add("--token", token_, "The web server's token").shown_as("TOKEN").or_from("CALLSTREAM_TOKEN");
}

std::string tail_command::query() const {
    std::string query;
    append_parameters(query, "type", types_);
    append_parameters(query, "pbx", pbxes_);
    append_parameters(query, "queue", queues_);
    append_parameters(query, "extension", extensions_);
    return query;
}

int tail_command::run() {
    const bool terminal = ::isatty(STDOUT_FILENO) == 1;
    const bool readable = format_ == "readable" || (format_ == "automatic" && terminal);
    line_printer printer(readable, terminal);
    if (!live_ && url_.empty()) return follow_journal(printer);
    if (from_start_ || no_follow_) {
        std::fputs(
            "callstream: --from-start and --no-follow are for the journal, which --url and "
            "--live do not read\n",
            stderr);
        return exit_failed;
    }
    const auto address = find_api(config_path_, url_, token_);
    return address ? tail_api(*address, query(), printer) : exit_failed;
}

int tail_command::follow_journal(line_printer& printer) {
    auto filter = sinks::stream_filter::make(query());
    if (!filter) {
        std::fprintf(stderr, "callstream: %s\n", std::string(filter.error().what).c_str());
        return exit_failed;
    }
    const auto path = directory();
    if (!path) return exit_failed;
    auto follower = journal_follower::open(*path, from_start_ || no_follow_);
    if (!follower) return complain(*path, follower.error());
    for (;;) {
        const auto event = (*follower)->next();
        if (!event) {
            printer.flush();
            return complain(*path, event.error());
        }
        if (*event) {
            if (filter->passes(**event)) printer.print(**event);
            continue;
        }
        if (!printer.flush()) return exit_failed;
        if (no_follow_) return exit_fine;
        std::this_thread::sleep_for(poll_interval);
    }
}

}  // namespace callstream::app
