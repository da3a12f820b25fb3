#include "core/event_schema.h"

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <tuple>
#include <type_traits>
#include <variant>

#include "core/event.h"
#include "core/event_csta.h"
#include "core/event_writer.h"
#include "core/json_output.h"
#include "core/record.h"

namespace callstream {

namespace {

using schema_writer = rapidjson::PrettyWriter<rapidjson::StringBuffer>;

void put(schema_writer& json, std::string_view value) {
    json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

void put(schema_writer& json, std::string_view key, std::string_view value) {
    put(json, key);
    put(json, value);
}

std::string schema_of(const event_type_info& info) {
    return std::string(schema_prefix).append(info.name);
}

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

void put_type(schema_writer& json, std::string_view name, bool nullable) {
    put(json, "type");
    if (!nullable) {
        put(json, name);
        return;
    }
    json.StartArray();
    put(json, name);
    put(json, "null");
    json.EndArray();
}

template <described Data>
void put_object(schema_writer& json, bool nullable);

template <class Enum>
void put_enum(schema_writer& json) {
    put(json, "enum");
    json.StartArray();
    for (const std::string_view name : names_of<Enum>)
        if (!name.empty()) put(json, name);
    json.Null();
    json.EndArray();
}

void put_array(schema_writer& json, bool pairs) {
    put(json, "type", "array");
    put(json, "items");
    json.StartObject();
    if (pairs) {
        put(json, "type", "array");
        put(json, "items");
        json.StartObject();
        put(json, "type", "string");
        json.EndObject();
        put(json, "minItems");
        json.Int(2);
        put(json, "maxItems");
        json.Int(2);
    } else {
        put(json, "type", "string");
    }
    json.EndObject();
}

// The members of a schema for one C++ type; field.h says what each type means in JSON.
template <class Value>
void put_members(schema_writer& json, bool nullable) {
    if constexpr (is_optional<Value>) {
        put_members<typename Value::value_type>(json, true);
    } else if constexpr (std::same_as<Value, text>) {
        put_type(json, "string", true);
    } else if constexpr (std::same_as<Value, timestamp>) {
        put_type(json, "string", nullable);
        put(json, "format", "date-time");
    } else if constexpr (std::same_as<Value, duration>) {
        put_type(json, "number", nullable);
        put(json, "$comment", "seconds");
    } else if constexpr (std::same_as<Value, std::int64_t>) {
        put_type(json, "integer", nullable);
    } else if constexpr (std::same_as<Value, bool>) {
        put_type(json, "boolean", nullable);
    } else if constexpr (std::is_enum_v<Value>) {
        put_enum<Value>(json);
    } else if constexpr (std::same_as<Value, std::span<const header>>) {
        put_array(json, true);
    } else if constexpr (std::same_as<Value, std::span<const text>>) {
        put_array(json, false);
    } else {
        put_object<Value>(json, nullable);
    }
}

template <class Owner, class Value>
void put_field(schema_writer& json, const field<Owner, Value>& described_field) {
    put(json, described_field.name);
    json.StartObject();
    put(json, "description", described_field.about);
    put_members<Value>(json, false);
    json.EndObject();
}

template <described Data>
void put_properties(schema_writer& json) {
    std::apply([&](const auto&... each) { (put_field(json, each), ...); }, Data::fields());
}

template <described Data>
void put_names(schema_writer& json) {
    std::apply([&](const auto&... each) { (put(json, each.name), ...); }, Data::fields());
}

template <described Data>
void put_object(schema_writer& json, bool nullable) {
    put_type(json, "object", nullable);
    put(json, "properties");
    json.StartObject();
    put_properties<Data>(json);
    json.EndObject();
    put(json, "required");
    json.StartArray();
    put_names<Data>(json);
    json.EndArray();
}

void put_csta(schema_writer& json, std::string_view csta) {
    put(json, "csta");
    json.StartObject();
    put(json, "description", "ECMA-269's name of this event, where it has one");
    if (csta == back_in_service) {
        put(json, "enum");
        json.StartArray();
        put(json, back_in_service);
        put(json, out_of_service);
        json.Null();  // of a trunk of which the PBX says nothing
        json.EndArray();
    } else if (csta.empty()) {
        put(json, "const");
        json.Null();
    } else {
        put(json, "const");
        put(json, csta);
    }
    json.EndObject();
}

template <described Data>
void put_data(schema_writer& json, const event_type_info& info) {
    json.StartObject();
    put(json, "type", "object");
    put(json, "properties");
    json.StartObject();
    put_properties<Data>(json);
    put_csta(json, info.csta);
    put_properties<provenance>(json);
    json.EndObject();
    put(json, "required");
    json.StartArray();
    put_names<Data>(json);
    put(json, "csta");
    put_names<provenance>(json);
    json.EndArray();
    json.EndObject();
}

template <std::size_t Index = 0>
void put_data_of(schema_writer& json, const event_type_info& info) {
    if constexpr (Index < std::variant_size_v<event_data>) {
        if (data_index_of(info.type) == Index)
            put_data<std::variant_alternative_t<Index, event_data>>(json, info);
        else
            put_data_of<Index + 1>(json, info);
    }
}

struct envelope_rule {
    attribute which;
    std::string_view keyword;  // "const", "pattern", "format" or "minLength" (of 1)
    std::string_view value;
    std::string_view about;
};

constexpr envelope_rule envelope_rules[] = {
    {attribute::specversion, "const", "1.0", "CloudEvents version"},
    {attribute::id, "minLength", "", "unique for a source; the same fact always has the same id"},
    {attribute::source, "pattern", "^/pbx/[A-Za-z0-9_-]+$", "the PBX, by its configured name"},
    {attribute::type, "const", "", "what happened"},
    {attribute::subject, "minLength", "", "the call, queue, agent or device it is about"},
    {attribute::time, "format", "date-time", "when it happened, UTC"},
    {attribute::recordedtime, "format", "date-time", "when callstream journalled it, UTC"},
    {attribute::sequence, "pattern", "^[0-9]{16,}$", "contiguous for each PBX"},
    {attribute::partitionkey, "minLength", "", "events with the same key are in order"},
    {attribute::datacontenttype, "const", "application/json", "type of data"},
    {attribute::dataschema, "const", "", "this schema; the number is its major version"},
};

void put_rule(schema_writer& json, const envelope_rule& rule, const event_type_info& info) {
    put(json, attribute_names[static_cast<std::size_t>(rule.which)]);
    json.StartObject();
    put(json, "description", rule.about);
    put(json, "type", "string");
    put(json, rule.keyword);
    if (rule.keyword == "minLength") {
        json.Int(1);
    } else if (rule.which == attribute::type) {
        put(json, info.name);
    } else if (rule.which == attribute::dataschema) {
        put(json, schema_of(info));
    } else {
        put(json, rule.value);
    }
    json.EndObject();
}

void put_event(schema_writer& json, const event_type_info& info) {
    put(json, "title", info.name);
    put(json, "description", info.about);
    put(json, "type", "object");
    put(json, "properties");
    json.StartObject();
    for (const envelope_rule& rule : envelope_rules)
        put_rule(json, rule, info);
    put(json, "data");
    put_data_of(json, info);
    json.EndObject();
    put(json, "required");
    json.StartArray();
    for (const std::string_view name : attribute_names)
        put(json, name);
    json.EndArray();
}

constexpr std::string_view draft = "https://json-schema.org/draft/2020-12/schema";

std::string text_of(const rapidjson::StringBuffer& buffer) {
    return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

}  // namespace

std::string event_schema(event_type type) {
    const event_type_info& info = info_of(type);
    rapidjson::StringBuffer buffer;
    schema_writer json(buffer);
    json.SetIndent(' ', 2);
    json.StartObject();
    put(json, "$schema", draft);
    put(json, "$id", schema_of(info));
    put_event(json, info);
    json.EndObject();
    return text_of(buffer);
}

std::string event_schema_of_all() {
    rapidjson::StringBuffer buffer;
    schema_writer json(buffer);
    json.SetIndent(' ', 2);
    json.StartObject();
    put(json, "$schema", draft);
    put(json, "$id", schema_prefix.substr(0, schema_prefix.size() - 1));
    put(json, "title", "callstream events");
    put(json, "type", "object");
    put(json, "required");
    json.StartArray();
    put(json, "type");
    json.EndArray();
    put(json, "oneOf");
    json.StartArray();
    for (const event_type_info& info : event_types) {
        json.StartObject();
        put(json, "$ref", "#/$defs/" + std::string(info.name));
        json.EndObject();
    }
    json.EndArray();
    put(json, "$defs");
    json.StartObject();
    for (const event_type_info& info : event_types) {
        put(json, info.name);
        json.StartObject();
        put_event(json, info);
        json.EndObject();
    }
    json.EndObject();
    json.EndObject();
    return text_of(buffer);
}

}  // namespace callstream
