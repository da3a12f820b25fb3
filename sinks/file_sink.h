// File and stdout sink: one event a line (NDJSON), or a readable line for a person.
//
// A file is rotated by size and by age: NAME becomes NAME.<UTC time of its first event>.
//
// Threads: its own loop.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "core/journal_reader.h"
#include "core/loop.h"
#include "core/sink.h"

namespace callstream::sinks {

// automatic: readable on a terminal, NDJSON otherwise.
enum class file_format : std::uint8_t { automatic, ndjson, readable };

struct file_settings {
    std::string name;  // of the sink, in the configuration
    std::string path;  // "-": stdout
    file_format format = file_format::automatic;
    std::uint64_t rotate_size = 0;         // bytes; 0: never
    std::chrono::seconds rotate_every{0};  // 0: never
    std::uint32_t keep_count = 0;          // rotated files kept; 0: all
    bool sync = false;                     // fsync before the cursor moves
};

class file_sink final : public sink {
public:
    file_sink(const file_settings& settings, loop& own_loop, journal_reader& reader);
    ~file_sink() override;

    std::string_view name() const noexcept override;
    void start() override;
    void wake() override;
    void drain(std::chrono::milliseconds deadline) override;
    bool drained() const noexcept override;
    void stop() override;
    const sink_counters& counters() const noexcept override;

private:
    class state;
    std::unique_ptr<state> state_;
};

}  // namespace callstream::sinks
