#include "app/completion_command.h"

#include <cstdio>
#include <string_view>

#include "app/command_line.h"

namespace callstream::app {

namespace {

std::string joined(const std::vector<std::string>& words, std::string_view between) {
    std::string out;
    for (const std::string& word : words)
        out.append(out.empty() ? "" : between).append(word);
    return out;
}

// What may follow a command: its options and the words of its one positional.
std::string words_behind(const command_words& line) {
    std::string out;
    for (const option_words& option : line.options)
        if (!option.names.empty() || !option.choices.empty())
            out += (out.empty() ? "" : " ") +
                   joined(option.names.empty() ? option.choices : option.names, " ");
    return out;
}

std::string bash_of(const command_words& program) {
    std::string names;
    std::string cases;
    std::string values;
    for (const command_words& line : program.commands) {
        names += ' ' + line.name;
        cases += "    " + line.name + ") words=\"" + words_behind(line) + "\" ;;\n";
        for (const option_words& option : line.options)
            if (!option.names.empty() && !option.choices.empty())
                values += "    " + line.name + ':' + option.names.back() + ") words=\"" +
                          joined(option.choices, " ") + "\" ;;\n";
    }
    return "# bash completion for callstream; made by `callstream completion bash`\n"
           "_callstream() {\n"
           "    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
           "    local words=\n"
           "    COMPREPLY=()\n"
           "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
           "        COMPREPLY=($(compgen -W \"" +
           names.substr(1) +
           " --help --version\" -- \"$current\"))\n"
           "        return\n"
           "    fi\n"
           "    case ${COMP_WORDS[1]}:$before in\n" +
           values +
           "    *:-c | *:--config | *:-j | *:--journal | *:--output)\n"
           "        COMPREPLY=($(compgen -f -- \"$current\"))\n"
           "        return ;;\n"
           "    *)\n"
           "    case ${COMP_WORDS[1]} in\n" +
           cases +
           "    esac ;;\n"
           "    esac\n"
           "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
           "    [ ${#COMPREPLY[@]} -gt 0 ] || [[ $current == -* ]] || "
           "COMPREPLY=($(compgen -f -- \"$current\"))\n"
           "}\n"
           "complete -o filenames -F _callstream callstream\n";
}

// Within single quotes.
std::string quoted(std::string_view words, std::string_view special) {
    std::string out;
    for (const char c : words) {
        if (c == '\'') {
            out += "'\\''";
            continue;
        }
        if (special.find(c) != std::string_view::npos) out += '\\';
        out += c;
    }
    return out;
}

std::string zsh_option(const option_words& option) {
    const std::string values =
        option.choices.empty() ? "_files" : '(' + joined(option.choices, " ") + ')';
    if (option.names.empty()) return " '1:" + quoted(option.value, ":") + ':' + values + "'";
    std::string out;
    for (const std::string& name : option.names) {
        out += " '" + name + '[' + quoted(option.about, "[]:\\") + ']';
        if (!option.value.empty()) out += ':' + option.value + ':' + values;
        out += '\'';
    }
    return out;
}

std::string zsh_of(const command_words& program) {
    std::string names;
    std::string cases;
    for (const command_words& line : program.commands) {
        names += "        '" + line.name + ':' + quoted(line.about, ":\\") + "'\n";
        cases += "    " + line.name + ") _arguments";
        for (const option_words& option : line.options)
            cases += zsh_option(option);
        cases += " ;;\n";
    }
    return "#compdef callstream\n"
           "# made by `callstream completion zsh`\n"
           "_callstream() {\n"
           "    local -a commands\n"
           "    commands=(\n" +
           names +
           "    )\n"
           "    if (( CURRENT == 2 )); then\n"
           "        _describe command commands\n"
           "        return\n"
           "    fi\n"
           "    local line=$words[2]\n"
           "    shift words\n"
           "    (( CURRENT-- ))\n"
           "    case $line in\n" +
           cases +
           "    esac\n"
           "}\n"
           "_callstream \"$@\"\n";
}

std::string fish_option(const std::string& command, const option_words& option) {
    std::string out = "complete -c callstream -n '__fish_seen_subcommand_from " + command + '\'';
    for (const std::string& name : option.names)
        out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    if (!option.choices.empty()) out += " -f -a '" + joined(option.choices, " ") + '\'';
    if (!option.names.empty() && !option.value.empty()) out += " -r";
    return out + " -d '" + quoted(option.about, "") + "'\n";
}

std::string fish_of(const command_words& program) {
    std::string out = "# made by `callstream completion fish`\n";
    for (const command_words& line : program.commands) {
        out += "complete -c callstream -n __fish_use_subcommand -f -a " + line.name + " -d '" +
               quoted(line.about, "") + "'\n";
        for (const option_words& option : line.options)
            out += fish_option(line.name, option);
    }
    return out;
}

}  // namespace

completion_command::completion_command(CLI::App& program)
    : command(program, "completion", "Print what a shell needs to complete callstream's commands",
              "  source <(callstream completion bash)\n"
              "  callstream completion fish > ~/.config/fish/completions/callstream.fish\n"),
      program_(program) {
    add("SHELL", shell_, "Which").required().one_of({"bash", "zsh", "fish"});
}

int completion_command::run() {
    const command_words words = words_of(program_);
    const std::string page = shell_ == "bash"  ? bash_of(words)
                             : shell_ == "zsh" ? zsh_of(words)
                                               : fish_of(words);
    std::fputs(page.c_str(), stdout);
    return exit_fine;
}

}  // namespace callstream::app
