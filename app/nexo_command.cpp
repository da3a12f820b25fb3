#include "app/nexo_command.h"

#include <algorithm>
#include <cstdio>

#include "app/load_settings.h"
#include "app/poll_options.h"
#include "core/log.h"

namespace callstream::app {

namespace {

constexpr std::string_view cdr_list = "json_array_astcdrs";
constexpr std::string_view recording_list = "json_array_records";
constexpr std::size_t files_at_once = 20;  // a URL is no place for more

std::string problem_of_minute(const std::string& text) {
    constexpr std::size_t date_size = 10;
    const bool fits = text.size() == 16 && text[date_size] == ' ' &&
                      parse_date(text.substr(0, date_size) + 'T' + text.substr(11) + ":00Z");
    return fits ? "" : "must be a time such as 2021-05-07 00:00, on the PBX's clock";
}

// Its answer is not documented; a login page is no yes.
sources::poll_judgement judge_deletion(const sources::poll_answer& answer) {
    if (sources::looks_like_html(answer))
        return {sources::poll_finding::logged_out, "the PBX showed its login page", {}};
    return sources::judge_status(answer.status);
}

int complain(const std::string& what) {
    std::fprintf(stderr, "callstream nexo: %s\n", what.c_str());
    return exit_failed;
}

}  // namespace

nexo_command::nexo_command(CLI::App& program)
    : command(
          program, "nexo",
          "List or delete CDRs and recordings of a Nexo PBX; deletes only with --yes",
          "  callstream nexo list --pbx hq --from '2021-05-07 00:00' --to '2021-05-07 23:59'\n"
          "  callstream nexo delete --pbx hq --from '2021-05-01 00:00' --to '2021-05-31 23:59'\n"
          "  callstream nexo delete --what recordings --pbx hq --from '2021-03-28 00:00' \\\n"
          "      --to '2021-04-14 23:59' --yes\n") {
    add_config_option();
    add("ACTION", action_, "list, or delete").required().one_of({"list", "delete"});
    add("--what", what_, "cdrs or recordings").one_of({"cdrs", "recordings"});
    add("--pbx", pbx_, "The name of the PBX in the configuration").required();
    add("--from", from_, "First minute").required().checked(problem_of_minute);
    add("--to", to_, "Last minute").required().checked(problem_of_minute);
    add("--src", src_, "Only calls from this number");
    add("--dst", dst_, "Only calls to this number");
    add("--direction", direction_, "Interval, Outbound, Inbound, CallBack, Conference or All");
    add("--disposition", disposition_, "CDRs only: ANSWERED, BUSY, FAILD, NO ANSWER or All");
    add("--yes", yes_, "Delete; without it, what would be deleted is shown");
}

int nexo_command::run() {
    const loaded_settings loaded = load_settings(config_path_);
    for (const config_problem& problem : loaded.problems)
        std::fprintf(stderr, "%s\n", format_problem(config_path_, problem).c_str());
    if (!loaded.problems.empty()) return exit_bad_config;
    set_log(log_level::error, loaded.value.log.format);
    if (to_ < from_) return complain("--to is before --from");
    const pbx_settings* const pbx = find_pbx(loaded.value);
    if (pbx == nullptr)
        return complain("there is no PBX '" + pbx_ + "' of family nexo with cdr_poll");
    return work(*pbx);
}

const pbx_settings* nexo_command::find_pbx(const settings& configured) const {
    for (const pbx_settings& pbx : configured.pbxes)
        if (pbx.name == pbx_ && pbx.poll &&
            std::holds_alternative<sources::nexo_settings>(pbx.poll->api))
            return &pbx;
    return nullptr;
}

int nexo_command::work(const pbx_settings& pbx) {
    const auto& nexo = std::get<sources::nexo_settings>(pbx.poll->api);
    sources::nexo_session session(nexo);
    api_dialogue asked(pbx.poll->client);
    const char* const what = what_.c_str();
    if (!asked.log_in(session) || !list(asked, nexo.url)) return complain(asked.problem());
    std::printf("pbx %s: %zu %s from %s to %s\n", pbx_.c_str(), count_, what, from_.c_str(),
                to_.c_str());
    if (action_ == "list") return exit_fine;
    if (!yes_) {
        std::printf("nothing was deleted; with --yes these would be\n");
        return exit_fine;
    }
    const std::size_t before = count_;
    if (before > 0 && (!remove(asked, nexo.url) || !list(asked, nexo.url)))
        return complain(asked.problem());
    std::printf("pbx %s: %zu %s deleted, %zu left\n", pbx_.c_str(),
                before - std::min(before, count_), what, count_);
    return count_ == 0 ? exit_fine : exit_failed;
}

bool nexo_command::list(api_dialogue& asked, const std::string& url) {
    const sources::nexo_range range{from_, to_};
    const bool of_cdrs = what_ == "cdrs";
    sources::nexo_filter filter;
    filter.src = src_;
    filter.dst = dst_;
    filter.userfield = direction_;
    filter.disposition = disposition_;
    sources::nexo_recording_filter recordings;
    recordings.src = src_;
    recordings.dst = dst_;
    recordings.calltype = direction_;
    const std::string_view name = of_cdrs ? cdr_list : recording_list;
    if (!asked.ask(of_cdrs ? sources::make_nexo_cdr_query(url, range, filter)
                           : sources::make_nexo_recording_query(url, range, recordings)) ||
        !asked.accept(sources::judge_nexo_list(asked.answer(), name, range)))
        return false;
    json_document document;
    const auto parsed = document.parse(asked.answer().body);
    const json_value rows = parsed ? (*parsed)[name] : json_value();
    count_ = rows.size();
    files_.clear();
    for (std::size_t i = 0; i < count_; ++i) {
        const json_value row = rows[i];
        const auto print = [&row](const char* field) {
            std::printf("%s  ", std::string(row[field].text()).c_str());
        };
        for (const char* const field : {"calldate", "src", "dst", "duration"})
            print(field);
        print(of_cdrs ? "UniqueID" : "path");
        std::printf("\n");
        if (of_cdrs) continue;
        // The names of several are separated by semicolons.
        if (row["path"].text().find(';') != std::string_view::npos)
            return asked.accept({sources::poll_finding::damaged, "a path holds a semicolon", {}});
        files_.emplace_back(row["path"].text());
    }
    return true;
}

bool nexo_command::remove(api_dialogue& asked, const std::string& url) {
    if (what_ == "cdrs") {
        sources::nexo_filter filter;
        filter.src = src_;
        filter.dst = dst_;
        filter.userfield = direction_;
        filter.disposition = disposition_;
        return asked.ask(sources::make_nexo_cdr_deletion(url, {from_, to_}, filter)) &&
               asked.accept(sources::judge_nexo_list(asked.answer(), cdr_list, {from_, to_}));
    }
    for (std::size_t i = 0; i < files_.size(); i += files_at_once) {
        std::string wavfiles;
        for (std::size_t j = i; j < std::min(files_.size(), i + files_at_once); ++j)
            wavfiles.append(wavfiles.empty() ? "" : ";").append(files_[j]);
        if (!asked.ask(sources::make_nexo_recording_deletion(url, wavfiles)) ||
            !asked.accept(judge_deletion(asked.answer())))
            return false;
    }
    return true;
}

}  // namespace callstream::app
