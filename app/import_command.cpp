#include "app/import_command.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <unordered_set>

#include <unistd.h>

#include "app/event_lines.h"
#include "app/journal_store.h"
#include "app/load_settings.h"
#include "app/time_zone.h"
#include "core/batch_clock.h"
#include "core/cdr_row_identity.h"
#include "core/journal_reader.h"
#include "core/publisher.h"

namespace callstream::app {

namespace {

// For the rows between two looks: any of them has room, or is told again by the next import.
constexpr std::size_t room_wanted = 512 * 1024;
constexpr text said = "CDR file";

std::string_view family_of(std::string_view format) noexcept {
    const std::string_view product = format.substr(0, format.find('-'));
    return product == "ucm" ? "grandstream" : product;
}

// What is told offline is not kept.
class no_store final : public state_store {
public:
    void put(std::string_view, std::string_view) override {}
};

// Lets each record through once, however many there are: what the join remembers is bounded.
class once_output final : public event_output {
public:
    explicit once_output(event_output& behind) : behind_(behind) {}

    void publish(const event& published) override {
        const bool is_record = published.type == event_type::cdr_created;
        if (is_record) is_new_ = know(published.natural_key);
        if (is_record && !is_new_) ++repeated_;
        if (published.type == event_type::cdr_updated) is_new_ = true;
        if (is_new_) behind_.publish(published);  // a recording follows its record
    }
    // An event of this PBX that the journal holds.
    void restore(const record& stored) {
        std::string_view id = stored[attribute::id];
        if (stored.type != event_type::cdr_created || id.size() <= stored.pbx.size()) return;
        id.remove_prefix(stored.pbx.size() + 1);
        static_cast<void>(know(id));
    }
    std::uint64_t repeated() const noexcept { return repeated_; }

private:
    bool know(std::string_view key) { return keys_.insert(field_hash().add(key).value()).second; }

    event_output& behind_;
    std::unordered_set<std::uint64_t> keys_;
    bool is_new_ = true;
    std::uint64_t repeated_ = 0;
};

line_format format_named(std::string_view words) {
    const bool terminal = ::isatty(STDOUT_FILENO) == 1;
    const bool readable = words == "readable" || (words == "auto" && terminal);
    if (!readable) return line_format::ndjson;
    return terminal ? line_format::readable_coloured : line_format::readable;
}

std::vector<std::string> split(const std::string& names) {
    std::vector<std::string> parts;
    for (std::size_t at = 0; at <= names.size() && !names.empty();) {
        const std::size_t end = std::min(names.find(',', at), names.size());
        parts.push_back(names.substr(at, end - at));
        at = end + 1;
    }
    return parts;
}

// What the journal knows of the PBX's records: kept by whoever told them, and its events.
struct known_records {
    parsers::cdr_join& join;
    once_output& once;
};

void restore(const known_records& known, journal& events, const journal_store& store,
             std::string_view pbx) {
    parsers::cdr_join& join = known.join;
    store.for_each([&join](std::string_view name, std::string_view value) {
        static_cast<void>(join.restore(name, value));
    });
    const auto reader = journal_reader::open(events, "", start_at::oldest);
    if (!reader) return;
    for (;;) {
        const auto stored = (*reader)->next();
        if (!stored || !*stored) return;
        if ((*stored)->pbx == pbx) {
            join.restore(**stored);
            known.once.restore(**stored);
        }
        (*reader)->release((*stored)->position_next);
    }
}

}  // namespace

import_command::import_command(CLI::App& program)
    : command(program, "import", "Turn CDR files into events",
              "  callstream import --format nexo-csv --timezone Asia/Shanghai CDRReport-*.csv\n"
              "  callstream import --format asterisk-csv /var/log/asterisk/cdr-csv/Master.csv\n"
              "  callstream import -c callstream.toml --pbx hq --format ucm-json day.json\n") {
    add("FILE", paths_, "CDR files; - for standard input").required();
    add("--format", format_, "What they hold")
        .one_of({parsers::cdr_format_names.begin(), parsers::cdr_format_names.end()})
        .required();
    add("-c,--config", given_config_,
        "Add the events to the journal of this configuration, which must not be running; without "
        "it they are printed")
        .shown_as("FILE");
    add("--pbx", pbx_, "Name of the PBX: with -c one of its [pbx.NAME]; default: import");
    add("--timezone", timezone_, "IANA name of the zone of the files; default: the PBX's, or UTC")
        .checked(problem_of_time_zone);
    add("--charset", charset_, "Of their texts: guessed, utf-8, latin-1, cp1251, gbk")
        .one_of({parsers::charset_names.begin(), parsers::charset_names.end()});
    add("--columns", columns_, "Names of the columns of a CSV that has no row of them")
        .shown_as("NAME,NAME...");
    add("--output", output_, "ndjson, readable, or auto: readable on a terminal")
        .one_of({"auto", "ndjson", "readable"});
}

int import_command::run() {
    return given_config_.empty() ? print() : add_to_journal();
}

parsers::cdr_decoder_settings import_command::decoding(const pbx_settings* pbx) const {
    parsers::cdr_decoder_settings settings;
    const auto format =
        std::find(parsers::cdr_format_names.begin(), parsers::cdr_format_names.end(), format_);
    settings.format = static_cast<parsers::cdr_format>(format - parsers::cdr_format_names.begin());
    if (pbx != nullptr) {
        settings.timezone = pbx->timezone;
        settings.charset = pbx->charset;
        settings.calls_by_channel = pbx->ami.has_value();
    }
    if (!timezone_.empty()) settings.timezone = timezone_;
    if (!charset_.empty())
        settings.charset = static_cast<parsers::charset>(
            std::find(parsers::charset_names.begin(), parsers::charset_names.end(), charset_) -
            parsers::charset_names.begin());
    settings.columns = split(columns_);
    return settings;
}

int import_command::verdict(const import_counts& counts, std::uint64_t repeated,
                            std::uint64_t held_back) const {
    const auto shown = [](std::uint64_t count) { return static_cast<unsigned long long>(count); };
    std::fprintf(stderr,
                 "callstream: %llu CDRs, %llu of them new, %llu repeated; %llu could not be read\n",
                 shown(counts.rows), shown(counts.told - held_back), shown(repeated + held_back),
                 shown(counts.rejected));
    return counts.rejected == 0 && counts.failed == 0 ? exit_fine : exit_failed;
}

int import_command::print() {
    std::signal(SIGPIPE, SIG_IGN);  // who read enough has left: an error of the write, and no other
    event_lines lines(STDOUT_FILENO, pbx_.empty() ? "import" : pbx_, format_named(output_));
    no_store nowhere;
    once_output once(lines);
    parsers::cdr_join join({once, nowhere, [] { return true; }},
                           {std::string(family_of(format_)), std::string(said)});
    cdr_import import(decoding(nullptr), join, [&lines] { return lines.good(); });
    for (const std::string& path : paths_)
        if (!import.read(path)) break;
    const auto flushed = lines.flush();
    if (!flushed && flushed.error().sys != EPIPE)
        std::fprintf(stderr, "callstream: the output cannot be written: %s\n",
                     std::strerror(flushed.error().sys));
    const int code = verdict(import.counts(), join.counters().repeated, once.repeated());
    return flushed || flushed.error().sys == EPIPE ? code : exit_failed;
}

int import_command::add_to_journal() {
    const loaded_settings loaded = load_settings(given_config_);
    for (const config_problem& problem : loaded.problems)
        std::fprintf(stderr, "%s\n", format_problem(given_config_, problem).c_str());
    if (!loaded.problems.empty()) return exit_bad_config;
    const auto& pbxes = loaded.value.pbxes;
    const auto found = std::find_if(pbxes.begin(), pbxes.end(),
                                    [this](const pbx_settings& each) { return each.name == pbx_; });
    if (found == pbxes.end()) {
        std::string names;
        for (const pbx_settings& each : pbxes)
            names += (names.empty() ? "" : ", ") + each.name;
        std::fprintf(stderr, "%s: there is no PBX '%s'; --pbx must be one of: %s\n",
                     given_config_.c_str(), pbx_.c_str(), names.c_str());
        return exit_failed;
    }
    const std::string& family = found->translator.family;
    const bool is_asterisk = family_of(format_) == "asterisk" && family == "nexo";
    if (family != family_of(format_) && !is_asterisk) {
        std::fprintf(stderr, "%s: '%s' is a PBX of the family %s, which writes no %s\n",
                     given_config_.c_str(), pbx_.c_str(), family.c_str(), format_.c_str());
        return exit_failed;
    }
    return import_for(loaded.value, *found);
}

int import_command::import_for(const settings& configured, const pbx_settings& pbx) {
    const auto complain = [&configured](const error& reason) {
        std::fprintf(stderr, "callstream: the journal %s: %s%s%s\n",
                     configured.journal.path.c_str(), std::string(reason.what).c_str(),
                     reason.sys != 0 ? ": " : "", reason.sys != 0 ? std::strerror(reason.sys) : "");
        return exit_failed;
    };
    auto events = journal::open(configured.journal);
    if (!events) return complain(events.error());
    batch_clock clock;
    auto output = publisher::open(**events, clock, pbx.name);
    if (!output) return complain(output.error());
    if (!empty(pbx.filter)) {
        auto filter = event_filter::make(pbx.filter);
        if (!filter) return complain(filter.error());
        (*output)->set_filter(std::move(*filter));
    }
    journal_store store(**events, pbx.name);
    const auto has_room = [&events] { return (*events)->room(room_wanted).has_value(); };
    // What a poller remembers is its own: old records must not push it out.
    no_store nowhere;
    once_output once(**output);
    parsers::cdr_join join({once, nowhere, has_room}, {pbx.translator.family, std::string(said)});
    restore({join, once}, **events, store, pbx.name);
    bool is_full = false;
    cdr_import import(decoding(&pbx), join, [&] {
        clock.next_batch();
        (*events)->publish();
        is_full = !has_room();
        return !is_full;
    });
    for (const std::string& path : paths_)
        if (!import.read(path)) break;
    (*events)->publish();
    const int code = verdict(import.counts(), join.counters().repeated, once.repeated());
    if (!is_full) return code;
    std::fputs(
        "callstream: the journal is full; run callstream, and import again when its sinks "
        "have read: what is there is not told twice\n",
        stderr);
    return exit_failed;
}

}  // namespace callstream::app
