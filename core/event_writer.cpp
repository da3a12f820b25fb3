#include "core/event_writer.h"

#include <array>
#include <charconv>
#include <type_traits>

#include "core/ensure.h"

namespace callstream {

namespace {

// Digits of an unsigned number, in base 10 or 16, at least `width` of them.
class digits {
public:
    digits(std::uint64_t value, int base, std::size_t width) noexcept {
        char* end = std::to_chars(&text_[width_max], text_.data() + text_.size(), value, base).ptr;
        const auto size = static_cast<std::size_t>(end - &text_[width_max]);
        const std::size_t zeros = size < width ? width - size : 0;
        first_ = width_max - zeros;
        for (std::size_t i = first_; i < width_max; ++i)
            text_[i] = '0';
        size_ = size + zeros;
    }
    std::string_view view() const noexcept { return {&text_[first_], size_}; }

private:
    static constexpr std::size_t width_max = 20;
    std::array<char, 2 * width_max> text_;
    std::size_t first_;
    std::size_t size_;
};

void write_value(json_writer& json, text value) {
    json.text(value);
}
void write_value(json_writer& json, bool value) {
    json.Bool(value);
}
void write_value(json_writer& json, std::int64_t value) {
    json.Int64(value);
}

void write_value(json_writer& json, timestamp value) {
    std::array<char, rfc3339_size> out;
    format_rfc3339(value, out);
    json.plain({out.data(), out.size()});
}

// Seconds, with as many of six decimals as are not zero; JSON has no other unit for them.
void write_value(json_writer& json, duration value) {
    std::array<char, 32> out;
    const bool negative = value.count() < 0;
    const auto micros = negative ? 0 - static_cast<std::uint64_t>(value.count())
                                 : static_cast<std::uint64_t>(value.count());
    char* next = out.data();
    if (negative) *next++ = '-';
    next = std::to_chars(next, out.data() + out.size(), micros / 1'000'000).ptr;
    const digits fraction(micros % 1'000'000, 10, 6);
    std::size_t kept = 6;
    while (kept > 1 && fraction.view()[kept - 1] == '0')
        --kept;
    *next++ = '.';
    for (std::size_t i = 0; i < kept; ++i)
        *next++ = fraction.view()[i];
    const auto size = static_cast<std::size_t>(next - out.data());
    json.RawValue(out.data(), size, rapidjson::kNumberType);
}

template <class Enum>
requires std::is_enum_v<Enum>
void write_value(json_writer& json, Enum value) {
    if (value == Enum::none)
        json.Null();
    else
        json.plain(name_of(value));
}

void write_value(json_writer& json, std::span<const header> pairs) {
    json.StartArray();
    for (const header& pair : pairs) {
        json.StartArray();
        json.text(pair.name.data() == nullptr ? "" : pair.name);
        json.text(pair.value.data() == nullptr ? "" : pair.value);
        json.EndArray();
    }
    json.EndArray();
}

template <described Data>
void write_value(json_writer& json, const Data& data);

template <class Value>
void write_value(json_writer& json, const std::optional<Value>& value) {
    if (value.has_value())
        write_value(json, *value);
    else
        json.Null();
}

template <described Data>
void write_fields(json_writer& json, const Data& data) {
    std::apply(
        [&](const auto&... described_field) {
            ((json.key(described_field.name), write_value(json, data.*described_field.member)),
             ...);
        },
        Data::fields());
}

template <described Data>
void write_value(json_writer& json, const Data& data) {
    json.StartObject();
    write_fields(json, data);
    json.EndObject();
}

}  // namespace

void event_writer::attribute_begin(attribute which) {
    const auto index = static_cast<std::size_t>(which);
    json_.key(attribute_names[index]);
    const bool quoted = which != attribute::data;
    // The value comes behind a colon, and a quote if it is a string.
    const std::size_t offset = json_.size() + (quoted ? 2 : 1);
    written_.attributes[index].offset = static_cast<std::uint32_t>(offset);
}

void event_writer::attribute_end(attribute which) {
    attribute_slice& slice = written_.attributes[static_cast<std::size_t>(which)];
    const std::size_t end = json_.size() - (which == attribute::data ? 0 : 1);
    slice.size = static_cast<std::uint32_t>(end) - slice.offset;
}

void event_writer::plain(attribute which, std::string_view value) {
    attribute_begin(which);
    json_.plain(value);
    attribute_end(which);
}

void event_writer::escaped(attribute which, std::string_view prefix, std::string_view value) {
    attribute_begin(which);
    json_.begin_text();
    json_.put_text(prefix);
    if (!prefix.empty() && !value.empty() && which == attribute::partitionkey) json_.put_text(":");
    json_.put_text(value);
    json_.end_text();
    attribute_end(which);
    const auto size = written_.attributes[static_cast<std::size_t>(which)].size;
    const bool joined = which == attribute::partitionkey && !value.empty();
    if (size != prefix.size() + value.size() + (joined ? 1 : 0)) written_.escaped = true;
}

void event_writer::write_id(const event& source, const event_envelope& envelope) {
    attribute_begin(attribute::id);
    json_.begin_text();
    json_.put_text(envelope.pbx);
    const std::size_t before = json_.size();
    std::size_t unescaped_size = 0;
    if (source.natural_key.data() != nullptr) {
        json_.put_text(":");
        json_.put_text(source.natural_key);
        unescaped_size = 1 + source.natural_key.size();
    } else {
        const digits epoch(envelope.epoch, 16, 8);
        const digits sequence(envelope.pbx_sequence, 10, 1);
        for (const std::string_view part :
             {std::string_view("-"), epoch.view(), std::string_view("-"), sequence.view()}) {
            json_.put_text(part);
            unescaped_size += part.size();
        }
    }
    if (json_.size() - before != unescaped_size) written_.escaped = true;
    json_.end_text();
    attribute_end(attribute::id);
}

void event_writer::write_data(const event& source) {
    attribute_begin(attribute::data);
    json_.StartObject();
    std::visit([this](const auto& data) { write_fields(json_, data); }, source.data);
    json_.key("csta");
    const std::string_view csta = info_of(source.type).csta;
    json_.text(csta.empty() ? text() : csta);
    write_fields(json_, source.origin);
    json_.EndObject();
    attribute_end(attribute::data);
}

std::optional<written_event> event_writer::write(const event& source,
                                                 const event_envelope& envelope,
                                                 std::span<char> room) {
    ensure(source.data.index() == data_index_of(source.type), "an event carries its type's data");
    json_.begin(room);
    written_ = {};
    std::array<char, rfc3339_size> time;
    std::array<char, rfc3339_size> recorded;
    format_rfc3339(source.time, time);
    format_rfc3339(envelope.recorded_time, recorded);
    const std::string_view name = info_of(source.type).name;

    json_.StartObject();
    plain(attribute::specversion, "1.0");
    write_id(source, envelope);
    escaped(attribute::source, "/pbx/", envelope.pbx);
    plain(attribute::type, name);
    escaped(attribute::subject, {}, source.subject.empty() ? envelope.pbx : source.subject);
    plain(attribute::time, {time.data(), time.size()});
    plain(attribute::recordedtime, {recorded.data(), recorded.size()});
    plain(attribute::sequence, digits(envelope.pbx_sequence, 10, 16).view());
    escaped(attribute::partitionkey, envelope.pbx, source.partition);
    plain(attribute::datacontenttype, "application/json");
    escaped(attribute::dataschema, schema_prefix, name);
    write_data(source);
    json_.EndObject();
    if (json_.overflowed()) return std::nullopt;
    written_.size = json_.size();
    return written_;
}

}  // namespace callstream
