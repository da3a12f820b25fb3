// Keeps what a source hands to its decoder: the raw bytes in NAME.ami and when they came in
// NAME.segments.jsonl, as replay reads them.
//
// Each connection is a recording of its own, NAME, NAME.2, NAME.3 ..., for each begins with a
// greeting. Only what the peer said is kept, never what we sent, so that no secret of ours is in
// it.
//
// Lifetime: the decoder behind it outlives it.
// Threads:  the source's loop; writing may wait for the disk.
#pragma once

#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "core/decoder.h"
#include "core/error.h"

namespace callstream::sources {

class byte_recorder final : public decoder {
public:
    // `name`: a path without its ending. Files that are there already are not written over.
    byte_recorder(std::string name, decoder& behind);

    void reset(timestamp now) override;
    result<std::size_t> decode(std::string_view pending, timestamp arrived,
                               message_handler* handler) override;
    void finish(timestamp now) override;
    void tick(timestamp now) override { behind_.tick(now); }
    decoder_counters counters() const noexcept override { return behind_.counters(); }

    // What was recorded is in the files.
    void flush();
    std::uint64_t size() const noexcept { return size_total_; }
    const std::vector<std::string>& files() const noexcept { return files_; }  // of the bytes
    const std::optional<error>& failed() const noexcept { return failed_; }

private:
    void open();
    void write(std::string_view bytes, timestamp arrived);

    const std::string name_;
    decoder& behind_;
    std::ofstream bytes_;
    std::ofstream times_;
    std::size_t known_size_ = 0;  // of what is pending, and is written
    std::uint64_t size_ = 0;      // of this recording
    std::uint64_t read_count_ = 0;
    std::uint64_t size_total_ = 0;
    std::uint64_t connection_count_ = 0;
    std::vector<std::string> files_;
    std::optional<error> failed_;
};

}  // namespace callstream::sources
