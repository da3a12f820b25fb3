// One recording from a PBX's HTTP server into a file; goes on where an earlier try broke off, if
// the server allows that.
//
// Lifetime: the client outlives it.
// Threads:  the loop's, which waits for the disk: not the home loop.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "core/http_client.h"
#include "sources/directory_size.h"
#include "sources/recording_file.h"

namespace callstream::sources {

struct recording_job {
    std::uint64_t number = 0;     // the caller's
    http_call_request request{};  // without a URL it must be in the directory already
    std::string directory{};
    std::string path{};    // below it
    std::string member{};  // of the tar that the answer is; empty: it is the recording
};

struct recording_outcome {
    std::uint64_t number = 0;
    std::optional<stored_recording> stored{};
    error failed{errc::invalid_state, {}};  // unless it is stored
    bool is_kept = false;    // though it failed it is in the directory, and lacks the bucket only
    bool is_outage = false;  // the bucket takes no recording now, whichever it is
    std::string detail{};    // the server's or the system's words about that
};

class recording_download final : http_receiver {
public:
    using handler = std::function<void(recording_outcome&&)>;

    recording_download(http_client& client, const recording_limits& limits, handler on_done)
        : call_(client, *this), limits_(limits), on_done_(std::move(on_done)) {}

    void start(recording_job job);
    void cancel() { call_.cancel(); }
    // Somebody has removed that much from the directory.
    void removed(std::uint64_t size) noexcept {
        if (kept_) kept_->remove(size);
    }

private:
    result<void> on_head(const http_answer_head& head) override;
    result<void> on_body(std::string_view piece) override;
    void on_done(const result<void>& outcome) override;
    result<void> refuse_status(int status);
    result<void> check_room(std::uint64_t own);
    result<void> restart();
    void discard();
    result<stored_recording> finish();
    void end(const result<stored_recording>& outcome);

    http_call call_;
    recording_limits limits_;
    handler on_done_;
    recording_job job_;  // without its request
    std::optional<directory_size> kept_;
    std::optional<recording_file> file_;
    std::string detail_;
};

}  // namespace callstream::sources
