#include "app/journal_command.h"

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <filesystem>
#include <string>

#include "core/config_value.h"
#include "core/journal_file.h"
#include "core/time.h"

namespace callstream::app {

namespace {

// To the second: 2026-07-30 12:53:21.
std::string shown(timestamp time) {
    std::array<char, rfc3339_size> text;
    format_rfc3339(time, text);
    text[10] = ' ';
    return {text.data(), 19};
}

// Of what is stored, about: 63.2 MiB.
std::string shown(std::uint64_t bytes) {
    constexpr std::array<const char*, 5> units{"B", "KiB", "MiB", "GiB", "TiB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    for (; value >= 1024 && unit + 1 < units.size(); ++unit)
        value /= 1024;
    std::array<char, 32> text;
    const int size = std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s",
                                   value, units[unit]);
    return {text.data(), static_cast<std::size_t>(size)};
}

std::uint64_t sequence_next(const journal_report& report) {
    std::uint64_t last = 0;
    for (const segment_summary& segment : report.segments)
        last = std::max(last, segment.sequence_last);
    return last + 1;
}

void print_segments(const journal_report& report) {
    std::printf("%-28s %11s %11s %12s %12s  %-19s  %-19s\n", "SEGMENT", "SIZE", "USED", "FIRST",
                "LAST", "FROM (UTC)", "TO (UTC)");
    for (const segment_summary& segment : report.segments) {
        std::printf("%-28s %11s %11s", std::filesystem::path(segment.file).filename().c_str(),
                    shown(segment.bytes).c_str(), shown(segment.bytes_used).c_str());
        if (segment.sequence_first == 0)
            std::puts("            -            -");
        else
            std::printf(" %12" PRIu64 " %12" PRIu64 "  %-19s  %-19s\n", segment.sequence_first,
                        segment.sequence_last, shown(segment.recorded_first).c_str(),
                        shown(segment.recorded_last).c_str());
    }
}

void print_list(const journal_report& report) {
    print_segments(report);
    const std::uint64_t next = sequence_next(report);
    if (!report.cursors.empty()) std::printf("\n%-28s %12s %12s\n", "SINK", "NEXT", "BEHIND");
    for (const cursor_summary& cursor : report.cursors)
        std::printf("%-28s %12" PRIu64 " %12" PRIu64 "\n", cursor.name.c_str(),
                    cursor.sequence_next, next - std::min(next, cursor.sequence_next));
    if (!report.positions.empty()) std::printf("\n%-28s %s\n", "SOURCE", "POSITION");
    for (const auto& [name, value] : report.positions)
        std::printf("%-28s %s\n", name.c_str(), value.c_str());
}

int print_verdict(const std::string& path, const journal_report& report) {
    for (const journal_fault& fault : report.faults)
        std::fprintf(stderr, "%s:%" PRIu64 ": %s\n", fault.file.c_str(), fault.offset,
                     std::string(fault.what).c_str());
    std::printf("%s: %" PRIu64 " events in %zu segments, %zu faults\n", path.c_str(),
                report.event_count, report.segments.size(), report.faults.size());
    return report.faults.empty() ? exit_fine : exit_failed;
}

}  // namespace

journal_command::journal_command(CLI::App& program)
    : journal_looker(program, "journal", "Look into the journal, also while it is written",
                     "  callstream journal list\n"
                     "  callstream journal verify --journal /var/lib/callstream\n") {
    add("WHAT", what_,
        "list: segments, how far each sink is, source positions; verify: read every record, exit "
        "with 1 on any fault")
        .one_of({"list", "verify"})
        .required();
}

int journal_command::run() {
    const auto path = directory();
    if (!path) return exit_failed;
    const auto report = inspect_journal(*path);
    if (!report) return complain(*path, report.error());
    if (what_ == "verify") return print_verdict(*path, *report);
    print_list(*report);
    return exit_fine;
}

}  // namespace callstream::app
