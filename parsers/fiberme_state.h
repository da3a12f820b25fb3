// How a FIBERME FCM5600 stands: its answers about load, calls, extensions and trunks to events, one
// for each thing that is not as it was.
//
// Lifetime: the output outlives it.
// Threads:  the PBX's home loop.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/event.h"
#include "core/limits.h"
#include "core/state_reader.h"
#include "parsers/family_output.h"
#include "parsers/known_values.h"
#include "parsers/state_document.h"

namespace callstream::parsers {

// By the last part of the path that is asked: calls, extension-status, trunk-info, trunk-status,
// cpu, mem, disk, version.
enum class fiberme_part : std::uint8_t {
    calls,
    extensions,
    trunk_info,
    trunk_status,
    cpu,
    memory,
    storage,
    version
};

class fiberme_state {
public:
    explicit fiberme_state(event_output& output, charset from = charset::guessed)
        : output_(output, "fiberme"), document_(from) {}

    state_reading read(fiberme_part part, std::string_view body, timestamp at);

private:
    void read_values(fiberme_part part, json_value data);
    void read_extensions(json_value data, state_reading& told);
    void read_trunk_status(json_value data, state_reading& told);
    void read_trunk_lines(json_value data, state_reading& told);
    bool read_analog(text line);
    bool read_trunk(text line);
    void add(text name, text value);
    void add_said(text name, text value);  // if it says something
    void add_all(json_value data, std::span<const text> names);
    void tell_values(text component, std::size_t compared_count);
    void tell_trunk(text name, text status, text address);
    void tell_extension(text extension, text state, unsigned rank, json_value endpoint);
    void tell_device(event_type type, const device_data& device, text content);

    family_output output_;
    state_document document_;
    moment when_{};
    std::vector<header> values_;
    std::string joined_;
    std::string content_;
    known_values known_{limits::device_count_max};
    known_values listed_{limits::device_count_max};  // trunks that trunk-status speaks of
};

// One of its parts, for what polls.
class fiberme_reader final : public state_reader {
public:
    fiberme_reader(fiberme_state& state, fiberme_part part) : state_(state), part_(part) {}

    state_reading read(std::string_view body, timestamp at) override {
        return state_.read(part_, body, at);
    }

private:
    fiberme_state& state_;
    fiberme_part part_;
};

}  // namespace callstream::parsers
