#include "app/ami_advice.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace callstream::app {

namespace {

using sources::ami_probe_report;

constexpr int write_timeout_default_ms = 100;
constexpr int write_timeout_min_ms = 5000;
constexpr duration clock_ahead_max = std::chrono::seconds(1);

struct event_class {
    std::string_view name;
    std::string_view carries;
};

constexpr std::array event_classes{
    event_class{"call", "calls and their legs"},
    event_class{"agent", "queues and their agents"},
    event_class{"cdr", "CDRs"},
    event_class{"system", "registrations, trunks, restarts of the PBX"},
    event_class{"dtmf", "keys that are pressed"},
    event_class{"user", "events of the dialplan's own (UserEvent)"},
};

std::string trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t>");
    if (first == std::string_view::npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(" \t") + 1 - first));
}

// Whether a list such as "call,agent" has the class. Asterisk adds up what several lines say.
bool has_class(std::string_view list, std::string_view name) {
    while (!list.empty()) {
        const std::size_t comma = list.find(',');
        const std::string each = trimmed(list.substr(0, comma));
        if (each == name || each == "all" || each == "on") return true;
        if (comma == std::string_view::npos) return false;
        list.remove_prefix(comma + 1);
    }
    return false;
}

std::string_view config_of(const ami_probe_report& report, std::string_view name) {
    const auto found = report.config.find(name);
    return found == report.config.end() ? std::string_view() : found->second;
}

bool is_yes(std::string_view value) {
    const std::string said = trimmed(value);
    return said == "yes" || said == "true" || said == "on" || said == "1" || said == "y";
}

class adviser {
public:
    adviser(const ami_probe_report& report, const seen_events& seen, std::string_view mask)
        : report_(report), seen_(seen), mask_(mask) {}

    std::vector<advice> all() {
        say_classes();
        say_lists();
        say_cdrs();
        say_write_timeout();
        say_filter();
        say_times();
        say_clock();
        say_system_name();
        std::stable_sort(said_.begin(), said_.end(),
                         [](const advice& a, const advice& b) { return a.kind < b.kind; });
        return std::move(said_);
    }

private:
    void say(advice_kind kind, std::string words) { said_.push_back({kind, std::move(words)}); }

    void say_classes() {
        const std::string_view read = config_of(report_, "read");
        if (!report_.has_config || read.empty()) {
            if (!seen_.fully_booted && has_class(mask_, "system"))
                say(advice_kind::loss,
                    "no FullyBooted came behind the login: the user seems to lack the read class "
                    "'system' (" +
                        std::string(event_classes[3].carries) + ")");
            say(advice_kind::unknown,
                "which classes the user may read: see `manager show user` on the PBX");
            return;
        }
        for (const event_class& each : event_classes)
            if (!has_class(read, each.name) && has_class(mask_, each.name))
                say(advice_kind::loss, "the user may not read the class '" +
                                           std::string(each.name) +
                                           "': " + std::string(each.carries) +
                                           " are not seen; add it to 'read' in manager.conf");
    }

    // Without them a connection that was lost leaves calls open, or out.
    void say_lists() {
        if (report_.may_list_channels == false)
            say(advice_kind::loss,
                "the user may not ask which calls there are (" + std::string(report_.channel_list) +
                    "): after a lost connection they are not set right; add " +
                    (report_.channel_list == "Status" ? "'call,reporting'" : "'reporting'") +
                    " to 'write' in manager.conf");
        else if (!report_.may_list_channels)
            say(advice_kind::unknown,
                "whether the user may ask which calls there are, to set the state right after a "
                "lost connection ('write = reporting' in manager.conf)");
    }

    void say_cdrs() {
        if (!has_class(mask_, "cdr")) return;
        if (report_.writes_cdrs == false)
            say(advice_kind::loss, "CDRs are switched off: set enable=yes in cdr.conf");
        else if (report_.has_cdr_manager == false)
            say(advice_kind::loss,
                "the module cdr_manager is not loaded: no CDR comes as an event; load it, and set "
                "enabled=yes in cdr_manager.conf");
        else if (!report_.has_cdr_manager)
            say(advice_kind::unknown, "whether CDRs come as events (module cdr_manager)");
    }

    void say_write_timeout() {
        if (!report_.has_config) {
            say(advice_kind::unknown,
                "writetimeout: below 5000 in manager.conf, Asterisk drops us sooner when the "
                "network stalls, and what it says meanwhile is lost");
            return;
        }
        const std::string said = trimmed(config_of(report_, "writetimeout"));
        int milliseconds = write_timeout_default_ms;
        std::from_chars(said.data(), said.data() + said.size(), milliseconds);
        if (milliseconds >= write_timeout_min_ms) return;
        say(advice_kind::loss,
            "writetimeout is " + std::to_string(milliseconds) +
                (said.empty() ? " ms by default" : " ms") +
                ": Asterisk drops us when the network stalls for that long, and what it says "
                "meanwhile is lost; set writetimeout=10000 in manager.conf");
    }

    void say_filter() {
        if (!config_of(report_, "eventfilter").empty())
            say(advice_kind::loss,
                "the user has an eventfilter: the PBX itself leaves events out, such as " +
                    trimmed(config_of(report_, "eventfilter")));
        else if (!report_.has_config)
            say(advice_kind::unknown, "whether the user has an eventfilter in manager.conf");
    }

    void say_times() {
        const bool configured = is_yes(config_of(report_, "timestampevents"));
        if (configured || seen_.timed > 0) return;
        if (report_.has_config || seen_.count > 0)
            say(advice_kind::blur,
                "events carry no time of the PBX's: set timestampevents=yes in manager.conf");
        else
            say(advice_kind::unknown, "timestampevents: no event came to tell by");
    }

    void say_clock() {
        if (!report_.clock_ahead) {
            say(advice_kind::unknown, "the PBX's clock, which it does not tell");
            return;
        }
        const duration ahead = *report_.clock_ahead;
        if (ahead <= clock_ahead_max && ahead >= -clock_ahead_max) return;
        const auto tenths = (ahead.count() < 0 ? -ahead.count() : ahead.count()) / 100'000;
        say(advice_kind::blur, "the PBX's clock is " + std::to_string(tenths / 10) + '.' +
                                   std::to_string(tenths % 10) + " s " +
                                   (ahead.count() > 0 ? "ahead of" : "behind") +
                                   " ours: run NTP on both");
    }

    void say_system_name() {
        if (!report_.has_core_settings)
            say(advice_kind::unknown, "systemname of asterisk.conf");
        else if (report_.system_name.empty())
            say(advice_kind::blur,
                "systemname is not set in asterisk.conf: ids of calls may be the same as those of "
                "another PBX, for whoever joins them");
    }

    const ami_probe_report& report_;
    const seen_events& seen_;
    const std::string_view mask_;
    std::vector<advice> said_;
};

}  // namespace

std::vector<advice> advise(const ami_probe_report& report, const seen_events& seen,
                           std::string_view event_mask) {
    return adviser(report, seen, event_mask).all();
}

}  // namespace callstream::app
