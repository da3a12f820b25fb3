#include "app/capture_command.h"

#include <cinttypes>
#include <cstdio>
#include <cstring>

#include "app/load_settings.h"
#include "app/stop_signals.h"
#include "core/log.h"
#include "core/loop.h"
#include "core/slab.h"
#include "parsers/ami_decoder.h"
#include "parsers/ami_translator.h"
#include "sources/ami_client.h"
#include "sources/byte_recorder.h"

namespace callstream::app {

namespace {

class no_output final : public event_output {
public:
    void publish(const event&) override {}
};

// One PBX's client, with a recorder where its decoder would be.
class capture {
public:
    capture(const pbx_settings& pbx, const std::string& output, std::uint64_t size_max)
        : size_max_(size_max),
          translator_(pbx.translator, nothing_),
          decoder_({pbx.translator.family, pbx.charset}, {translator_, nothing_}),
          recorder_(output, decoder_),
          client_(*pbx.ami, {home_, slabs_, recorder_, nothing_, [this] { on_batch(); }}),
          signals_(home_, [this] { stop(); }),
          deadline_(std::in_place, home_, [this] { stop(); }) {}

    void run(std::chrono::seconds longest) {
        if (longest.count() > 0) deadline_->start(longest);
        client_.start();
        home_.run();
        recorder_.flush();
    }
    const sources::byte_recorder& recorder() const noexcept { return recorder_; }

private:
    void on_batch() {
        recorder_.flush();
        if (recorder_.size() >= size_max_ || recorder_.failed()) stop();
    }
    void stop() {
        if (!deadline_) return;
        deadline_.reset();
        signals_.close();
        client_.stop();
    }

    const std::uint64_t size_max_;
    loop home_;
    slab_pool slabs_;
    no_output nothing_;
    parsers::ami_translator translator_;
    parsers::ami_decoder decoder_;
    sources::byte_recorder recorder_;
    sources::ami_client client_;
    stop_signals signals_;
    std::optional<timer> deadline_;
};

}  // namespace

capture_command::capture_command(CLI::App& program)
    : command(
          program, "capture", "Record a PBX's raw bytes with their times, for replay",
          "  callstream capture --pbx hq --output morning --seconds 600\n"
          "  callstream replay morning.ami\n"
          "The recording has names and numbers of people in it. It has no secret of ours: only\n"
          "what the PBX says is recorded.\n") {
    add_config_option();
    add("--pbx", pbx_, "Name of the PBX in the configuration; needed if it has several");
    add("--output", output_, "Path without its ending").required();
    add("--seconds", seconds_, "End after that long; 0: at SIGINT or SIGTERM");
    add("--size-max", size_max_, "End at that size, in bytes");
}

const pbx_settings* capture_command::chosen_pbx(const settings& configured) const {
    const pbx_settings* chosen = nullptr;
    for (const pbx_settings& pbx : configured.pbxes) {
        if (!pbx.ami || (!pbx_.empty() && pbx.name != pbx_)) continue;
        if (chosen != nullptr) {
            std::fputs("callstream capture: there are several PBXes; say which with --pbx\n",
                       stderr);
            return nullptr;
        }
        chosen = &pbx;
    }
    if (chosen == nullptr)
        std::fprintf(stderr, "callstream capture: no PBX %s with AMI in the configuration\n",
                     pbx_.c_str());
    return chosen;
}

int capture_command::run() {
    const loaded_settings loaded = load_settings(config_path_);
    for (const config_problem& problem : loaded.problems)
        std::fprintf(stderr, "%s\n", format_problem(config_path_, problem).c_str());
    if (!loaded.problems.empty()) return exit_bad_config;
    const pbx_settings* const pbx = chosen_pbx(loaded.value);
    if (pbx == nullptr) return exit_bad_config;
    set_log(loaded.value.log.level, loaded.value.log.format);

    capture recording(*pbx, output_, size_max_);
    recording.run(std::chrono::seconds(seconds_));
    const sources::byte_recorder& recorder = recording.recorder();
    for (const std::string& file : recorder.files())
        std::printf("%s\n", file.c_str());
    std::fprintf(stderr, "callstream: %" PRIu64 " bytes recorded\n", recorder.size());
    if (!recorder.failed()) return recorder.size() > 0 ? exit_fine : exit_failed;
    std::fprintf(stderr, "callstream: %.*s: %s\n", static_cast<int>(recorder.failed()->what.size()),
                 recorder.failed()->what.data(), std::strerror(recorder.failed()->sys));
    return exit_failed;
}

}  // namespace callstream::app
