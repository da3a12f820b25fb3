// A party of a call, as the live state shows it.
//
// Threads: values; any.
#pragma once

#include <string>

#include "core/json_reader.h"
#include "sinks/live_json.h"

namespace callstream::sinks {

struct live_party {
    std::string number;
    std::string name;
    std::string device;

    bool empty() const noexcept { return number.empty() && name.empty() && device.empty(); }
    void read(json_value from) {
        number.assign(from["number"].text());
        name.assign(from["name"].text());
        device.assign(from["device"].text());
    }
    void write(live_json& out, std::string_view field) const {
        out.name(field);
        out.begin_object();
        out.text("number", number);
        out.text("name", name);
        out.text("device", device);
        out.end_object();
    }
};

}  // namespace callstream::sinks
