// What the commands have in common that look into a journal.
#pragma once

#include <optional>
#include <string>

#include "app/command.h"
#include "core/error.h"

namespace callstream::app {

// A command that looks into a journal from outside, also while `callstream run` writes to it.
class journal_looker : public command {
protected:
    journal_looker(CLI::App& parent, const std::string& name, const std::string& about,
                   const std::string& examples);

    // Nothing, and a word on stderr, if there is no such journal on disk. Problems of the
    // configuration that are not about the journal do not matter here: a person who looks may not
    // have the secrets.
    std::optional<std::string> directory() const;
    // Says what is wrong with the journal; returns the exit code.
    static int complain(const std::string& path, const error& reason);

private:
    std::string journal_path_;
};

}  // namespace callstream::app
