#include "app/poll_family_options.h"

#include <array>
#include <string>

#include "app/connection_options.h"
#include "app/ucm_options.h"

namespace callstream::app {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

// 0: never.
constexpr duration_range waits{milliseconds(0), hours(24)};
constexpr std::array<std::string_view, 3> page_bases{"automatic", "0", "1"};
constexpr std::array<std::string_view, 3> list_names{"listing", "calls", "ids"};
constexpr std::array<std::string_view, 3> sound_names{"wav", "ogg", "zip"};
enum class page_base : std::uint8_t { automatic, zero, one };

bool is_path(std::string_view text) {
    return text.empty() ||
           (text.starts_with('/') && text.find_first_of(" ?#\r\n") == std::string_view::npos);
}

void read_fiberme(config_table& from, fiberme_poll& fiberme) {
    from.text({"login_path", "of the login"}, fiberme.api.login_path);
    if (fiberme.api.login_path.empty() || !is_path(fiberme.api.login_path))
        from.fail("login_path", "must be a path such as /pbx/auth/login");
    from.text({"token_header", "that carries the token"}, fiberme.api.token_header);
    if (fiberme.api.token_header.empty() ||
        fiberme.api.token_header.find_first_of(" :\r\n") != std::string::npos)
        from.fail("token_header", "must be a header's name");
    from.number({"page_size", "calls of one page"}, fiberme.api.page_size,
                {std::size_t{1}, std::size_t{1000}});
    page_base base = page_base::automatic;
    from.choice({"page_base", "the number of the first page; automatic: found out"}, base,
                page_bases);
    if (base != page_base::automatic) fiberme.api.page_base = base == page_base::one ? 1U : 0U;
    from.duration({"state_every", "how often calls, extensions and trunks are asked for; 0: never"},
                  fiberme.state_every, waits);
    from.duration({"load_every", "how often CPU, memory and storage are asked for; 0: never"},
                  fiberme.load_every, waits);
    from.duration({"recordings_every",
                   "how often conference and one touch recordings are asked for; 0: never"},
                  fiberme.recordings_every, waits);
}

void read_voipmonitor(config_table& from, voipmonitor_poll& polled) {
    std::string path;
    from.text({"path", "of the web interface, such as /demo"}, path);
    if (!is_path(path)) from.fail("path", "must be a path such as /demo");
    polled.api.url += path;
    from.choice({"list", "listing: the web interface's; calls: getVoipCalls; ids: listCdrIds"},
                polled.api.list, list_names);
    from.number({"page_size", "calls of one page"}, polled.api.page_size,
                {std::size_t{1}, std::size_t{10'000}});
    from.properties({"filter", "only such CDRs, as that way calls its filters: fcaller = \"190\""},
                    polled.api.filter);
    for (const auto& [name, value] : polled.api.filter)
        if (const auto problem = sources::problem_of_voipmonitor_filter(polled.api.list, name);
            !problem.empty())
            from.fail("filter", std::string(problem) + ": '" + name + "'");
    from.number({"first_id", "with list = \"ids\": the CDR that it begins with"},
                polled.api.first_id, {std::uint64_t{0}, std::uint64_t{1} << 53});
    from.text({"sensor", "number of the sensor whose active calls are told; empty: all"},
              polled.api.sensor_id);
    from.duration({"calls_every", "how often active calls are asked for; 0: never"},
                  polled.calls_every, waits);
    from.duration({"licence_every", "how often the licence is checked; 0: never"},
                  polled.licence_every, waits);
    from.text({"report", "name of a report whose summary is told; empty: none"}, polled.report);
    from.duration({"report_every", "how often that is"}, polled.report_every, waits);
    from.choice({"sound", "of recordings: wav, ogg, or zip"}, polled.sound, sound_names);
    from.flag({"after_connect", "whether a recording's sound begins with the answer"},
              polled.api.after_connect);
    from.flag({"captures", "whether the packets of calls are fetched as well, as PCAP"},
              polled.captures);
    from.duration({"captures_within", "of captures: with the call's legs of that time; 0: its own"},
                  polled.api.legs_within, waits);
    from.text({"audit_reason", "for VoIPmonitor's audit log, with calls and sounds; empty: none"},
              polled.api.audit_reason);
}

}  // namespace

void read_polled_family(config_table& from, std::string_view family, poll_settings& poll,
                        const secret& password) {
    if (family == "fiberme") {
        fiberme_poll fiberme;
        fiberme.api.url = poll.client.url;
        fiberme.api.username = poll.username;
        fiberme.api.password = password;
        read_fiberme(from, fiberme);
        poll.api = std::move(fiberme);
    } else if (family == "grandstream") {
        sources::ucm_settings ucm;
        ucm.url = poll.client.url;
        ucm.username = poll.username;
        ucm.password = password;
        read_ucm_poll(from, ucm);
        poll.api = std::move(ucm);
    } else if (family == "voipmonitor") {
        voipmonitor_poll polled;
        polled.api.url = poll.client.url;
        polled.api.username = poll.username;
        polled.api.password = password;
        // The session's cookie is put into each request, under the name that its login gave.
        poll.client.http.keeps_cookies = false;
        read_voipmonitor(from, polled);
        poll.api = std::move(polled);
    }
}

}  // namespace callstream::app
