#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "app/load_settings.h"

using namespace callstream;
using namespace callstream::app;

namespace {

using lines = std::vector<std::string>;

lines problems_of(const std::string& toml) {
    lines shown;
    for (const config_problem& problem : load_settings(parse_config(toml)).problems)
        shown.push_back(format_problem("callstream.toml", problem));
    return shown;
}

}  // namespace

TEST_CASE("the rows of a UCM tell of its recordings, if it has a way in for rows", "[app]") {
    const auto files_by_rows = [](const std::string& rest) {
        const auto loaded =
            load_settings(parse_config("[pbx.hq]\nfamily = 'grandstream'\n"
                                       "ami = { address = 'pbx', username = 'u', secret = 's' }\n" +
                                       rest));
        REQUIRE(loaded.problems.empty());
        return loaded.value.pbxes.front().translator.files_by_rows;
    };
    CHECK_FALSE(files_by_rows(""));
    CHECK(files_by_rows("cdr_poll = { url = 'https://ucm' }"));
    CHECK(files_by_rows("cdr_output = { listen = '127.0.0.1', allow = ['127.0.0.1'] }"));
    CHECK(files_by_rows("push = { path = '/cdr', token = 't' }\n[http]\nlisten = '127.0.0.1:80'"));
}

TEST_CASE("a UCM needs one of its ways in, and filters that it would not take for errors",
          "[app]") {
    const auto of_ucm = [](const std::string& rest) {
        return problems_of("[pbx.hq]\nfamily = 'grandstream'\n" + rest);
    };
    CHECK(of_ucm("cdr_output = { listen = '127.0.0.1', allow = ['127.0.0.1'] }") == lines{});
    CHECK(of_ucm("cdr_poll = { url = 'https://ucm' }") == lines{});
    CHECK(of_ucm(
              "cdr_poll = { url = 'https://ucm', format = 'csv', page_size = 10, filter = { caller "
              "= '5300,_4@' } }") == lines{});
    CHECK(of_ucm("") ==
          lines{"callstream.toml:1:1: pbx.hq: needs 'cdr_poll', 'push', 'cdr_output' or 'ami'"});
    CHECK(of_ucm("cdr_poll = { url = 'https://ucm', filter = { caller = '5300,,5301' } }") ==
          lines{"callstream.toml:3:55: pbx.hq.cdr_poll.filter.caller: holds a comma too many"});
    CHECK(of_ucm("cdr_output = { listen = 'ucm', allow = ['127.0.0.1'] }") ==
          lines{"callstream.toml:3:25: pbx.hq.cdr_output.listen: needs a numeric address, such as "
                "0.0.0.0:5099"});
    CHECK(of_ucm("cdr_output = { listen = '127.0.0.1' }").size() == 1);
    CHECK(of_ucm("cdr_poll = { url = 'https://ucm', page_size = 1001 }").size() == 1);
    CHECK(of_ucm("ami = { address = 'pbx', username = 'u', secret = 's' }") == lines{});
}

TEST_CASE("a VoIPmonitor's filters are those of the way in which it lists", "[app]") {
    const auto of_filter = [](const std::string& rest) {
        return problems_of(
            "[pbx.probe]\nfamily = 'voipmonitor'\ntimezone = 'UTC'\n"
            "cdr_poll = { url = 'https://probe', username = 'u', password = 'p', " +
            rest + " }");
    };
    CHECK(of_filter("filter = { fcaller = '190' }") == lines{});
    CHECK(of_filter("list = 'calls', filter = { caller = '190', X-Customer = '1' }") == lines{});
    const auto problem_of = [&](const std::string& rest) {
        const lines found = of_filter(rest);
        REQUIRE(found.size() == 1);
        return found[0].substr(found[0].find("pbx.probe"));
    };
    CHECK(problem_of("list = 'calls', filter = { fcaller = '190' }") ==
          "pbx.probe.cdr_poll.filter: names a filter of list = \"listing\": 'fcaller'");
    CHECK(problem_of("list = 'calls', filter = { Caller = '190' }") ==
          "pbx.probe.cdr_poll.filter: must write caller, called, onlyConnected and customHeaders "
          "so: 'Caller'");
    CHECK(problem_of("list = 'calls', filter = { starttime = '2026' }") ==
          "pbx.probe.cdr_poll.filter: names a time, which callstream sets: 'starttime'");
    CHECK(problem_of("filter = { caller = '190' }") ==
          "pbx.probe.cdr_poll.filter: names what list = \"listing\" cannot filter by: 'caller'");
    CHECK(problem_of("list = 'ids', filter = { caller = '190' }") ==
          "pbx.probe.cdr_poll.filter: needs list = \"listing\" or \"calls\": 'caller'");
}
