#include <fstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "sources/replay.h"
#include "tests/support/temporary_directory.h"

using namespace callstream;
using namespace callstream::sources;
using namespace std::chrono_literals;

namespace {

// Takes lines; remembers each with the time at which it was whole.
class line_decoder final : public decoder {
public:
    struct line {
        std::string text;
        timestamp arrived;
        bool operator==(const line&) const = default;
    };

    void reset(timestamp) override { ++resets; }
    result<std::size_t> decode(std::string_view pending, timestamp arrived,
                               message_handler*) override {
        const std::size_t all = pending.size();
        for (std::size_t end; (end = pending.find('\n')) != std::string_view::npos;) {
            if (pending.substr(0, end) == "SSH-2.0") return failure(errc::wrong_protocol, "SSH");
            lines.push_back({std::string(pending.substr(0, end)), arrived});
            pending.remove_prefix(end + 1);
        }
        return all - pending.size();
    }
    void finish(timestamp) override { ++finishes; }
    void tick(timestamp time) override { ticks.push_back(time); }
    decoder_counters counters() const noexcept override { return {}; }

    std::vector<line> lines;
    std::vector<timestamp> ticks;
    int resets = 0;
    int finishes = 0;
};

std::string written(const test::temporary_directory& directory, const std::string& name,
                    const std::string& content) {
    const std::string path = directory.path() + "/" + name;
    std::ofstream(path, std::ios::binary) << content;
    return path;
}

constexpr auto go_on = [] { return true; };

}  // namespace

TEST_CASE("a message arrives when the read that completed it was recorded", "[sources]") {
    const test::temporary_directory directory;
    const std::string path = written(directory, "a.ami", "one\ntwo\nthree\n");
    written(directory, "a.segments.jsonl",
            "{\"i\":0,\"t\":100.5,\"off\":0,\"len\":6}\n{\"i\":1,\"t\":103.000001,\"off\":6,"
            "\"len\":8}\n");
    replay_settings settings{path};
    settings.cut = GENERATE(replay_cut::recorded, replay_cut::bytes, replay_cut::random);
    settings.cut_size = GENERATE(std::size_t{1}, std::size_t{3}, std::size_t{4096});
    line_decoder decoder;
    const auto report = replay(settings, decoder, go_on);
    REQUIRE(report);
    CHECK(report->timed);
    CHECK(report->bytes == 14);
    CHECK(decoder.lines == std::vector<line_decoder::line>{{"one", timestamp{100500000us}},
                                                           {"two", timestamp{103000001us}},
                                                           {"three", timestamp{103000001us}}});
    CHECK(decoder.ticks == std::vector<timestamp>{timestamp{100500000us}, timestamp{103000001us}});
    CHECK(decoder.resets == 1);
    CHECK(decoder.finishes == 1);
}

TEST_CASE("without recorded times all bytes arrive at once", "[sources]") {
    const test::temporary_directory directory;
    const std::string path = written(directory, "b.ami", "one\ntwo\n");
    line_decoder decoder;
    const auto report = replay({path, replay_cut::bytes, 1}, decoder, go_on);
    REQUIRE(report);
    CHECK_FALSE(report->timed);
    CHECK(report->reads == 8);
    REQUIRE(decoder.lines.size() == 2);
    CHECK(decoder.lines[0].arrived == decoder.lines[1].arrived);
}

TEST_CASE("recorded times that do not fit together are refused", "[sources]") {
    const test::temporary_directory directory;
    const std::string path = written(directory, "c.ami", "one\ntwo\n");
    written(directory, "c.segments.jsonl",
            GENERATE("{\"t\":1,\"off\":1,\"len\":4}\n", "{\"t\":1,\"off\":0}\n", "not json\n",
                     "{\"t\":-1,\"off\":0,\"len\":8}\n", "{\"t\":1e300,\"off\":0,\"len\":8}\n",
                     "{\"t\":1,\"off\":0,\"len\":1.5}\n", "{\"t\":1,\"off\":0,\"len\":-8}\n"));
    line_decoder decoder;
    const auto report = replay({path}, decoder, go_on);
    REQUIRE_FALSE(report);
    CHECK(report.error().code == errc::malformed);
}

TEST_CASE("a recording that is not there, or of something else, is an error", "[sources]") {
    const test::temporary_directory directory;
    line_decoder decoder;
    const auto absent = replay({directory.path() + "/none.ami"}, decoder, go_on);
    REQUIRE_FALSE(absent);
    CHECK(absent.error().code == errc::io);
    const auto other = replay({written(directory, "d.ami", "SSH-2.0\n")}, decoder, go_on);
    REQUIRE_FALSE(other);
    CHECK(other.error().code == errc::wrong_protocol);
}

TEST_CASE("a recording larger than a slab goes through in pieces", "[sources]") {
    const test::temporary_directory directory;
    std::string content;
    for (int i = 0; i < 40'000; ++i)
        content += "line " + std::to_string(i) + "\n";
    line_decoder decoder;
    const auto report = replay({written(directory, "e.ami", content)}, decoder, go_on);
    REQUIRE(report);
    CHECK(report->bytes == content.size());
    REQUIRE(decoder.lines.size() == 40'000);
    CHECK(decoder.lines.back().text == "line 39999");
}

TEST_CASE("who takes the events can end a replay", "[sources]") {
    const test::temporary_directory directory;
    line_decoder decoder;
    const auto report = replay({written(directory, "f.ami", "one\ntwo\n"), replay_cut::bytes, 1},
                               decoder, [] { return false; });
    REQUIRE(report);
    CHECK(report->reads == 1);
}
