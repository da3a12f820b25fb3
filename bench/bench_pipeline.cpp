// AMI bytes -> typed event -> JSON -> journal, on one core: events per second, ns and heap
// allocations per AMI event, beside a floor (copying the same bytes) measured in the same run.
//
//   bench_pipeline CAPTURE.ami [--seconds N] [--journal PATH] [--journal-bytes N]
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "bench/allocation_count.h"
#include "core/batch_clock.h"
#include "core/ensure.h"
#include "core/journal.h"
#include "core/limits.h"
#include "core/publisher.h"
#include "parsers/ami_decoder.h"
#include "parsers/ami_translator.h"

namespace callstream::bench {

namespace {

using steady = std::chrono::steady_clock;

struct measure {
    double seconds = 0;
    std::uint64_t messages = 0;
    std::uint64_t events = 0;
    std::uint64_t bytes = 0;
    std::uint64_t bytes_written = 0;
    std::uint64_t allocations = 0;
};

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    ensure(file.good(), "the capture can be read");
    return {std::istreambuf_iterator<char>(file), {}};
}

// One reader that acknowledges at once, so that the journal recycles its segments.
struct pipeline {
    explicit pipeline(const journal_settings& settings)
        : events(std::move(*journal::open(settings))),
          output(std::move(*publisher::open(*events, clock, "bench"))),
          translator({}, *output),
          decoder({}, {translator, *output}) {}

    // The whole capture once, in pieces as a socket gives them.
    void run(std::string_view bytes, std::size_t piece_size) {
        decoder.reset(clock.time());
        std::size_t begin = 0;
        for (std::size_t end = 0; end < bytes.size();) {
            end = std::min(bytes.size(), end + piece_size);
            clock.next_batch();
            const auto done =
                decoder.decode(bytes.substr(begin, end - begin), clock.time(), nullptr);
            ensure(done.has_value(), "a capture is AMI");
            begin += *done;
            events->publish();
        }
        events->reclaim(clock.time());
    }

    batch_clock clock;
    std::unique_ptr<journal> events;
    std::unique_ptr<publisher> output;
    parsers::ami_translator translator;
    parsers::ami_decoder decoder;
};

measure run_pipeline(pipeline& target, std::string_view bytes, double seconds) {
    constexpr std::size_t piece_size = 64 * 1024;
    target.run(bytes, piece_size);  // warms tables and pools
    measure result;
    const std::uint64_t messages = target.decoder.counters().messages;
    const std::uint64_t events = target.output->counters().published;
    const std::uint64_t written = target.events->published();
    const std::uint64_t allocations = allocation_count();
    const auto start = steady::now();
    do {
        target.run(bytes, piece_size);
        result.bytes += bytes.size();
        result.seconds = std::chrono::duration<double>(steady::now() - start).count();
    } while (result.seconds < seconds);
    result.messages = target.decoder.counters().messages - messages;
    result.events = target.output->counters().published - events;
    result.bytes_written = target.events->published() - written;
    result.allocations = allocation_count() - allocations;
    return result;
}

double copy_seconds_per_byte(std::string_view bytes, double seconds) {
    std::vector<char> target(bytes.size());
    std::uint64_t copied = 0;
    const auto start = steady::now();
    double elapsed = 0;
    do {
        std::memcpy(target.data(), bytes.data(), bytes.size());
        copied += bytes.size() + static_cast<unsigned char>(target[copied % bytes.size()]) / 256;
        elapsed = std::chrono::duration<double>(steady::now() - start).count();
    } while (elapsed < seconds);
    return elapsed / static_cast<double>(copied);
}

void print(const measure& measured, double floor) {
    const auto messages = static_cast<double>(measured.messages);
    const double ns = measured.seconds / messages * 1e9;
    const double ns_per_byte = measured.seconds / static_cast<double>(measured.bytes) * 1e9;
    std::printf(
        "%10.0f AMI messages/s  %7.1f ns each  %6.2f events each  %6.1f MB/s in  "
        "%6.1f MB/s journalled  %.4f allocations each  %.1fx the floor\n",
        messages / measured.seconds, ns, static_cast<double>(measured.events) / messages,
        static_cast<double>(measured.bytes) / measured.seconds / 1e6,
        static_cast<double>(measured.bytes_written) / measured.seconds / 1e6,
        static_cast<double>(measured.allocations) / messages, ns_per_byte / (floor * 1e9));
}

}  // namespace

}  // namespace callstream::bench

int main(int argument_count, char** arguments) {
    using namespace callstream;
    CLI::App app{"AMI bytes to journalled events, on one core"};
    std::string capture;
    double seconds = 2;
    int rounds = 5;
    journal_settings settings;
    settings.path = ":memory:";
    settings.max_bytes = 512u << 20;
    app.add_option("capture", capture, "recorded AMI bytes")->required();
    app.add_option("--seconds", seconds, "of each round");
    app.add_option("--rounds", rounds, "floor and pipeline in turn");
    app.add_option("--journal", settings.path, "directory of the journal");
    app.add_option("--journal-bytes", settings.max_bytes, "all of its segments together");
    CLI11_PARSE(app, argument_count, arguments);

    std::string bytes = bench::read_file(capture);
    const std::size_t size = bytes.size();
    bytes.append(limits::slab_spare_size, '\0');
    const std::string_view stream(bytes.data(), size);
    bench::pipeline pipeline(settings);
    for (int round = 0; round < rounds; ++round) {
        const double floor = bench::copy_seconds_per_byte(stream, seconds / 4);
        bench::print(bench::run_pipeline(pipeline, stream, seconds), floor);
    }
}
