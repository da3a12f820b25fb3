// One PBX's way from bytes to events: publisher, translator, decoder and AMI client, and what is
// kept of it in the journal, so that a restart of ours goes on with the same calls; or publisher,
// the decoder of the reports that it pushes, and the login at its API.
//
// Threads: the home loop.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "app/api_line.h"
#include "app/cdr_line.h"
#include "app/home_parts.h"
#include "app/home_status.h"
#include "app/journal_store.h"
#include "app/poll_line.h"
#include "app/settings.h"
#include "core/publisher.h"
#include "parsers/ami_decoder.h"
#include "parsers/ami_translator.h"
#include "parsers/yeastar_translator.h"
#include "sources/ami_client.h"

namespace callstream::app {

class pbx_line {
public:
    static result<std::unique_ptr<pbx_line>> open(const pbx_settings& settings,
                                                  const home_parts& parts);

    void start();
    void stop();
    bool stopped() const noexcept {
        return (!client_ || client_->stopped()) && (!api_ || api_->stopped()) &&
               (!poll_ || poll_->stopped()) && (!cdrs_ || cdrs_->stopped());
    }
    void tick(timestamp now);
    // Seen at this moment; a PBX that only pushes reports always is.
    bool connected() const noexcept;

    // Before start(), if it wants them: the events of this PBX that the journal still holds.
    bool wants_stored() const noexcept { return reports_ || poll_ || cdrs_; }
    void restore(const record& stored);

    // Null if this PBX sends no reports. Valid as long as the line.
    report_decoder* reports() noexcept { return cdrs_ ? &cdrs_->reports() : reports_.get(); }

    const publisher& events() const noexcept { return *publisher_; }
    pbx_status status() const;

private:
    pbx_line() = default;
    void open_reports(const pbx_settings& settings, const home_parts& parts);
    void restore(const std::function<bool(text name, text value)>& takes);
    void store_view();

    std::string family_;
    std::string transport_;  // how its events come: ami, push, websocket, poll
    std::unique_ptr<publisher> publisher_;
    std::unique_ptr<journal_store> store_;
    std::string view_;  // as it is stored: until when the PBX was seen, and when it began
    std::unique_ptr<poll_line> poll_;
    std::unique_ptr<parsers::ami_translator> translator_;
    std::unique_ptr<parsers::ami_decoder> decoder_;
    std::unique_ptr<sources::ami_client> client_;
    std::unique_ptr<api_line> api_;
    std::unique_ptr<report_decoder> reports_;
    std::unique_ptr<cdr_line> cdrs_;
};

}  // namespace callstream::app
