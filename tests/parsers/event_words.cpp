#include "tests/parsers/event_words.h"

#include <string_view>
#include <vector>

namespace callstream::test {

namespace {

// Takes the members with that value out of all objects.
void remove_members(std::string& json, std::string_view value) {
    for (std::size_t at = 0; (at = json.find(value, at)) != std::string::npos;) {
        const std::size_t key = json.rfind('"', json.rfind('"', at) - 1);
        std::size_t end = at + value.size();
        std::size_t begin = key;
        if (json[end] == ',')
            ++end;
        else if (json[begin - 1] == ',')
            --begin;
        json.erase(begin, end - begin);
        at = begin;
    }
}

// Out of {"a":null,"b":{"c":"x","d":null}} comes {"b":{"c":"x"}}: what is not null.
std::string without_nulls(std::string json) {
    remove_members(json, ":null");
    remove_members(json, ":{}");
    return json;
}

}  // namespace

void event_words::publish(const event& published) {
    std::vector<char> room(1024 * 1024);
    const auto written = writer_.write(published, {"pbx", 1, 0, published.time}, room);
    if (!written) {
        text += "  too large\n";
        return;
    }
    const std::string_view whole(room.data(), written->size);
    const auto part = [&](attribute which) {
        const attribute_slice slice = written->attributes[static_cast<std::size_t>(which)];
        return std::string(whole.substr(slice.offset, slice.size));
    };
    text += "  " + part(attribute::type) + ' ' + part(attribute::subject) + ' ' +
            part(attribute::time) + ' ' + without_nulls(part(attribute::data)) + '\n';
}

}  // namespace callstream::test
