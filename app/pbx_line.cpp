#include "app/pbx_line.h"

#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace callstream::app {

namespace {

constexpr text view_name = "view";

struct stored_view {
    std::optional<timestamp> seen_until{};
    std::string boot{};
};

// Microseconds since 1970, a space, and the PBX's own words for when it began.
std::string encoded(const sources::ami_client_status& status) {
    return std::to_string(status.seen_until->time_since_epoch().count()) + ' ' +
           std::string(status.boot);
}

stored_view decoded(text value) {
    std::int64_t count = 0;
    const char* const end = value.data() + value.size();
    const auto read = std::from_chars(value.data(), end, count);
    if (read.ec != std::errc() || read.ptr == end || *read.ptr != ' ') return {};
    return {timestamp(duration(count)), std::string(read.ptr + 1, end)};
}

}  // namespace

result<std::unique_ptr<pbx_line>> pbx_line::open(const pbx_settings& settings,
                                                 const home_parts& parts) {
    auto events = publisher::open(parts.events, parts.clock, settings.name);
    if (!events) return tl::unexpected(events.error());
    std::unique_ptr<pbx_line> line(new pbx_line);
    line->publisher_ = std::move(*events);
    if (!empty(settings.filter)) {
        auto filter = event_filter::make(settings.filter);
        if (!filter) return tl::unexpected(filter.error());
        line->publisher_->set_filter(std::move(*filter));
    }
    if (settings.push || settings.subscription) {
        line->open_reports(settings, parts);
        return line;
    }
    line->store_ = std::make_unique<journal_store>(parts.events, settings.name);
    line->translator_ = std::make_unique<parsers::ami_translator>(
        settings.translator, *line->publisher_, line->store_.get());
    line->restore([&](text name, text value) {
        if (name == view_name) line->view_ = value;
        return name == view_name || line->translator_->restore(name, value, now());
    });
    line->decoder_ = std::make_unique<parsers::ami_decoder>(
        parsers::ami_decoder_settings{settings.translator.family, settings.charset},
        parsers::ami_decoder_parts{*line->translator_, *line->publisher_});
    if (settings.ami) {
        stored_view seen = decoded(line->view_);
        line->client_ = std::make_unique<sources::ami_client>(
            *settings.ami,
            sources::ami_client_parts{parts.home, parts.slabs, *line->decoder_, *line->publisher_,
                                      parts.on_batch, &line->translator_->repair(), seen.seen_until,
                                      std::move(seen.boot)});
    }
    return line;
}

void pbx_line::open_reports(const pbx_settings& settings, const home_parts& parts) {
    event_output* output = publisher_.get();
    if (settings.api) {
        store_ = std::make_unique<journal_store>(parts.events, settings.name);
        api_ = std::make_unique<api_line>(settings, parts, api_line::places{*publisher_, *store_});
        output = api_.get();
        restore([this](text name, text value) { return api_->restore(name, value); });
    }
    reports_ = std::make_unique<parsers::yeastar_translator>(
        parsers::yeastar_settings{settings.translator.family, settings.timezone, settings.charset},
        *output);
    if (api_) api_->decode_with(*reports_);
}

void pbx_line::restore(const std::function<bool(text name, text value)>& takes) {
    std::vector<std::string> useless;
    store_->for_each([&](text name, text value) {
        if (!takes(name, value)) useless.emplace_back(name);
    });
    for (const std::string& name : useless)
        store_->put(name, {});
}

void pbx_line::tick(timestamp now) {
    if (decoder_) decoder_->tick(now);
    if (reports_) reports_->tick(now);
    if (client_) store_view();
}

void pbx_line::store_view() {
    const sources::ami_client_status status = client_->status();
    if (!status.seen_until) return;
    std::string view = encoded(status);
    if (view == view_) return;
    store_->put(view_name, view);
    view_ = std::move(view);
}

void pbx_line::start() {
    if (client_) client_->start();
    if (api_) api_->start();
}

void pbx_line::stop() {
    if (client_) client_->stop();
    if (api_) api_->stop();
}

}  // namespace callstream::app
