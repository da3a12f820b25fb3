#include "core/event_writer.h"

#include <array>
#include <charconv>
#include <initializer_list>
#include <type_traits>
#include <utility>

#include "core/ensure.h"
#include "core/event_csta.h"
#include "core/json_escape.h"

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
    // Without the zeros in front.
    std::string_view bare() const noexcept {
        return {&text_[width_max], size_ + first_ - width_max};
    }

private:
    static constexpr std::size_t width_max = 20;
    std::array<char, 2 * width_max> text_;
    std::size_t first_;
    std::size_t size_;
};

constexpr std::string_view null_word = "null";

template <std::size_t Size>
consteval std::array<char, Size> joined(std::initializer_list<std::string_view> parts) {
    std::array<char, Size> whole{};
    std::size_t size = 0;
    for (const std::string_view part : parts)
        for (const char byte : part)
            whole[size++] = byte;
    return whole;
}

// A field's name with what stands in front of it, and null behind it: what is null needs one copy.
template <class Data, std::size_t Index, char Before>
constexpr auto key_and_null = [] {
    constexpr std::string_view name = std::get<Index>(Data::fields()).name;
    constexpr char before = Before;
    return joined<name.size() + 4 + null_word.size()>({{&before, 1}, "\"", name, "\":", null_word});
}();

bool is_null(text value) noexcept {
    return value.data() == nullptr;
}
template <class Value>
bool is_null(const std::optional<Value>& value) noexcept {
    return !value.has_value();
}
template <class Value>
bool is_null(const Value& value) noexcept {
    if constexpr (std::is_enum_v<Value>)
        return value == Value::none;
    else
        return false;
}

void write_value(json_bytes& json, text value) {
    json.put_text(value);
}
void write_value(json_bytes& json, bool value) {
    json.put(value ? std::string_view("true") : std::string_view("false"));
}
void write_value(json_bytes& json, std::int64_t value) {
    std::array<char, 20> out;  // -9223372036854775808
    const char* const end = std::to_chars(out.data(), out.data() + out.size(), value).ptr;
    json.put(std::string_view(out.data(), static_cast<std::size_t>(end - out.data())));
}

void write_value(json_bytes& json, timestamp value) {
    std::array<char, rfc3339_size> out;
    format_rfc3339(value, out);
    json.put_plain({out.data(), out.size()});
}

// Seconds, with as many of six decimals as are not zero; JSON has no other unit for them.
void write_value(json_bytes& json, duration value) {
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
    json.put(std::string_view(out.data(), static_cast<std::size_t>(next - out.data())));
}

template <class Enum>
requires std::is_enum_v<Enum>
void write_value(json_bytes& json, Enum value) {
    json.put_plain(name_of(value));
}

void write_value(json_bytes& json, std::span<const header> pairs) {
    json.put_pairs(pairs);
}

template <described Data>
void write_value(json_bytes& json, const Data& data);

template <class Value>
void write_value(json_bytes& json, const std::optional<Value>& value) {
    write_value(json, *value);
}

template <class Data, std::size_t Index, char Before>
void write_field(json_bytes& json, const Data& data) {
    constexpr const auto& key = key_and_null<Data, Index, Before>;
    constexpr auto member = std::get<Index>(Data::fields()).member;
    const auto& value = data.*member;
    if (is_null(value)) return json.put(key);
    json.put(key, key.size() - null_word.size());
    write_value(json, value);
}

// `First` stands in front of the first, a comma in front of each of the others.
template <char First, described Data>
void write_fields(json_bytes& json, const Data& data) {
    constexpr std::size_t rest = std::tuple_size_v<decltype(Data::fields())> - 1;
    write_field<Data, 0, First>(json, data);
    [&]<std::size_t... Index>(std::index_sequence<Index...>) {
        (write_field<Data, Index + 1, ','>(json, data), ...);
    }
    (std::make_index_sequence<rest>());
}

template <described Data>
void write_value(json_bytes& json, const Data& data) {
    write_fields<'{'>(json, data);
    json.put('}');
}

template <attribute Which>
constexpr auto attribute_begin = [] {
    constexpr std::string_view name = attribute_names[static_cast<std::size_t>(Which)];
    constexpr std::string_view before = Which == attribute::specversion ? "{\"" : ",\"";
    constexpr std::string_view after = Which == attribute::data ? "\":" : "\":\"";
    return joined<before.size() + name.size() + after.size()>({before, name, after});
}();

}  // namespace

template <attribute Which>
void event_writer::begin() {
    json_.put(attribute_begin<Which>);
    written_.attributes[static_cast<std::size_t>(Which)].offset =
        static_cast<std::uint32_t>(json_.size());
}

template <attribute Which>
void event_writer::end() {
    attribute_slice& slice = written_.attributes[static_cast<std::size_t>(Which)];
    slice.size = static_cast<std::uint32_t>(json_.size()) - slice.offset;
    if constexpr (Which != attribute::data) json_.put('"');
}

template <attribute Which>
void event_writer::plain(std::string_view value) {
    begin<Which>();
    json_.put(value);
    end<Which>();
}

void event_writer::put_inside(std::string_view value) {
    const std::size_t before = json_.size();
    json_.put_inside(value);
    if (json_.size() - before != value.size()) written_.escaped = true;
}

void event_writer::know(const event_envelope& envelope) {
    const bool is_known = !id_begin_.empty() && envelope.pbx == pbx_ && envelope.epoch == epoch_;
    if (is_known) return;
    pbx_ = envelope.pbx;
    epoch_ = envelope.epoch;
    pbx_inside_.resize(escape_growth_max * pbx_.size());
    const char* const end = put_escaped(pbx_, pbx_inside_.data());
    pbx_inside_.resize(static_cast<std::size_t>(end - pbx_inside_.data()));
    id_begin_.assign(pbx_inside_).append("-");
    id_begin_.append(digits(epoch_, 16, 8).view()).append("-");
}

void event_writer::write_id(const event& source, std::string_view sequence) {
    begin<attribute::id>();
    if (source.natural_key.data() != nullptr) {
        json_.put(pbx_inside_);
        json_.put(':');
        put_inside(source.natural_key);
    } else {
        json_.put(id_begin_);
        json_.put(sequence);
    }
    end<attribute::id>();
}

void event_writer::write_partition(const event& source) {
    begin<attribute::partitionkey>();
    json_.put(pbx_inside_);
    if (!source.partition.empty()) {
        json_.put(':');
        put_inside(source.partition);
    }
    end<attribute::partitionkey>();
}

void event_writer::write_data(const event& source) {
    begin<attribute::data>();
    std::visit([this](const auto& data) { write_fields<'{'>(json_, data); }, source.data);
    const std::string_view csta = csta_of(source);
    json_.put(std::string_view(",\"csta\":"));
    if (csta.empty())
        json_.put(null_word);
    else
        json_.put_plain(csta);
    write_fields<','>(json_, source.origin);
    json_.put('}');
    end<attribute::data>();
}

std::optional<written_event> event_writer::write(const event& source,
                                                 const event_envelope& envelope,
                                                 std::span<char> room) {
    ensure(source.data.index() == data_index_of(source.type), "an event carries its type's data");
    json_.begin(room);
    know(envelope);
    written_ = {};
    written_.escaped = pbx_inside_.size() != pbx_.size();
    const std::string_view name = info_of(source.type).name;
    const digits sequence(envelope.pbx_sequence, 10, 16);

    plain<attribute::specversion>("1.0");
    write_id(source, sequence.bare());
    begin<attribute::source>();
    json_.put(std::string_view("/pbx/"));
    json_.put(pbx_inside_);
    end<attribute::source>();
    plain<attribute::type>(name);
    begin<attribute::subject>();
    put_inside(source.subject.empty() ? std::string_view(pbx_) : source.subject);
    end<attribute::subject>();
    plain<attribute::time>(time_.of(source.time));
    plain<attribute::recordedtime>(recorded_time_.of(envelope.recorded_time));
    plain<attribute::sequence>(sequence.view());
    write_partition(source);
    plain<attribute::datacontenttype>("application/json");
    begin<attribute::dataschema>();
    json_.put(schema_prefix);
    json_.put(name);
    end<attribute::dataschema>();
    write_data(source);
    json_.put('}');
    if (json_.overflowed()) return std::nullopt;
    written_.size = json_.size();
    return written_;
}

}  // namespace callstream
