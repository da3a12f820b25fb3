#include "app/pbx_line.h"

#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "app/poll_status.h"

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

// Of its ways in the one that says whether it is seen.
std::string_view transport_of(const pbx_settings& settings) {
    if (settings.ami) return "ami";
    if (settings.subscription) return "websocket";
    const bool is_pushed = settings.push || settings.cdr_output;
    return settings.poll && !is_pushed ? poll_transport : "push";
}

}  // namespace

result<std::unique_ptr<pbx_line>> pbx_line::open(const pbx_settings& settings,
                                                 const home_parts& parts) {
    auto events = publisher::open(parts.events, parts.clock, settings.name);
    if (!events) return tl::unexpected(events.error());
    std::unique_ptr<pbx_line> line(new pbx_line);
    line->publisher_ = std::move(*events);
    line->family_ = settings.translator.family;
    line->transport_ = transport_of(settings);
    if (!empty(settings.filter)) {
        auto filter = event_filter::make(settings.filter);
        if (!filter) return tl::unexpected(filter.error());
        line->publisher_->set_filter(std::move(*filter));
    }
    const bool is_ucm = settings.translator.family == "grandstream";
    if (!is_ucm && (settings.push || settings.subscription)) {
        line->open_reports(settings, parts);
        return line;
    }
    line->store_ = std::make_unique<journal_store>(parts.events, settings.name);
    event_output* output = line->publisher_.get();
    if (is_ucm) {
        line->cdrs_ = std::make_unique<cdr_line>(
            settings, parts, cdr_line::places{*line->publisher_, *line->store_});
        output = &line->cdrs_->joined();
    } else if (settings.poll) {
        line->poll_ = std::make_unique<poll_line>(
            settings, parts, poll_line::places{*line->publisher_, *line->store_});
        output = &line->poll_->joined();
    }
    line->translator_ =
        std::make_unique<parsers::ami_translator>(settings.translator, *output, line->store_.get());
    line->restore([&](text name, text value) {
        if (name == view_name) line->view_ = value;
        return name == view_name || (line->poll_ && line->poll_->restore(name, value)) ||
               (line->cdrs_ && line->cdrs_->restore(name, value)) ||
               line->translator_->restore(name, value, now());
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
    if (line->cdrs_)
        if (auto opened = line->cdrs_->open(); !opened) return tl::unexpected(opened.error());
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

void pbx_line::restore(const record& stored) {
    if (reports_) reports_->restore(stored);
    if (poll_) poll_->restore(stored);
    if (cdrs_) cdrs_->reports().restore(stored);
}

void pbx_line::tick(timestamp now) {
    if (decoder_) decoder_->tick(now);
    if (report_decoder* const pushed = reports()) pushed->tick(now);
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

pbx_status pbx_line::status() const {
    pbx_status out;
    out.name = publisher_->pbx();
    out.family = family_;
    out.transport = transport_;
    out.connected = connected();
    out.events = publisher_->counters();
    out.types = publisher_->published_types();
    if (decoder_) {
        const decoder_counters counted = decoder_->counters();
        out.messages = counted.messages;
        out.messages_rejected = counted.rejected;
        out.messages_unverified = counted.unverified;
        out.bytes = counted.bytes;
    }
    if (client_) {
        out.connects = client_->counters().connects;
        const sources::ami_client_status seen = client_->status();
        out.reason = seen.failure;
        if (!seen.detail.empty()) out.reason.append(": ").append(seen.detail);
    }
    if (reports_) {
        out.messages = reports_->counters().reports;
        out.messages_rejected = reports_->counters().rejected;
    }
    if (api_) api_->add_to(out);
    if (poll_) poll_->add_to(out);
    if (cdrs_) cdrs_->add_to(out);
    return out;
}

bool pbx_line::connected() const noexcept {
    if (client_) return client_->connected();
    if (transport_ != poll_transport) return !api_ || api_->connected();
    return poll_ ? poll_->connected() : cdrs_->connected();
}

void pbx_line::start() {
    if (client_) client_->start();
    if (api_) api_->start();
    if (poll_) poll_->start();
    if (cdrs_) cdrs_->start();
}

void pbx_line::stop() {
    if (client_) client_->stop();
    if (api_) api_->stop();
    if (poll_) poll_->stop();
    if (cdrs_) cdrs_->stop();
}

}  // namespace callstream::app
