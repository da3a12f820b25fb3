// tail, journal list and journal verify, over a journal that a test writes.
#include <filesystem>
#include <fstream>
#include <string>

#include <catch2/catch.hpp>

#include "tests/support/journal_events.h"
#include "tests/support/program.h"
#include "tests/support/temporary_directory.h"

using namespace callstream;
using namespace callstream::test;

namespace {

// Three events of one PBX, of which a sink has two; closed again.
void write_journal(const std::string& path) {
    const auto written = open_journal(small_journal(path));
    const std::uint16_t pbx = written->pbx_index("hq").value();
    append_numbers(*written, pbx, 1, 3);
    const auto reader = open_reader(*written, "live");
    read_payloads(*reader, true);
    append_numbers(*written, pbx, 3, 4);
}

void damage(const std::string& path, const std::string& part) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
        if (!entry.is_regular_file()) continue;
        std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
        const std::string bytes(std::istreambuf_iterator<char>(file), {});
        const std::size_t found = bytes.find(part);
        if (found == std::string::npos) continue;
        file.clear();
        file.seekp(static_cast<std::streamoff>(found));
        file.put('!');
        return;
    }
    FAIL("nothing to damage");
}

}  // namespace

TEST_CASE("tail prints what the journal holds, one event a line", "[app]") {
    const temporary_directory directory;
    const std::string journal = " --journal " + directory.path();
    write_journal(directory.path());
    const outcome out = run_program("tail --no-follow --format ndjson" + journal);
    CHECK(out.exit_code == 0);
    CHECK(out.output == payload_of(1) + '\n' + payload_of(2) + '\n' + payload_of(3) + '\n');
    CHECK(run_program("tail --no-follow" + journal).output == out.output);
    CHECK(run_program("tail --format pictures" + journal).exit_code == 1);
}

TEST_CASE("journal list shows segments and how far each sink is", "[app]") {
    const temporary_directory directory;
    write_journal(directory.path());
    const outcome out = run_program("journal list --journal " + directory.path());
    CAPTURE(out.output);
    CHECK(out.exit_code == 0);
    CHECK(out.output.starts_with("SEGMENT "));
    CHECK(contains(out.output, "\n00000000000000000000.segment     4.0 MiB "));
    CHECK(contains(out.output, "\nlive                                    3            1\n"));
}

TEST_CASE("journal verify finds a flipped byte", "[app]") {
    const temporary_directory directory;
    const std::string journal = "journal verify --journal " + directory.path();
    write_journal(directory.path());
    const outcome sound = run_program(journal);
    CAPTURE(sound.output);
    CHECK(sound.exit_code == 0);
    CHECK(contains(sound.output, ": 3 events in 1 segments, 0 faults\n"));

    damage(directory.path(), payload_of(2));
    const outcome damaged = run_program(journal);
    CAPTURE(damaged.output);
    CHECK(damaged.exit_code == 1);
    CHECK_FALSE(contains(damaged.output, " 0 faults"));
}

TEST_CASE("a journal that is not there is said so", "[app]") {
    const outcome out = run_program("journal list --journal /nowhere/journal");
    CHECK(out.exit_code == 1);
    CHECK(contains(out.output, "/nowhere/journal: "));
    CHECK(run_program("tail -c /nowhere/callstream.toml").exit_code == 1);
}
