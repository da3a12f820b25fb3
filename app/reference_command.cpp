#include "app/reference_command.h"

#include <cstdio>

#include "app/config_page.h"
#include "app/load_settings.h"
#include "app/man_page.h"
#include "app/metrics_reference.h"
#include "core/event_reference.h"

namespace callstream::app {

reference_command::reference_command(CLI::App& program)
    : command(program, "reference", "Print a page of the reference, made from the program itself",
              "  callstream reference configuration > docs/configuration.md\n"
              "  callstream reference man | man -l -\n"),
      program_(program) {
    add("PAGE", page_, "Which")
        .required()
        .one_of({"configuration", "events", "asyncapi", "metrics", "man"});
}

std::string reference_command::page() const {
    if (page_ == "configuration") return config_page(describe_settings());
    if (page_ == "events") return event_page();
    if (page_ == "asyncapi") return event_asyncapi();
    if (page_ == "metrics") return metrics_reference();
    return man_page(program_);
}

int reference_command::run() {
    std::fputs(page().c_str(), stdout);
    return exit_fine;
}

}  // namespace callstream::app
