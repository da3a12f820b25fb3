// A pushed call report of a Yeastar-style PBX in any of its shapes, as one.
//
//   v1.0     {"action":"RING","callid":"1","ext":{"extid":"1000"},"ext":{"extid":"1002"}}
//   v1.1     {"action":"RING","callid":"1","call":[{"ext":{"extid":"1000"}},{"outbound":{...}}]}
//   v2       {"event":"CallStatus","callid":"1","members":[{"ext":{"number":"1000",...}}]}
//   P-series {"type":30011,"sn":"...","msg":"{\"call_id\":\"1\",\"members\":[...]}"}
//   OpenVox  {"action":"RING","callid":"1","ext":{"extid":["101","106"]}}
//
// Names are compared without case and underscores. Members keep their order, repeats are data.
//
// Lifetime: views the body given to read(), or the reader; until the next read().
// Threads:  one.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/event_data.h"
#include "core/report_decoder.h"
#include "parsers/text_decoder.h"

namespace callstream::parsers {

enum class yeastar_action : std::uint8_t {
    unknown,
    ring,
    ring_back,
    answer,    // the called party did
    answered,  // the calling party was
    bye,
    transfer,
    forward,
    failed,
    invite,
    incoming,
    dtmf,
    cdr,
    prompt_end,
    survey,
    call_status,  // each member has its own
    hold,
    extension_status,
    trunk_status,
    config_change,
    boot,
};

enum class yeastar_side : std::uint8_t { extension, inbound, outbound };

struct yeastar_member {
    yeastar_side side = yeastar_side::extension;
    text number;
    text from;
    text to;
    text trunk;
    text channel;
    text status;
};

struct yeastar_cdr {
    text id;
    text start;
    text from;
    text to;
    text duration;
    text talk;
    text source_trunk;
    text destination_trunk;
    text pin;
    text recording;
};

struct yeastar_report {
    yeastar_action action = yeastar_action::unknown;
    text said;  // the PBX's own name of it
    text call_id;
    text reason;
    text info;
    text prompt;
    text extension;
    text trunk;
    text status;
    text type;
    text operation;
    text survey;
    bool caller_first = false;  // OpenVox lists the caller first in every report
    yeastar_cdr cdr;
    std::span<const yeastar_member> members;
    std::span<const header> fields;  // every value, in order, under its path
};

class yeastar_reader {
public:
    // A body that is not in `from` as it stands is taken for it byte by byte.
    explicit yeastar_reader(charset from = charset::guessed);
    ~yeastar_reader();
    yeastar_reader(const yeastar_reader&) = delete;
    yeastar_reader& operator=(const yeastar_reader&) = delete;

    // limits::slab_spare_size bytes behind `body` are readable.
    report_verdict read(std::string_view body);
    const yeastar_report& report() const noexcept;

private:
    class state;
    std::unique_ptr<state> state_;
};

}  // namespace callstream::parsers
