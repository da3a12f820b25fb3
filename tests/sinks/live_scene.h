// Events told to a live state as a journal would give them, and what its entries say.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/json_reader.h"
#include "sinks/live_state.h"
#include "tests/sinks/sample_record.h"

namespace callstream::sinks::test {

class live_scene {
public:
    explicit live_scene(live_settings settings = {}) : state(settings) {}

    // `data`: the members of the data object. Time is a second of 2026-11-27T12:00.
    void tell(std::string_view type, int second, const std::string& data,
              std::string_view pbx = "hq") {
        const timestamp time = noon + std::chrono::seconds(second);
        std::array<char, rfc3339_size> text{};
        format_rfc3339(time, text);
        callstream::test::sample_record made(
            {{attribute::type, std::string(type)},
             {attribute::time, std::string(text.data(), text.size())},
             {attribute::data, "{" + data + "}"}});
        made.viewed.type = event_type_named(type).value();
        made.viewed.time = time;
        made.viewed.pbx = pbx;
        state.apply(made.viewed);
        changes = state.take_changes();
    }

    // A field of an entry, such as "members.ready", as text; "gone" if there is no such entry.
    std::string field(live_kind kind, std::string_view key, std::string_view path) {
        const auto& all = state.of(kind);
        const auto found = all.find(key);
        if (found == all.end()) return "gone";
        json_value at = document_.parse(found->second).value();
        while (true) {
            const std::size_t point = std::min(path.find('.'), path.size());
            at = at[path.substr(0, point)];
            if (point == path.size()) break;
            path.remove_prefix(point + 1);
        }
        if (!at.text().empty()) return std::string(at.text());
        if (const auto number = at.number()) {
            std::string text = std::to_string(*number);
            text.erase(text.find_last_not_of('0') + 1);
            if (text.back() == '.') text.pop_back();
            return text;
        }
        return at ? "something" : "null";
    }

    static constexpr timestamp noon{std::chrono::seconds{1'795'780'800}};
    live_state state;
    std::vector<live_change> changes;  // of the last tell()

private:
    json_document document_;
};

}  // namespace callstream::sinks::test
