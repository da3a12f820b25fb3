// Every answer of the vendors' documents about how a PBX stands, as events: tests/data/FAMILY. And
// whether the inventories of those documents are whole.
#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include <catch2/catch.hpp>

#include "parsers/fiberme_recordings.h"
#include "parsers/fiberme_state.h"
#include "parsers/voipmonitor_state.h"
#include "tests/parsers/event_words.h"
#include "tests/parsers/format_of_file.h"
#include "tests/support/documented_examples.h"

using namespace callstream;
using namespace callstream::parsers;
using namespace callstream::test;

namespace {

constexpr timestamp read_at{std::chrono::seconds(1'670'846'400)};  // 2022-12-12T12:00:00Z

class unkept final : public state_store {
public:
    void put(std::string_view, std::string_view) override {}
};

using reading = std::function<state_reading(std::string_view, event_words&)>;

std::map<std::string, reading> readers() {
    std::map<std::string, reading> found;
    constexpr std::array parts{
        "calls", "extension-status", "trunk-info", "trunk-status", "cpu", "mem", "disk", "version"};
    for (std::size_t i = 0; i < parts.size(); ++i)
        found[std::string(".fiberme-") + parts[i]] = [i](std::string_view body,
                                                         event_words& words) {
            return fiberme_state(words).read(static_cast<fiberme_part>(i), body, read_at);
        };
    constexpr std::array statuses{"licence", "licence-calls", "report"};
    for (std::size_t i = 0; i < statuses.size(); ++i)
        found[std::string(".voipmonitor-") + statuses[i]] = [i](std::string_view body,
                                                                event_words& words) {
            return voipmonitor_status(static_cast<voipmonitor_part>(i), words).read(body, read_at);
        };
    found[".voipmonitor-active-calls"] = [](std::string_view body, event_words& words) {
        return voipmonitor_calls({"UTC"}, words).read(body, read_at);
    };
    for (const auto& [ending, kind] :
         {std::pair(".fiberme-conference", fiberme_recording::conference),
          std::pair(".fiberme-onetouch", fiberme_recording::one_touch)})
        found[ending] = [kind = kind](std::string_view body, event_words& words) {
            unkept nowhere;
            fiberme_recordings list({kind, "Asia/Shanghai"}, words, nowhere);
            // Of the first answer only what is new is told.
            list.read(R"({"code":0,"data":{"items":[]}})", read_at);
            return list.read(body, read_at);
        };
    return found;
}

std::vector<std::filesystem::path> files_of(const char* family) {
    std::vector<std::filesystem::path> files;
    for (const auto& each : std::filesystem::directory_iterator(data_folder() / family))
        files.push_back(each.path());
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace

TEST_CASE("every documented answer about a PBX's state becomes the events beside it",
          "[documents]") {
    const auto known = readers();
    std::set<std::string> seen;
    for (const char* const family : documented_families)
        for (const auto& file : files_of(family)) {
            const auto reader = known.find(file.extension().string());
            if (reader == known.end()) continue;
            INFO(file);
            seen.insert(reader->first);
            event_words words;
            const state_reading told = reader->second(text_of_file(file), words);
            std::string events;
            if (!told.problem.empty()) events += "problem: " + std::string(told.problem) + '\n';
            if (told.rejected > 0) events += "rejected " + std::to_string(told.rejected) + '\n';
            events += words.text;
            CHECK(events == text_of_file(file.string() + ".events"));
            if (const char* folder = std::getenv("CALLSTREAM_ROWS"))
                std::ofstream(std::filesystem::path(folder) / family /
                              (file.filename().string() + ".events"))
                    << events;
        }
    CHECK(seen.size() == known.size());
}

TEST_CASE("every example of the documents says what becomes of it", "[documents]") {
    for (const char* const family : documented_families)
        for (const documented_example& each : examples_of(family)) {
            INFO(family << ": " << each.title);
            const std::set<std::string> kinds{"sent", "read", "test", "left", "but"};
            bool is_answered = false;
            for (const example_line& line : each.lines) {
                INFO(line.place);
                CHECK(kinds.count(line.kind) == 1);
                CHECK_FALSE(line.said.empty());
                is_answered = is_answered || line.kind != "but";
            }
            CHECK(is_answered);
        }
}

TEST_CASE("every file of an example is there and read, and every file is of an example",
          "[documents]") {
    const auto known = readers();
    std::map<std::string, std::set<std::string>> named;
    for (const example_line& line : example_lines("read")) {
        INFO(line.place << ": " << line.said);
        named[line.family].insert(line.said);
        const std::filesystem::path file = data_folder() / line.family / line.said;
        const bool is_cdrs = format_of(file).has_value();
        CHECK(std::filesystem::exists(file));
        CHECK((is_cdrs || known.count(file.extension().string()) == 1));
        CHECK(std::filesystem::exists(file.string() + (is_cdrs ? ".rows" : ".events")));
    }
    for (const char* const family : documented_families)
        for (std::filesystem::path file : files_of(family)) {
            INFO(file);
            if (file.extension() == ".txt") continue;
            if (file.extension() == ".rows" || file.extension() == ".events")
                file.replace_extension();
            CHECK(named[family].count(file.filename().string()) == 1);
        }
}

TEST_CASE("every test that an example names is there", "[documents]") {
    const std::filesystem::path root = data_folder().parent_path().parent_path();
    for (const example_line& line : example_lines("test")) {
        INFO(line.place << ": " << line.said);
        const std::size_t blank = line.said.find(' ');
        REQUIRE(blank != std::string::npos);
        const std::string code = text_of_file(root / line.said.substr(0, blank));
        CHECK(code.find("TEST_CASE(\"" + line.said.substr(blank + 1) + '"') != std::string::npos);
    }
}
