#include "app/schema_command.h"

#include <algorithm>
#include <cstdio>
#include <vector>

#include "core/config_value.h"
#include "core/event_schema.h"
#include "core/event_type.h"
#include "parsers/ami_catalogue.h"

namespace callstream::app {

schema_command::schema_command(CLI::App& program)
    : command(program, "schema", "Print the JSON Schema of the events",
              "  callstream schema > events.schema.json\n"
              "  callstream schema call.answered\n"
              "  callstream schema --list\n"
              "  callstream schema --ami-events > ami-events.md\n") {
    add("type", type_, "One event type; default: all of them");
    add("--list", list_, "List the event types instead");
    add("--ami-events", ami_events_, "Print what becomes of each AMI event instead");
}

int schema_command::run() {
    if (ami_events_) {
        std::fputs(parsers::ami_catalogue_page().c_str(), stdout);
        return exit_fine;
    }
    if (list_) {
        for (const event_type_info& info : event_types)
            std::printf("%-28.*s %-18.*s %.*s\n", static_cast<int>(info.name.size()),
                        info.name.data(), static_cast<int>(info.csta.size()), info.csta.data(),
                        static_cast<int>(info.about.size()), info.about.data());
        return exit_fine;
    }
    if (type_.empty()) {
        std::puts(event_schema_of_all().c_str());
        return exit_fine;
    }
    if (const auto type = event_type_named(type_)) {
        std::puts(event_schema(*type).c_str());
        return exit_fine;
    }
    std::vector<std::string_view> names(event_types.size());
    std::transform(event_types.begin(), event_types.end(), names.begin(),
                   [](const event_type_info& info) { return info.name; });
    const std::string nearest(nearest_word(type_, names));
    std::fprintf(stderr, "callstream schema: there is no event type '%s'%s\n", type_.c_str(),
                 nearest.empty() ? "; see --list" : ("; did you mean '" + nearest + "'?").c_str());
    return exit_failed;
}

}  // namespace callstream::app
