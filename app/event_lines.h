// Writes events as lines to a file descriptor, without a journal: for replay and other offline use.
//
// What it writes depends on the events alone, never on how their bytes were cut: the recorded time
// is that of the event, the epoch is 0, sequences count from 1.
//
// Threads: one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/event.h"
#include "core/event_writer.h"
#include "core/result.h"
#include "sinks/readable_line.h"

namespace callstream::app {

enum class line_format : std::uint8_t { ndjson, readable, readable_coloured };

class event_lines final : public event_output {
public:
    event_lines(int descriptor, std::string_view pbx, line_format format);

    void publish(const event& published) override;

    // Writes what is buffered. Errors are kept: a closed pipe ends the work.
    result<void> flush();
    std::uint64_t published() const noexcept { return sequence_; }
    bool good() const noexcept { return !failed_; }
    std::uint64_t rejected() const noexcept { return rejected_; }  // too large for a record

private:
    int descriptor_;
    std::string pbx_;
    line_format format_;
    event_writer writer_;
    sinks::readable_line readable_;
    std::vector<char> room_;
    std::string waiting_;
    std::uint64_t sequence_ = 0;
    std::uint64_t rejected_ = 0;
    std::optional<error> failed_;
};

}  // namespace callstream::app
