#include "tests/parsers/event_words.h"

#include <vector>

namespace callstream::test {

namespace {

// Out of {"a":null,"b":{"c":"x","d":null}} comes {"b":{"c":"x"}}: what is not null.
std::string without_nulls(std::string json) {
    for (std::size_t at = 0; (at = json.find(":null", at)) != std::string::npos;) {
        const std::size_t key = json.rfind('"', json.rfind('"', at) - 1);
        std::size_t end = at + 5;
        std::size_t begin = key;
        if (json[end] == ',')
            ++end;
        else if (json[begin - 1] == ',')
            --begin;
        json.erase(begin, end - begin);
        at = begin;
    }
    for (std::size_t at = 0; (at = json.find(":{}", at)) != std::string::npos;) {
        const std::size_t key = json.rfind('"', json.rfind('"', at) - 1);
        std::size_t end = at + 3;
        std::size_t begin = key;
        if (json[end] == ',')
            ++end;
        else if (json[begin - 1] == ',')
            --begin;
        json.erase(begin, end - begin);
        at = begin;
    }
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
