// Which events a PBX publishes, or a sink gets.
//
// `include`: each kind of pattern that is given must match something of the event. `exclude`: none
// may. What an event says nothing of is matched by no pattern. source.* events, which tell how
// complete the view of a PBX is, need no inclusion by what they cannot have: only a pattern of
// types or PBXes leaves them out.
//
// Patterns see the event's JSON, so that a PBX's filter and a sink's mean the same:
//   channels    channel, destination_channel and device, also of parties (PJSIP/201)
//   contexts    context, target_context
//   queues      queue
//   extensions  number of any party
// and in the headers of a vendor.event those whose names end in Channel, Context, Queue, Exten,
// CallerIDNum or ConnectedLineNum.
//
// Threads: of() and passes() from one at a time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/event_type.h"
#include "core/result.h"
#include "core/text_pattern.h"

namespace callstream {

struct filter_patterns {
    std::vector<std::string> types;
    std::vector<std::string> pbxes;
    std::vector<std::string> channels;
    std::vector<std::string> contexts;
    std::vector<std::string> queues;
    std::vector<std::string> extensions;
};

struct filter_settings {
    filter_patterns include;
    filter_patterns exclude;
};

bool empty(const filter_settings& settings) noexcept;  // it lets everything pass

enum class filter_verdict : std::uint8_t { passes, left_out, depends };

class event_filter {
public:
    // bad_config if a pattern is none.
    static result<std::unique_ptr<event_filter>> make(const filter_settings& settings);

    // What type and PBX alone say of an event; `depends` on its data otherwise.
    filter_verdict of(event_type type, std::string_view pbx) const noexcept;
    // Whether an event whose type and PBX do not decide passes. `data`: its JSON object.
    bool passes(std::string_view data);

private:
    using patterns = std::vector<text_pattern>;
    enum class kind : std::uint8_t { channel, context, queue, extension, none };
    static constexpr std::size_t kind_count = 4;
    using patterns_by_kind = std::array<patterns, kind_count>;

    event_filter() = default;
    static kind kind_of(std::string_view key, bool in_pair) noexcept;

    std::array<filter_verdict, event_types.size()> by_type_{};
    patterns include_pbxes_;
    patterns exclude_pbxes_;
    patterns_by_kind include_;
    patterns_by_kind exclude_;
    std::string unescaped_;
};

}  // namespace callstream
