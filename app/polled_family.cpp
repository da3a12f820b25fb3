#include "app/polled_family.h"

#include <array>

#include "app/time_zone.h"
#include "parsers/cdr_decoder.h"
#include "sources/state_task.h"

namespace callstream::app {

namespace {

using std::chrono::milliseconds;

struct builder {
    const pbx_settings& pbx;
    const polled_places& to;

    polled_family operator()(const std::monostate&) const { return {}; }

    polled_family operator()(const sources::nexo_settings& nexo) const {
        polled_family built;
        built.said = "9006";
        built.session = std::make_unique<sources::nexo_session>(nexo);
        built.rows = decoder(parsers::cdr_format::nexo_json);
        built.cdrs = std::make_unique<sources::nexo_cdr_api>(nexo, *built.rows,
                                                             offset_of_time_zone(pbx.timezone));
        return built;
    }

    polled_family operator()(const fiberme_poll& fiberme) const {
        polled_family built;
        built.said = "search-calllog-page";
        built.session = std::make_unique<sources::fiberme_session>(fiberme.api);
        built.rows = decoder(parsers::cdr_format::fiberme_json);
        auto log = std::make_unique<sources::fiberme_cdr_api>(fiberme.api, *built.rows);
        list_recordings(built, fiberme, *log);
        built.cdrs = std::move(log);
        built.fiberme = std::make_unique<parsers::fiberme_state>(to.output, pbx.charset);
        for (std::size_t i = 0; i < sources::fiberme_states.size(); ++i) {
            const auto part = static_cast<parsers::fiberme_part>(i);
            const bool is_load = part >= parsers::fiberme_part::cpu;
            built.readers.push_back(
                std::make_unique<parsers::fiberme_reader>(*built.fiberme, part));
            const auto make = [&api = fiberme.api, i](timestamp) {
                return sources::make_fiberme_state(api, sources::fiberme_states[i]);
            };
            ask(built,
                {std::string(sources::fiberme_states[i]), make,
                 is_load ? fiberme.load_every : fiberme.state_every},
                sources::judge_fiberme);
        }
        return built;
    }

    // The latest page of each list; what number it has, the log finds out.
    void list_recordings(polled_family& built, const fiberme_poll& fiberme,
                         const sources::fiberme_cdr_api& log) const {
        for (const auto kind :
             {parsers::fiberme_recording::conference, parsers::fiberme_recording::one_touch}) {
            built.recordings.push_back(std::make_unique<parsers::fiberme_recordings>(
                parsers::fiberme_recordings_settings{kind, pbx.timezone, pbx.charset}, to.output,
                to.kept));
            const bool conference = kind == parsers::fiberme_recording::conference;
            const auto list =
                conference ? sources::fiberme_list::conference : sources::fiberme_list::one_touch;
            const auto make = [&api = fiberme.api, &log, list](timestamp now) {
                return sources::make_fiberme_list(api, list, {now - std::chrono::hours(24), now},
                                                  log.page_base().value_or(1));
            };
            ask(built, *built.recordings.back(),
                {conference ? "conference recordings" : "one touch recordings", make,
                 fiberme.recordings_every},
                sources::judge_fiberme);
        }
    }

    polled_family operator()(const voipmonitor_poll& polled) const {
        const sources::voipmonitor_settings& api = polled.api;
        polled_family built;
        built.said = api.list == sources::voipmonitor_list::listing ? "LISTING"
                     : api.list == sources::voipmonitor_list::calls ? "getVoipCalls"
                                                                    : "listCdrIds";
        built.session = std::make_unique<sources::voipmonitor_session>(api);
        built.rows = decoder(parsers::cdr_format::voipmonitor_json);
        const auto offset = offset_of_time_zone(pbx.timezone);
        built.cdrs = std::make_unique<sources::voipmonitor_cdr_api>(api, *built.rows, offset);
        const auto judge = sources::judge_voipmonitor_api;
        built.calls = std::make_unique<parsers::voipmonitor_calls>(
            parsers::voipmonitor_state_settings{
                .timezone = pbx.timezone, .from = pbx.charset, .on_ended = to.on_call_ended},
            to.output, &to.kept);
        ask(built, *built.calls,
            {"active calls",
             [&api](timestamp) { return sources::make_voipmonitor_active_calls(api); },
             polled.calls_every},
            judge);
        read_status(built, parsers::voipmonitor_part::licence);
        ask(built,
            {"licence",
             [&api](timestamp) { return sources::make_voipmonitor_licence(api, "licenseCheck"); },
             polled.licence_every},
            judge);
        read_status(built, parsers::voipmonitor_part::licence_calls);
        ask(built,
            {"licence for calls",
             [&api](timestamp) {
                 return sources::make_voipmonitor_licence(api, "licenseCallsLimitCheck");
             },
             polled.licence_every},
            judge);
        if (polled.report.empty()) return built;
        read_status(built, parsers::voipmonitor_part::report);
        ask(built,
            {"report",
             [&api, &report = polled.report, offset](timestamp now) {
                 return sources::make_voipmonitor_report(api, report, now + offset(now));
             },
             polled.report_every},
            judge);
        return built;
    }

    void ask(polled_family& built, state_reader& reader, sources::state_question question,
             sources::state_task::judge judge) const {
        if (question.every <= milliseconds(0)) return;
        built.tasks.push_back(std::make_unique<sources::state_task>(
            std::move(question), judge, sources::state_places{reader, to.has_room, to.on_batch}));
    }
    // Of the reader that was added last.
    void ask(polled_family& built, sources::state_question question,
             sources::state_task::judge judge) const {
        ask(built, *built.readers.back(), std::move(question), judge);
    }
    void read_status(polled_family& built, parsers::voipmonitor_part part) const {
        built.readers.push_back(
            std::make_unique<parsers::voipmonitor_status>(part, to.output, pbx.charset));
    }

    polled_family operator()(const sources::ucm_settings& ucm) const {
        constexpr std::array formats{parsers::cdr_format::ucm_json, parsers::cdr_format::ucm_xml,
                                     parsers::cdr_format::ucm_csv};
        polled_family built;
        built.said = "cdrapi";
        built.session = std::make_unique<sources::ucm_session>(ucm);
        built.rows = decoder(formats[static_cast<std::size_t>(ucm.format)]);
        built.cdrs = std::make_unique<sources::ucm_cdr_api>(ucm, *built.rows,
                                                            offset_of_time_zone(pbx.timezone));
        return built;
    }

    std::unique_ptr<cdr_row_decoder> decoder(parsers::cdr_format format) const {
        parsers::cdr_decoder_settings settings;
        settings.format = format;
        settings.timezone = pbx.timezone;
        settings.charset = pbx.charset;
        settings.calls_by_channel = pbx.ami.has_value();
        return std::make_unique<parsers::cdr_decoder>(settings);
    }
};

}  // namespace

polled_family build_polled_family(const pbx_settings& pbx, const poll_settings& poll,
                                  const polled_places& to) {
    return std::visit(builder{pbx, to}, poll.api);
}

}  // namespace callstream::app
