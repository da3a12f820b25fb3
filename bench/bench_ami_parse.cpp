// AMI framing and header index: how fast, beside a plain copy and a scanner that asks memchr
// twice a line, and without allocating.
//
// All three run in turns over the same bytes, in reads of 64 KiB; the best round of each counts.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/allocation_count.h"
#include "core/field.h"
#include "parsers/ami_framer.h"
#include "parsers/ami_message.h"
#include "tests/support/capture.h"

namespace callstream::bench {

namespace {

constexpr std::size_t read_size = 64 * 1024;
constexpr int round_count = 240;

struct tally {
    std::size_t messages = 0;
    std::size_t checksum = 0;  // so that nothing is optimised away

    bool operator==(const tally&) const = default;
};

// Calls take(pending), which returns how much it is done with, as a socket's reader would.
template <class Take>
void in_reads(std::string_view bytes, Take&& take) {
    std::size_t done = 0;
    for (std::size_t arrived = 0; arrived < bytes.size();) {
        arrived = std::min(bytes.size(), arrived + read_size);
        done += take(bytes.substr(done, arrived - done));
    }
}

class indexer {
public:
    explicit indexer(bool with_views) : with_views_(with_views) { framer_.skip_greeting(); }

    tally run(std::string_view bytes) {
        tally counted;
        in_reads(bytes, [&](std::string_view pending) {
            std::size_t done = 0;
            for (;;) {
                const auto found = framer_.next(pending.substr(done));
                done += framer_.frame().size_wire;
                if (found == parsers::ami_found::nothing) return done;
                if (found != parsers::ami_found::message) continue;
                message_.index(framer_.frame());
                ++counted.messages;
                counted.checksum +=
                    with_views_ ? message_.headers().size() : message_.header_count();
            }
        });
        return counted;
    }

private:
    bool with_views_;
    parsers::ami_framer framer_;
    parsers::ami_message message_;
};

// The floor that a reader who knows his libc would write: no look-up of names, no checks, and
// bare line feeds in values cut the line.
class two_memchr_scanner {
public:
    tally run(std::string_view bytes) {
        tally counted;
        in_reads(bytes, [&](std::string_view pending) {
            const char* const end = pending.data() + pending.size();
            const char* message = pending.data();
            const char* line = message;
            std::size_t count = 0;
            while (const void* found = std::memchr(line, '\n', size_of(line, end))) {
                const char* const line_feed = static_cast<const char*>(found);
                const char* const line_end =
                    line_feed - (line_feed > line && line_feed[-1] == '\r');
                if (line_end == line) {
                    ++counted.messages;
                    counted.checksum += count;
                    count = 0;
                    message = line_feed + 1;
                } else if (const void* at = std::memchr(line, ':', size_of(line, line_end))) {
                    const char* const colon = static_cast<const char*>(at);
                    const char* const value = colon + 1 + (colon[1] == ' ');
                    headers_[count++ % headers_.size()] = {{line, size_of(line, colon)},
                                                           {value, size_of(value, line_end)}};
                }
                line = line_feed + 1;
            }
            return size_of(pending.data(), message);
        });
        return counted;
    }

private:
    static std::size_t size_of(const char* begin, const char* end) noexcept {
        return static_cast<std::size_t>(end - begin);
    }

    std::array<header, 4096> headers_;
};

class copier {
public:
    explicit copier(std::size_t size) : copy_(size) {}

    tally run(std::string_view bytes) {
        std::memcpy(copy_.data(), bytes.data(), bytes.size());
        return {0, static_cast<std::size_t>(copy_[bytes.size() / 2])};
    }

private:
    std::vector<char> copy_;
};

struct contender {
    const char* name;
    std::function<tally(std::string_view)> run;
    std::chrono::nanoseconds best = std::chrono::nanoseconds::max();
    std::uint64_t allocations = 0;
    tally counted{};
};

// Whole messages from the middle of the load capture: with the copy of them that is made between,
// few enough to stay in a second cache of 512 KiB, as what was just read from a socket does.
std::string_view sample_of(std::string_view bytes) {
    constexpr std::size_t size = 192 * 1024;
    constexpr std::string_view message_end = "\r\n\r\n";
    const std::size_t begin = bytes.find(message_end, bytes.size() / 2) + message_end.size();
    const std::size_t end = bytes.rfind(message_end, begin + size) + message_end.size();
    return bytes.substr(begin, end - begin);
}

int run(const std::string& name) {
    const test::capture recorded = test::load_capture(name);
    const std::string_view sample = sample_of(recorded.bytes());
    indexer index(false);
    indexer views(true);
    two_memchr_scanner scanner;
    copier copy(sample.size());
    std::array contenders{
        contender{"callstream", [&](std::string_view bytes) { return index.run(bytes); }},
        contender{"and views", [&](std::string_view bytes) { return views.run(bytes); }},
        contender{"two memchr", [&](std::string_view bytes) { return scanner.run(bytes); }},
        contender{"memcpy", [&](std::string_view bytes) { return copy.run(bytes); }},
    };
    for (int round = 0; round < round_count; ++round) {
        for (contender& each : contenders) {
            if (round == 1) each.allocations = allocation_count();
            const auto start = std::chrono::steady_clock::now();
            each.counted = each.run(sample);
            each.best = std::min<std::chrono::nanoseconds>(
                each.best, std::chrono::steady_clock::now() - start);
            if (round == 1) each.allocations = allocation_count() - each.allocations;
        }
    }
    const auto messages = static_cast<double>(contenders[0].counted.messages);
    const auto ns_ours = static_cast<double>(contenders[0].best.count());
    std::printf("%s: %zu bytes, %.0f messages, %.0f bytes and %.1f headers a message, %s\n",
                name.c_str(), sample.size(), messages,
                static_cast<double>(sample.size()) / messages,
                static_cast<double>(contenders[0].counted.checksum) / messages,
                parsers::ami_simd_variants().front().instructions.data());
    std::printf("%-12s %12s %10s %12s %12s\n", "", "ns/message", "MB/s", "ours is", "allocations");
    for (const contender& each : contenders) {
        const auto ns = static_cast<double>(each.best.count());
        std::printf("%-12s %12.1f %10.0f %11.2fx %12llu\n", each.name, ns / messages,
                    static_cast<double>(sample.size()) * 1e3 / ns, ns / ns_ours,
                    static_cast<unsigned long long>(each.allocations));
    }
    const bool agree = contenders[0].counted.messages == contenders[2].counted.messages;
    if (!agree) std::printf("the scanner counts %zu messages\n", contenders[2].counted.messages);
    return 0;
}

}  // namespace

}  // namespace callstream::bench

int main(int argument_count, char** arguments) {
    return callstream::bench::run(argument_count > 1 ? arguments[1] : "m_mixed");
}
