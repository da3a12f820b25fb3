// Where a recording is stored: a path below the configured directory, made from what is known of
// it. What a PBX says can name no other place: every part of it becomes a plain file name.
//
// Threads: any.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"
#include "core/time.h"

namespace callstream::sources {

struct recording_facts {
    std::string pbx{};
    std::string call_id{};
    std::string leg_id{};
    std::string file{};  // the PBX's name of it
    timestamp time{};    // when it became known
};

class recording_template {
public:
    // {pbx}, {date} (UTC, 2026-07-30), {time} (125321), {call_id}, {leg_id}, {file}. Fails with
    // bad_config for other names, for paths that leave the directory, and without {file}: two
    // recordings of a call would be one file.
    static result<recording_template> parse(std::string_view text);

    // Relative; the parts of it are never empty and begin with no point.
    std::string path_of(const recording_facts& facts) const;

private:
    std::string text_;
};

// `text` as (a part of) a file name: anything but letters, digits and "-_.+@" becomes '_'.
std::string to_file_name(std::string_view text);

}  // namespace callstream::sources
