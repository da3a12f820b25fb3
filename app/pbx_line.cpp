#include "app/pbx_line.h"

namespace callstream::app {

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
    line->translator_ =
        std::make_unique<parsers::ami_translator>(settings.translator, *line->publisher_);
    line->decoder_ = std::make_unique<parsers::ami_decoder>(
        parsers::ami_decoder_settings{settings.translator.family, settings.charset},
        parsers::ami_decoder_parts{*line->translator_, *line->publisher_});
    if (settings.ami) {
        line->client_ = std::make_unique<sources::ami_client>(
            *settings.ami, sources::ami_client_parts{parts.home, parts.slabs, *line->decoder_,
                                                     *line->publisher_, parts.on_batch});
    }
    return line;
}

void pbx_line::start() {
    if (client_) client_->start();
}

void pbx_line::stop() {
    if (client_) client_->stop();
}

}  // namespace callstream::app
