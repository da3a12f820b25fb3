// Where a Nexo keeps a recording: looks it up in its list (20053), by the time in its name, and has
// it downloaded (20036), which gives a tar. A manager event names it by its path on the PBX's disk,
// a CDR by the last of it; the list's is what the download takes.
//
// Its questions are the poll client's, with its login, its rate and its back-off; the download has
// the cookie of that login.
//
// Lifetime: settings outlive it, and so does the client that it is given.
// Threads:  the home loop.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/loop.h"
#include "sources/nexo_api.h"
#include "sources/poll_client.h"
#include "sources/recording_queue.h"

namespace callstream::sources {

// The minutes on the PBX's clock in which a recording of that name can be listed: its name tells
// when the call was answered, the list goes by when calls began. Nothing if the name tells no time.
std::optional<nexo_range> range_of_nexo_recording(std::string_view file);

class nexo_recordings final : public poll_task, public recording_locator {
public:
    explicit nexo_recordings(const nexo_settings& settings) : settings_(settings) {}

    // Before the first use.
    void ask_with(poll_client& client) {
        client_ = &client;
        client.add(*this);
    }

    std::string_view name() const noexcept override { return "recordings"; }
    std::optional<http_call_request> make_request(timestamp now) override;
    poll_judgement take(const poll_answer& answer) override;
    void on_no_answer(const error& reason) override;
    std::chrono::milliseconds wait() override;

    bool ready() const noexcept override { return client_ != nullptr; }
    void locate(const recording_facts& wanted, handler on_place) override;
    void cancel() override { on_place_ = nullptr; }

private:
    result<place> place_in(std::string_view body) const;

    const nexo_settings& settings_;
    poll_client* client_ = nullptr;
    std::string file_;
    nexo_range range_;
    handler on_place_;         // null: nothing is looked for
    bool logged_out_ = false;  // once for what is looked for
};

}  // namespace callstream::sources
