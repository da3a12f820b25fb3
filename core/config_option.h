// What an option of the configuration is called, what it may be, and what a list of all says of it.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace callstream {

struct config_key {
    std::string_view name;
    std::string_view about;
};

template <class T>
struct config_range {
    T min;
    T max;
};
using duration_range = config_range<std::chrono::milliseconds>;

struct config_option {
    std::string path;
    std::string kind;
    std::string default_value;
    std::string_view about;
    bool required = false;
    std::string bounds{};  // such as "1 to 65536"; empty: none
};

// A text, and where it came from if it did not stand in the file itself.
struct config_text {
    std::string value;
    std::string origin;  // "env HQ_AMI", "file /run/secrets/x", "the configuration file"
};

}  // namespace callstream
