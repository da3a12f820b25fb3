#include "core/event_reference.h"

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <tuple>
#include <type_traits>
#include <variant>
#include <vector>

#include "core/event.h"

namespace callstream {

namespace {

constexpr std::string_view page_head =
    "# Events\n"
    "\n"
    "Made by `callstream reference events`; a test keeps it in step with the program. The JSON "
    "Schema\n"
    "of all of it is [events.schema.json](events.schema.json), the topics and streams are in\n"
    "[asyncapi.yaml](asyncapi.yaml).\n"
    "\n"
    "Each event is a CloudEvent 1.0, structured JSON. On Kafka the record's value is this JSON and "
    "its\n"
    "key is `partitionkey`; on Redis each attribute is a field of the entry.\n"
    "\n"
    "| attribute | what it is |\n"
    "|---|---|\n"
    "| `id` | unique for a `source`: the same fact always has the same id |\n"
    "| `source` | `/pbx/NAME`, the PBX by its configured name |\n"
    "| `type` | one of those below |\n"
    "| `subject` | the call, queue, agent or device it is about |\n"
    "| `time` | when it happened, UTC, RFC 3339 |\n"
    "| `recordedtime` | when callstream journalled it, UTC |\n"
    "| `sequence` | contiguous for each PBX: a gap is a loss |\n"
    "| `partitionkey` | events with the same key are in order |\n"
    "| `dataschema` | `urn:callstream:schema:1:TYPE`; the number changes only if a field goes |\n"
    "| `data` | the fields below; each is always there, null where it is unknown |\n"
    "\n"
    "Every `data` ends with these.\n\n";

constexpr std::string_view field_head = "| field | values | what it is |\n|---|---|---|\n";

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class Enum>
std::string names_text() {
    std::string out;
    for (const std::string_view name : names_of<Enum>)
        if (!name.empty()) out.append(out.empty() ? "" : ", ").append(name);
    return out;
}

template <class Value>
std::string kind_text() {
    if constexpr (is_optional<Value>)
        return kind_text<typename Value::value_type>();
    else if constexpr (std::same_as<Value, text>)
        return "text";
    else if constexpr (std::same_as<Value, timestamp>)
        return "time";
    else if constexpr (std::same_as<Value, duration>)
        return "seconds";
    else if constexpr (std::same_as<Value, std::int64_t>)
        return "number";
    else if constexpr (std::same_as<Value, bool>)
        return "true or false";
    else if constexpr (std::is_enum_v<Value>)
        return names_text<Value>();
    else if constexpr (std::same_as<Value, std::span<const header>>)
        return "list of [name, value]";
    else if constexpr (std::same_as<Value, std::span<const text>>)
        return "list of texts";
    else
        return "object";
}

// A struct's own fields stand in its row: those of a party would come five times.
template <class Value>
std::string members_text() {
    if constexpr (is_optional<Value>) {
        return members_text<typename Value::value_type>();
    } else if constexpr (described<Value>) {
        std::string out;
        std::apply(
            [&out](const auto&... each) {
                ((out.append(out.empty() ? " of `" : ", `").append(each.name).append("`")), ...);
            },
            Value::fields());
        return out;
    } else {
        return {};
    }
}

template <class Owner, class Value>
std::string row_of(const field<Owner, Value>& one) {
    return "| `" + std::string(one.name) + "` | " + kind_text<Value>() + members_text<Value>() +
           " | " + std::string(one.about) + " |\n";
}

template <described Data>
std::string rows_of() {
    std::string out;
    std::apply([&out](const auto&... each) { ((out += row_of(each)), ...); }, Data::fields());
    return out;
}

// One section for all types with the same data.
template <std::size_t Index = 0>
void add_sections(std::string& out) {
    if constexpr (Index < std::variant_size_v<event_data>) {
        std::string types;
        std::string title;
        for (const event_type_info& info : event_types) {
            if (data_index_of(info.type) != Index) continue;
            title.append(title.empty() ? "" : ", ").append(info.name);
            types += "| `" + std::string(info.name) + "` | " + std::string(info.csta) + " | " +
                     std::string(info.about) + " |\n";
        }
        out += "\n## " + title + "\n\n| type | CSTA | when |\n|---|---|---|\n" + types + '\n';
        out.append(field_head).append(rows_of<std::variant_alternative_t<Index, event_data>>());
        add_sections<Index + 1>(out);
    }
}

constexpr std::string_view asyncapi_head =
    R"(# Made by `callstream reference asyncapi`; a test keeps it in step with the program.
asyncapi: 3.0.0
info:
  title: callstream
  version: "1"
  description: >-
    Call events of IP PBXes as CloudEvents 1.0, in the order of each call. The names of topic and
    stream are those of the configuration, which may hold {family} and {pbx}.
  license:
    name: Apache-2.0
    url: https://www.apache.org/licenses/LICENSE-2.0
defaultContentType: application/cloudevents+json
servers:
  kafka:
    host: kafka:9092
    protocol: kafka
  redis:
    host: redis:6379
    protocol: redis
channels:
)";

constexpr std::string_view channel_kafka = R"(  kafka:
    address: calls.events
    description: The record's key is `partitionkey`, its value the event.
    servers:
      - $ref: "#/servers/kafka"
    messages:
)";

constexpr std::string_view channel_redis = R"(  redis:
    address: calls.events
    description: >-
      A stream; each attribute of the event is a field of the entry, `data` is JSON. The entry's ID
      is the time of recording and the journal's sequence.
    servers:
      - $ref: "#/servers/redis"
    messages:
)";

constexpr std::string_view operations = R"(operations:
  readKafka:
    action: receive
    channel:
      $ref: "#/channels/kafka"
  readRedis:
    action: receive
    channel:
      $ref: "#/channels/redis"
components:
  messages:
)";

std::string quoted(std::string_view words) {
    std::string out = "\"";
    for (const char c : words)
        out.append(c == '"' || c == '\\' ? "\\" : "").append(1, c);
    return out + '"';
}

// In a list a type's point would be taken for a path.
std::string key_of(std::string_view type) {
    std::string out(type);
    std::replace(out.begin(), out.end(), '.', '_');
    return out;
}

std::string message_of(const event_type_info& info) {
    return "    " + key_of(info.name) + ":\n      name: " + std::string(info.name) +
           "\n      summary: " + quoted(info.about) +
           "\n      contentType: application/cloudevents+json\n      payload:\n        $ref: "
           "\"./events.schema.json#/$defs/" +
           std::string(info.name) + "\"\n";
}

}  // namespace

std::string event_page() {
    std::string out(page_head);
    out.append(field_head);
    out += "| `csta` | text | ECMA-269's name of this event, where it has one |\n";
    out += rows_of<provenance>();
    add_sections(out);
    return out;
}

std::string event_asyncapi() {
    std::string messages;
    std::string references;
    for (const event_type_info& info : event_types) {
        references += "      " + key_of(info.name) + ":\n        $ref: \"#/components/messages/" +
                      key_of(info.name) + "\"\n";
        messages += message_of(info);
    }
    std::string out(asyncapi_head);
    out.append(channel_kafka).append(references);
    out.append(channel_redis).append(references);
    return out.append(operations).append(messages);
}

}  // namespace callstream
