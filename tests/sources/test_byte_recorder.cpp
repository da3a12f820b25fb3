// What `callstream capture` keeps, and whether replay reads it.
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "sources/byte_recorder.h"
#include "sources/replay.h"
#include "tests/support/temporary_directory.h"

using namespace callstream;
using namespace callstream::sources;
using namespace std::chrono_literals;

namespace {

// Takes lines; what is torn stays pending.
class line_decoder final : public decoder {
public:
    void reset(timestamp) override {}
    result<std::size_t> decode(std::string_view pending, timestamp arrived,
                               message_handler*) override {
        std::size_t done = 0;
        for (std::size_t end; (end = pending.find('\n', done)) != std::string_view::npos;
             done = end + 1)
            lines.emplace_back(pending.substr(done, end - done), arrived);
        return done;
    }
    void finish(timestamp) override {}
    void tick(timestamp) override {}
    decoder_counters counters() const noexcept override { return {}; }

    std::vector<std::pair<std::string, timestamp>> lines;
};

std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// As a source does it: what is not consumed is given again with what comes behind it.
void hear(decoder& into, std::string& pending, std::string_view bytes, timestamp when) {
    pending.append(bytes);
    pending.erase(0, into.decode(pending, when, nullptr).value());
}

}  // namespace

TEST_CASE("a recording replays as it was heard", "[sources]") {
    const test::temporary_directory directory;
    const std::string name = directory / "morning";
    line_decoder heard;
    byte_recorder recorder(name, heard);
    const timestamp begun(1'795'230'000'000'007us);
    std::string pending;
    recorder.reset(begun);
    hear(recorder, pending, "one\ntw", begun);
    hear(recorder, pending, "o\n", begun + 3ms);
    hear(recorder, pending, "th", begun + 2s);
    hear(recorder, pending, "ree\nfour\nto", begun + 3s);
    recorder.finish(begun + 4s);
    CHECK(recorder.size() == 21);
    CHECK(recorder.files() == std::vector{name + ".ami"});
    CHECK(content_of(name + ".ami") == "one\ntwo\nthree\nfour\nto");
    CHECK(content_of(name + ".segments.jsonl")
              .starts_with("{\"i\":0,\"t\":1795230000.000007,\"off\":0,\"len\":6}\n"
                           "{\"i\":1,\"t\":1795230000.003007,\"off\":6,\"len\":2}\n"));

    line_decoder replayed;
    replay_settings settings;
    settings.path = name + ".ami";
    REQUIRE(replay(settings, replayed, [] { return true; }));
    CHECK(replayed.lines == heard.lines);
}

TEST_CASE("each connection is a recording of its own, for its owner alone", "[sources]") {
    const test::temporary_directory directory;
    const std::string name = directory / "day";
    line_decoder behind;
    byte_recorder recorder(name, behind);
    for (const char* greeting : {"first\n", "second\n"}) {
        std::string pending;
        recorder.reset(now());
        hear(recorder, pending, greeting, now());
        recorder.finish(now());
    }
    CHECK(content_of(name + ".ami") == "first\n");
    CHECK(content_of(name + ".2.ami") == "second\n");
    using std::filesystem::perms;
    CHECK(std::filesystem::status(name + ".ami").permissions() ==
          (perms::owner_read | perms::owner_write));

    byte_recorder again(name, behind);
    again.reset(now());
    REQUIRE(again.failed());
    CHECK(again.failed()->code == errc::io);
    CHECK(content_of(name + ".ami") == "first\n");
}
