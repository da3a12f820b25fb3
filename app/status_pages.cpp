#include "app/status_pages.h"

#include <algorithm>
#include <utility>

#include "app/health.h"
#include "app/metrics_text.h"
#include "app/version.h"
#include "core/journal_reader.h"

namespace callstream::app {

namespace {

// The age of the first event behind a position of the journal; 0 if there is none.
double age_behind(journal& events, std::uint64_t position) {
    if (position >= events.published()) return 0;
    const auto reader = journal_reader::open(events, "", start_at::oldest);
    if (!reader) return 0;
    (*reader)->seek(position);
    const auto next = (*reader)->next();
    if (!next || !*next) return 0;
    const std::chrono::duration<double> age = now() - (*next)->recorded_time;
    return std::max(age.count(), 0.0);
}

class metrics_page final : public web_page {
public:
    metrics_page(const status_board& board, journal& events) : board_(board), journal_(events) {}

    std::string_view path() const noexcept override { return "/metrics"; }
    web_secrecy secrecy() const noexcept override { return web_secrecy::with_token; }
    web_answer make(const web_request&) override {
        const auto status = board_.latest();
        if (!status) return {503, "text/plain; charset=utf-8", "starting\n", {}, {}};
        scrape at{std::chrono::steady_clock::now(), version_number, {}};
        for (const sink_status& sink : status->sinks)
            at.lag_seconds.push_back(
                sink.sequence < status->sequence ? age_behind(journal_, sink.position) : 0);
        return {200, "text/plain; version=0.0.4; charset=utf-8", metrics_text(*status, at), {}, {}};
    }

private:
    const status_board& board_;
    journal& journal_;
};

// Open to all that the list of addresses lets in: whoever asks, a load balancer or the kubelet, has
// no token.
class health_page final : public web_page {
public:
    using check = health_checks(const std::optional<home_status>&,
                                std::chrono::steady_clock::time_point);

    health_page(std::string_view path, check* checked, const status_board& board)
        : path_(path), check_(checked), board_(board) {}

    std::string_view path() const noexcept override { return path_; }
    web_secrecy secrecy() const noexcept override { return web_secrecy::open; }
    web_answer make(const web_request&) override {
        const health_checks checks = check_(board_.latest(), std::chrono::steady_clock::now());
        return {failed(checks) ? 503U : 200U, "application/json", health_json(checks), {}, {}};
    }

private:
    std::string_view path_;
    check* check_;
    const status_board& board_;
};

}  // namespace

std::vector<std::unique_ptr<web_page>> status_pages(const status_board& board, journal& events) {
    std::vector<std::unique_ptr<web_page>> pages;
    pages.push_back(std::make_unique<metrics_page>(board, events));
    pages.push_back(std::make_unique<health_page>("/livez", &check_alive, board));
    pages.push_back(std::make_unique<health_page>("/readyz", &check_ready, board));
    return pages;
}

}  // namespace callstream::app
