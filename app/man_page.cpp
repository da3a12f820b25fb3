#include "app/man_page.h"

#include <string_view>

#include "app/command_line.h"

namespace callstream::app {

namespace {

// A backslash and a hyphen mean something to troff, and so does a point that begins a line.
std::string escaped(std::string_view words) {
    std::string out;
    for (const char c : words) {
        if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) out += "\\&";
        if (c == '\\')
            out += "\\e";
        else if (c == '-')
            out += "\\-";
        else
            out += c;
    }
    return out;
}

std::string bold(std::string_view words) {
    return "\\fB" + escaped(words) + "\\fR";
}

std::string italic(std::string_view words) {
    return "\\fI" + escaped(words) + "\\fR";
}

// Without the title that begins it, "Examples:".
std::string examples_of(const command_words& line) {
    constexpr std::string_view title = "\nExamples:\n";
    std::string_view rest = line.footer;
    if (rest.starts_with(title)) rest.remove_prefix(title.size());
    std::string out;
    if (!rest.empty()) out = ".PP\n.nf\n.RS\n" + escaped(rest);
    if (!out.empty() && out.back() != '\n') out += '\n';
    return out.empty() ? out : out + ".RE\n.fi\n";
}

std::string option_entry(const option_words& option) {
    std::string out = ".TP\n";
    for (const std::string& name : option.names)
        out += (&name == &option.names.front() ? "" : ", ") + bold(name);
    if (!option.value.empty()) out += (option.names.empty() ? "" : " ") + italic(option.value);
    out += '\n' + escaped(option.about) + ".\n";
    if (!option.choices.empty()) {
        out += "One of ";
        for (const std::string& choice : option.choices)
            out += (&choice == &option.choices.front() ? "" : ", ") + bold(choice);
        out += ".\n";
    }
    if (!option.default_value.empty()) out += "Default: " + bold(option.default_value) + ".\n";
    if (!option.variable.empty()) out += "Also from the variable " + bold(option.variable) + ".\n";
    return out;
}

std::string command_entry(const std::string& program, const command_words& line) {
    std::string out = ".SS " + bold(program + ' ' + line.name) + '\n' + escaped(line.about) + ".\n";
    for (const option_words& option : line.options)
        if (option.about != "Print this help and exit") out += option_entry(option);
    return out + examples_of(line);
}

constexpr std::string_view end =
    ".SH FILES\n"
    ".TP\n.I /etc/callstream/callstream.toml\n"
    "The configuration; every option is in\n.IR /usr/share/doc/callstream/configuration.md .\n"
    ".TP\n.I /etc/callstream/environment\n"
    "Variables of the service, for values such as { env = \"HQ_AMI\" }.\n"
    ".TP\n.I /var/lib/callstream\n"
    "The journal: events that a sink still waits for, and how far each is.\n"
    ".SH SIGNALS\n"
    ".TP\n.BR SIGTERM \", \" SIGINT\n"
    "Stop reading, deliver what was published, end. A second one ends at once.\n"
    ".TP\n.B SIGHUP\n"
    "Load certificates again.\n"
    ".SH EXIT STATUS\n"
    ".TP\n.B 0\nFine.\n.TP\n.B 78\nBad configuration.\n.TP\n.B 1\nAnything else.\n";

}  // namespace

std::string man_page(const CLI::App& program) {
    const command_words words = words_of(program);
    std::string out = ".TH CALLSTREAM 1 \"\" callstream \"User Commands\"\n.SH NAME\n";
    out += "callstream \\- call events from IP PBXes to Kafka and Redis Streams\n";
    out += ".SH SYNOPSIS\n.B callstream\n.I COMMAND\n[\\fIOPTION\\fR...]\n";
    out += ".SH DESCRIPTION\n" + escaped(words.about);
    out += ".SH OPTIONS\n";
    for (const option_words& option : words.options)
        out += option_entry(option);
    out += ".SH COMMANDS\n";
    for (const command_words& line : words.commands)
        out += command_entry(words.name, line);
    return out + std::string(end);
}

}  // namespace callstream::app
