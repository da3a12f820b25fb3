#include "app/connect_check.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/ami_advice.h"
#include "app/poll_check.h"
#include "core/config_value.h"
#include "core/log.h"
#include "core/loop.h"
#include "core/slab.h"
#include "parsers/ami_decoder.h"
#include "parsers/ami_translator.h"
#include "sources/ami_client.h"
#include "sources/ami_probe.h"

namespace callstream::app {

namespace {

constexpr std::chrono::milliseconds look_interval{20};
constexpr std::chrono::milliseconds watch_time{1500};  // for events behind the login
constexpr std::chrono::milliseconds patience{30'000};

class event_watch final : public event_output {
public:
    void publish(const event& published) override {
        const text said = published.origin.said.event;
        if (said == "FullyBooted")
            seen.fully_booted = true;  // behind a login it has no Timestamp in any case
        else if (info_of(published.type).family() != "source") {
            ++seen.count;
            if (published.origin.quality == time_quality::source) ++seen.timed;
        }
    }
    seen_events seen;
};

bool is_loopback(std::string_view host) noexcept {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

class pbx_check {
public:
    pbx_check(const pbx_settings& pbx, loop& home, slab_pool& slabs)
        : pbx_(pbx),
          home_(home),
          translator_(pbx.translator, watch_),
          decoder_({pbx.translator.family, pbx.charset}, {translator_, watch_}),
          client_(*pbx.ami, {home, slabs, decoder_, watch_, {}}),
          probe_(
              {pbx.ami->username,
               pbx.ami->connection.tls.has_value() || is_loopback(pbx.ami->connection.host)},
              [this](const sources::ami_request& request, sources::ami_answer_handler handler) {
                  client_.ask(request, std::move(handler));
              },
              [this] { probed_ = true; }) {}

    void start() {
        until_ = home_.time() + patience;
        client_.start();
    }

    // Whether there is nothing more to wait for.
    bool look() {
        if (done_) return true;
        if (client_.connected() && !watched_from_) {
            watched_from_ = home_.time();
            probe_.start();
        }
        const bool failed = !client_.status().failure.empty();
        const bool watched = probed_ && home_.time() - *watched_from_ >= watch_time;
        if (!failed && !watched && home_.time() < until_) return false;
        done_ = true;
        print();
        client_.stop();
        return true;
    }
    bool logged_in() const noexcept { return watched_from_.has_value(); }

private:
    void print() const {
        const sources::ami_client_status status = client_.status();
        const stream_settings& to = pbx_.ami->connection;
        const std::string address = format_host_port({to.host, to.port});
        if (!logged_in()) {
            const std::string reason(status.failure.empty() ? "no answer in time" : status.failure);
            std::printf("pbx %s: cannot log in at %s: %s%s%s\n", pbx_.name.c_str(), address.c_str(),
                        reason.c_str(), status.detail.empty() ? "" : ": ",
                        std::string(status.detail).c_str());
            return;
        }
        const sources::ami_probe_report& report = probe_.report();
        std::printf("pbx %s: logged in at %s, AMI %s, Asterisk %s\n", pbx_.name.c_str(),
                    address.c_str(), std::string(status.version).c_str(),
                    report.version.empty() ? "of unknown version" : report.version.c_str());
        const auto said = advise(report, watch_.seen, pbx_.ami->event_mask);
        if (said.empty()) std::printf("    nothing that would lose or blur events\n");
        constexpr std::array<const char*, 3> kinds{"loses events", "blurs events", "not known"};
        for (const advice& each : said)
            std::printf("    %s: %s\n", kinds[static_cast<std::size_t>(each.kind)],
                        each.words.c_str());
    }

    const pbx_settings& pbx_;
    loop& home_;
    event_watch watch_;
    parsers::ami_translator translator_;
    parsers::ami_decoder decoder_;
    sources::ami_client client_;
    sources::ami_probe probe_;
    std::chrono::milliseconds until_{0};
    std::optional<std::chrono::milliseconds> watched_from_;
    bool probed_ = false;
    bool done_ = false;
};

// A PBX whose API knows one login would take a check's for that of the callstream that runs, and
// push nothing more once the check is over.
void tell_unchecked(const pbx_settings& pbx) {
    std::printf("pbx %s: %s\n", pbx.name.c_str(),
                pbx.api ? "its API is not logged in at by a check: that could end the login of a "
                          "callstream that runs"
                        : "pushes to us; there is nothing to connect to");
}

}  // namespace

bool check_connections(const settings& configured) {
    set_log(log_level::error, configured.log.format);
    loop home;
    slab_pool slabs;
    std::vector<std::unique_ptr<pbx_check>> checks;
    bool answers = true;
    for (const pbx_settings& pbx : configured.pbxes) {
        if (pbx.ami)
            checks.push_back(std::make_unique<pbx_check>(pbx, home, slabs));
        else if (!pbx.poll)
            tell_unchecked(pbx);
        if (pbx.poll) answers = check_poll(pbx) && answers;
    }
    std::optional<timer> looks;
    looks.emplace(home, [&] {
        std::size_t done = 0;
        for (const auto& check : checks)
            if (check->look()) ++done;
        if (done == checks.size()) looks.reset();
    });
    looks->repeat(look_interval);
    for (const auto& check : checks)
        check->start();
    home.run();
    return answers && std::all_of(checks.begin(), checks.end(),
                                  [](const auto& check) { return check->logged_in(); });
}

}  // namespace callstream::app
