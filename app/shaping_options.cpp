#include "app/shaping_options.h"

#include <algorithm>
#include <array>

#include "core/text_pattern.h"

namespace callstream::app {

namespace {

constexpr std::size_t key_size_min = 16;

using texts = std::vector<std::string>;

void read_patterns(config_table& from, const config_key& key, texts& out) {
    from.texts(key, out);
    for (const std::string& written : out)
        if (const auto pattern = text_pattern::make(written); !pattern)
            from.fail(key.name, '\'' + written + "' " + std::string(pattern.error().what));
}

void read_types(config_table& from, texts& out) {
    read_patterns(from, {"types", "event types, such as call.* or agent.connected"}, out);
    for (const std::string& written : out) {
        const auto pattern = text_pattern::make(written);
        const bool known = !pattern || std::any_of(event_types.begin(), event_types.end(),
                                                   [&](const event_type_info& info) {
                                                       return pattern->matches(info.name);
                                                   });
        if (!known) from.fail("types", '\'' + written + "' matches no event type");
    }
}

void read_side(config_table& from, filter_of whose, filter_patterns& out) {
    read_types(from, out.types);
    if (whose == filter_of::sink) read_patterns(from, {"pbxes", "names of [pbx.NAME]"}, out.pbxes);
    read_patterns(from, {"channels", "channels and devices, such as PJSIP/trunk*"}, out.channels);
    read_patterns(from, {"contexts", "dialplan contexts; of a call, where it began"}, out.contexts);
    read_patterns(from, {"queues", "names of queues"}, out.queues);
    read_patterns(from, {"extensions", "numbers of any party"}, out.extensions);
}

}  // namespace

void read_filter(config_table& from, filter_of whose, filter_settings& filter) {
    from.table({"include", "only events that each given list matches; globs, or /RE2/"},
               [&](config_table& table) { read_side(table, whose, filter.include); });
    from.table({"exclude", "no event that any of the lists matches"},
               [&](config_table& table) { read_side(table, whose, filter.exclude); });
}

void read_numbers(config_table& from, sink_settings& sink) {
    constexpr std::array<std::string_view, 3> forms{"plain", "masked", "hashed"};
    sinks::number_settings& numbers = sink.numbers;
    from.table({"numbers", "what becomes of telephone numbers"}, [&](config_table& table) {
        table.choice({"form", "masked: but for the last digits; hashed: HMAC-SHA256"}, numbers.form,
                     forms);
        table.flag({"e164", "+49... where a PBX's country makes it certain"}, numbers.e164);
        table.number<std::size_t>({"keep_last", "digits that a mask shows"}, numbers.keep_last,
                                  {0, 20});
        table.number<std::size_t>(
            {"shorter_than", "digits; shorter numbers stay, as extensions do"},
            numbers.shorter_than, {0, 20});
        table.password({"key", "of the hash; whoever has it can find numbers by trying"},
                       numbers.key, sink.key_origin);
        if (numbers.form != sinks::number_form::hashed) return;
        table.require({"key"});
        if (table.has("key") && numbers.key.reveal().size() < key_size_min)
            table.fail("key", "must have at least 16 characters");
    });
}

}  // namespace callstream::app
