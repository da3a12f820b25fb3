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

#include "core/http_client.h"
#include "sources/recording_file.h"

namespace callstream::sources {

struct recording_job {
    std::uint64_t number = 0;  // the caller's
    http_call_request request{};
    std::string path{};
};

struct recording_outcome {
    std::uint64_t number = 0;
    std::optional<stored_recording> stored{};
    error failed{errc::invalid_state, {}};  // unless it is stored
    std::string detail{};                   // the server's or the system's words about that
};

class recording_download final : http_receiver {
public:
    using handler = std::function<void(recording_outcome&&)>;

    recording_download(http_client& client, const recording_limits& limits, handler on_done);

    void start(recording_job job);
    void cancel() { call_.cancel(); }

private:
    result<void> on_head(const http_answer_head& head) override;
    result<void> on_body(std::string_view piece) override;
    void on_done(const result<void>& outcome) override;
    result<void> refuse_status(int status);
    void end(const result<stored_recording>& outcome);

    http_call call_;
    recording_limits limits_;
    handler on_done_;
    std::uint64_t number_ = 0;
    std::optional<recording_file> file_;
    std::string detail_;
};

}  // namespace callstream::sources
