// Every request that the vendors' documents show and callstream makes: tests/data/FAMILY.
#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include <catch2/catch.hpp>

#include "sources/fiberme_api.h"
#include "sources/grandstream_api.h"
#include "sources/nexo_api.h"
#include "sources/voipmonitor_api.h"
#include "tests/support/decoded_query.h"
#include "tests/support/documented_examples.h"

using namespace callstream;
using namespace callstream::sources;
using namespace callstream::test;

namespace {

using namespace std::chrono_literals;

// Makes the request; `base` is the PBX's address, `said` the document's request, for those that
// take names of files.
using request_maker =
    std::function<http_call_request(const std::string& base, const std::string& said)>;
using request_makers = std::map<std::string, request_maker>;

timestamp day(int year, unsigned month, unsigned number) {
    return timestamp(std::chrono::sys_days(std::chrono::year(year) / std::chrono::month(month) /
                                           std::chrono::day(number)));
}

std::string behind(const std::string& said, std::string_view mark) {
    const std::size_t at = said.find(mark);
    REQUIRE(at != std::string::npos);
    return said.substr(at + mark.size());
}

request_maker nexo_login(const char* username, const char* password) {
    return [=](const std::string& base, const std::string&) {
        return make_nexo_login({base, username, secret(password)}).value();
    };
}

request_makers nexo_makers() {
    const nexo_range may{"2021-05-07 00:00", "2021-05-07 23:59"};
    const nexo_range april{"2021-04-07 00:00", "2021-04-07 23:59"};
    nexo_filter one;
    one.src = "202";
    one.dst = "820(102)";
    one.disposition = "NO ANSWER";
    one.userfield = "Inbound";
    one.minbillsec = "5";
    one.maxbillsec = "60";
    one.cidname = one.in_route = "FROM96";
    one.ivr = "IVR620";
    one.port = "3";
    using std::string;
    request_makers made;
    made["login-admin"] = nexo_login("admin", "admin");
    made["login-monitor"] = nexo_login("monitor", "monitor");
    made["login-max"] = nexo_login("admin", "max123456");
    made["cdrs"] = [=](const string& base, const string&) {
        return make_nexo_cdr_query(base, may, {});
    };
    made["cdrs-filtered"] = [=](const string& base, const string&) {
        return make_nexo_cdr_query(base, april, one);
    };
    made["cdr-file"] = [=](const string& base, const string&) {
        return make_nexo_cdr_download(base, may, {});
    };
    made["cdr-file-filtered"] = [=](const string& base, const string&) {
        return make_nexo_cdr_download(base, april, one);
    };
    made["cdr-deletion"] = [=](const string& base, const string&) {
        return make_nexo_cdr_deletion(base, may, {});
    };
    made["cdr-deletion-filtered"] = [=](const string& base, const string&) {
        return make_nexo_cdr_deletion(base, april, one);
    };
    made["recordings"] = [](const string& base, const string&) {
        return make_nexo_recording_query(base, {"2021-03-28 00:00", "2021-04-14 23:59"}, {});
    };
    made["recordings-filtered"] = [=](const string& base, const string&) {
        return make_nexo_recording_query(base, april,
                                         {"202", "820(102)", "44", "Conference", "5", "60"});
    };
    made["recording-files"] = [](const string& base, const string& said) {
        return make_nexo_recording_download(base, behind(said, "wavfiles="));
    };
    made["recording-deletion"] = [](const string& base, const string& said) {
        return make_nexo_recording_deletion(base, behind(said, "wavfiles="));
    };
    return made;
}

request_maker ucm_query(ucm_format format, const ucm_filter& filter, const ucm_range& range = {},
                        const ucm_page& page = {}) {
    return [=](const std::string& base, const std::string&) {
        ucm_settings settings;
        settings.url = base;
        settings.format = format;
        settings.filter = filter;
        return make_ucm_cdr_query(settings, range, page);
    };
}

request_maker ucm_recordings_in(const char* directory, const std::vector<std::string>& files) {
    return [=](const std::string& base, const std::string&) {
        ucm_settings settings;
        settings.url = base;
        return make_ucm_recording_download(settings, directory, files);
    };
}

request_makers grandstream_makers() {
    constexpr auto csv = ucm_format::csv;
    const ucm_range july{"2013-07-01T00:00:00-06:00", "2013-07-31T23:59:59-06:00"};
    request_makers made;
    made["query-all"] = ucm_query(ucm_format::json, {});
    made["query-table-3"] = ucm_query(ucm_format::json, {"5300,5302-5304,_4@", "0-0", "5300"});
    made["query-1"] = ucm_query(csv, {"5300", "", "", 8, 60});
    made["query-2"] = ucm_query(ucm_format::xml, {"5300,6300-6399", "5@"});
    made["query-3"] = ucm_query(ucm_format::json, {"5300"}, {}, {10, {}});
    made["query-4"] = ucm_query(csv, {"@53@", "5300-5309"}, {"", "2013-01-23"});
    made["query-4-pattern"] = ucm_query(csv, {"@53@", "530_"}, {"", "2013-01-23T00:00:00"});
    made["query-5"] = ucm_query(csv, {"Anonymous", "2@,34@,@5"}, july);
    for (const std::uint64_t offset : {0U, 200U, 400U})
        made["query-6-" + std::to_string(offset)] = ucm_query(csv, {}, july, {200, offset});
    made["recording-directories"] = [](const std::string& base, const std::string&) {
        ucm_settings settings;
        settings.url = base;
        return make_ucm_recording_list(settings);
    };
    made["recordings-of-meetme"] = ucm_recordings_in(
        "meetme",
        {"meetme-conf-rec-6300-1411501234.0-0.wav", "meetme-conf-rec-6301-1411505678.9-0.wav"});
    made["recordings-of-monitor"] =
        ucm_recordings_in("", {"auto-1414771234-1000-1004.wav", "auto-1414775678-1001-1003.wav"});
    return made;
}

fiberme_settings fiberme_at(const std::string& base) {
    fiberme_settings settings;
    settings.url = base;
    settings.page_size = 20;
    return settings;
}

request_maker fiberme_log(fiberme_list which, timestamp from, timestamp to) {
    return [=](const std::string& base, const std::string&) {
        // Asked for are 14 hours more on both sides, for no zone is further from UTC.
        return make_fiberme_list(fiberme_at(base), which, {from + 14h, to - 14h}, 1);
    };
}

request_makers fiberme_makers() {
    request_makers made;
    for (const std::string_view state : fiberme_states)
        made["state-" + std::string(state)] = [state](const std::string& base, const std::string&) {
            return make_fiberme_state(fiberme_at(base), state);
        };
    const timestamp from = day(2022, 11, 1);
    const timestamp to = day(2022, 11, 12);
    made["call-log"] = fiberme_log(fiberme_list::calls, day(2022, 1, 1), day(2022, 12, 12));
    made["conference-recordings"] = fiberme_log(fiberme_list::conference, from, to);
    made["onetouch-recordings"] = fiberme_log(fiberme_list::one_touch, from, to);
    for (const char* const kind : {"general", "conference", "onetouch"})
        made[kind + std::string("-recording")] = [](const std::string& base,
                                                    const std::string& said) {
            const std::string path = said.substr(base.size());
            return make_fiberme_download(fiberme_at(base), "TOKEN", path.substr(0, path.find('?')))
                .value();
        };
    return made;
}

voipmonitor_settings voipmonitor_at(const std::string& base) {
    voipmonitor_settings settings;
    settings.url = base;
    settings.username = "USER";
    settings.password = secret("PASSWORD");
    settings.page_size = 30;
    return settings;
}

using voipmonitor_maker = std::function<http_call_request(voipmonitor_settings&)>;

request_maker of_voipmonitor(const voipmonitor_maker& make) {
    return [make](const std::string& base, const std::string&) {
        voipmonitor_settings settings = voipmonitor_at(base);
        return make(settings);
    };
}

voipmonitor_maker listing(const std::map<std::string, std::string>& filter) {
    return [filter](voipmonitor_settings& settings) {
        settings.filter = filter;
        const timestamp from = day(2013, 5, 8);
        return make_voipmonitor_listing(settings, {from, from + 12h}, 0);
    };
}

voipmonitor_maker calls(const std::map<std::string, std::string>& filter,
                        const char* audit_reason = "") {
    return [filter, audit_reason](voipmonitor_settings& settings) {
        settings.filter = filter;
        settings.audit_reason = audit_reason;
        return make_voipmonitor_calls(settings, {day(2013, 1, 1), day(2013, 8, 1)});
    };
}

voipmonitor_maker recording(voipmonitor_sound sound, const char* audit_reason = "",
                            bool after_connect = false) {
    return [=](voipmonitor_settings& settings) {
        settings.audit_reason = audit_reason;
        settings.after_connect = after_connect;
        return make_voipmonitor_recording(settings, "4919", sound);
    };
}

voipmonitor_maker capture(std::chrono::milliseconds legs_within) {
    return [=](voipmonitor_settings& settings) {
        settings.legs_within = legs_within;
        return make_voipmonitor_capture(settings, "1502262225");
    };
}

request_makers voipmonitor_makers() {
    using settings = voipmonitor_settings;
    std::map<std::string, voipmonitor_maker> made;
    made["bypass-login"] = [](settings& of) {
        of.username = "voipmonitor";
        of.password = secret("voipmonitor");
        return make_voipmonitor_login(of);
    };
    made["listing"] = listing({{"fcaller", "190"}});
    made["listing-filtered"] = listing({{"fcalled", "1"},
                                        {"fcallerd_type", "1"},
                                        {"fcaller_domain", "a"},
                                        {"fcallername", "a&b+c"},
                                        {"fcalled_domain", "b"},
                                        {"fsipcallerip", "10.0.0.1"},
                                        {"fa_saddr", "192.168.0.1"},
                                        {"fcodec", "4, 12"},
                                        {"fdurationgt", "30"},
                                        {"fdurationlt", "10"},
                                        {"fpddgt", "10"},
                                        {"fpddlt", "30"},
                                        {"fsipresponse", "503"},
                                        {"fbye", "false"},
                                        {"ftrunk", "true"},
                                        {"fa_ua", "a b"},
                                        {"fcallid", "uDR8mtloKFa1F8625VL2OXSFp.RuG73v"},
                                        {"fsensor_id", "2"}});
    made["calls"] = calls({});
    made["calls-filtered"] = calls({{"called", "a&b+c"},
                                    {"caller", "910251414"},
                                    {"customHeaders", "Cell-ID-Caller,Cell-ID-Called"}});
    made["calls-audited"] =
        calls({{"called", "910251415"}, {"onlyConnected", "0"}, {"X-Customer", "4711"}}, "billing");
    made["recording"] = recording(voipmonitor_sound::wav);
    made["recording-ogg"] = recording(voipmonitor_sound::ogg);
    made["recording-zip"] = recording(voipmonitor_sound::zip);
    made["recording-audited"] = recording(voipmonitor_sound::wav, "archive");
    made["recording-after-connect"] = recording(voipmonitor_sound::wav, "", true);
    made["active-calls"] = [](settings& of) {
        of.sensor_id = "1";
        return make_voipmonitor_active_calls(of);
    };
    made["active-calls-of-all"] = make_voipmonitor_active_calls;
    made["report"] = [](settings& of) {
        return make_voipmonitor_report(of, "test summary", day(2017, 12, 20) + 9h);
    };
    made["capture"] = capture(0ms);
    made["capture-merged"] = capture(60s);
    made["ids"] = [](settings& of) {
        of.page_size = 500;
        return make_voipmonitor_ids(of, 41);
    };
    made["licence"] = [](settings& of) { return make_voipmonitor_licence(of, "licenseCheck"); };
    made["licence-calls"] = [](settings& of) {
        return make_voipmonitor_licence(of, "licenseCallsLimitCheck");
    };
    request_makers all;
    for (const auto& [name, make] : made)
        all[name] = of_voipmonitor(make);
    return all;
}

bool is_fit_for_a_url(std::string_view text) {
    // A + would be read as a blank.
    return std::all_of(text.begin(), text.end(), [](char c) {
        return c > ' ' && c < '\x7f' &&
               std::string_view("\"<>\\^`{|}+").find(c) == std::string_view::npos;
    });
}

std::string base_of(const std::string& url) {
    const std::size_t php = url.find("/php/");
    if (php != std::string::npos) return url.substr(0, php);
    return url.substr(0, url.find('/', url.find("//") + 2));
}

}  // namespace

TEST_CASE("every request that a document shows is made as it shows it", "[documents]") {
    const std::map<std::string, request_makers> makers{{"nexo", nexo_makers()},
                                                       {"grandstream", grandstream_makers()},
                                                       {"fiberme", fiberme_makers()},
                                                       {"voipmonitor", voipmonitor_makers()}};
    std::map<std::string, std::set<std::string>> shown;
    for (const example_line& line : example_lines("sent")) {
        INFO(line.place << ": " << line.said);
        const std::size_t name_size = line.said.find(' ');
        const std::string name = line.said.substr(0, name_size);
        const std::string said = line.said.substr(name_size + 1);
        const std::string url = said.substr(said.find(' ') + 1);
        const auto make = makers.at(line.family).find(name);
        REQUIRE(make != makers.at(line.family).end());
        shown[line.family].insert(name);
        const http_call_request request = make->second(base_of(url), url);
        CHECK(request.method + ' ' + decoded(request.url) == said);
        CHECK(is_fit_for_a_url(request.url));
        const bool is_json = line.family == "fiberme";
        CHECK((is_json ? request.body : decoded(request.body)) == line.body);
        if (line.body.empty()) continue;
        CHECK((is_json || is_fit_for_a_url(request.body)));
        CHECK(request.headers ==
              std::vector<std::string>{std::string("Content-Type: application/") +
                                       (is_json ? "json" : "x-www-form-urlencoded")});
    }
    for (const auto& [family, made] : makers)
        for (const auto& [name, make] : made) {
            INFO(family << ": " << name);
            CHECK(shown[family].count(name) == 1);
        }
}
