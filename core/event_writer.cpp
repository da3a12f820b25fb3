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

// What stands in front of attributes.
constexpr std::string_view id_front = R"({"specversion":"1.0","id":")";
constexpr std::string_view source_front = R"(","source":")";
constexpr std::string_view path_front = "/pbx/";
constexpr std::string_view type_front = R"(","type":")";
constexpr std::string_view subject_front = R"(","subject":")";
constexpr std::string_view time_front = R"(","time":")";
constexpr std::string_view recorded_front = R"(","recordedtime":")";
constexpr std::string_view sequence_front = R"(","sequence":")";
constexpr std::string_view partition_front = R"(","partitionkey":")";
constexpr std::string_view content_front = R"(","datacontenttype":")";
constexpr std::string_view content_type = "application/json";
constexpr std::string_view schema_front = R"(","dataschema":")";
constexpr std::string_view data_front = R"(","data":)";

constexpr std::string_view version = "1.0";
constexpr std::size_t version_offset = id_front.find(version);

// What is the same in all events of a type; a copy of a known size costs a few instructions.
struct type_text {
    std::array<char, 64> to_subject{};  // the type itself, and what stands in front of the subject
    std::array<char, 128> to_data{};    // from behind the partition key
    std::size_t name_size = 0;
    std::size_t to_data_size = 0;
};

constexpr std::array type_texts = [] {
    std::array<type_text, event_types.size()> texts{};
    const auto append = [](auto& out, std::size_t size, auto... parts) {
        for (const std::string_view part : {parts...})
            for (const char byte : part)
                out[size++] = byte;
        return size;
    };
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const std::string_view name = event_types[i].name;
        texts[i].name_size = name.size();
        append(texts[i].to_subject, 0, name, subject_front);
        texts[i].to_data_size = append(texts[i].to_data, 0, content_front, content_type,
                                       schema_front, schema_prefix, name, data_front);
    }
    return texts;
}();

template <const std::string_view& Text>
constexpr auto literal = joined<Text.size()>({Text});

}  // namespace

std::string_view event_writer::counting_text::of(std::uint64_t value) noexcept {
    constexpr std::size_t width = 16;
    const bool next = value == value_ + 1 && count_on();
    value_ = value;
    if (!next) {
        const digits all(value, 10, width);
        first_ = text_.size() - all.view().size();
        all.view().copy(&text_[first_], all.view().size());
    }
    return {&text_[first_], text_.size() - first_};
}

// False if there are too few digits.
bool event_writer::counting_text::count_on() noexcept {
    for (std::size_t i = text_.size(); i > first_; --i) {
        char& digit = text_[i - 1];
        if (digit != '9') {
            ++digit;
            return first_ > 0;
        }
        digit = '0';
    }
    return false;
}

std::string_view event_writer::counting_text::bare() const noexcept {
    std::size_t begin = first_;
    while (begin + 1 < text_.size() && text_[begin] == '0')
        ++begin;
    return {&text_[begin], text_.size() - begin};
}

void event_writer::mark(attribute which, std::size_t offset, std::size_t size) noexcept {
    written_.attributes[static_cast<std::size_t>(which)] = {static_cast<std::uint32_t>(offset),
                                                            static_cast<std::uint32_t>(size)};
}

// Up to what was written last.
void event_writer::mark_from(attribute which, std::size_t offset) noexcept {
    mark(which, offset, json_.size() - offset);
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
    std::string inside(escape_room(pbx_.size()), '\0');
    inside.resize(static_cast<std::size_t>(put_escaped(pbx_, inside.data()) - inside.data()));
    pbx_escaped_ = inside.size() != pbx_.size();
    const auto join = [](std::string& out, auto... parts) {
        out.clear();
        (out.append(parts), ...);
    };
    join(id_begin_, id_front, inside, "-", digits(epoch_, 16, 8).view(), "-");
    join(natural_id_begin_, id_front, inside, ":");
    join(source_begin_, source_front, path_front, inside, type_front);
    join(partition_begin_, partition_front, inside);
}

void event_writer::write_id(const event& source, std::string_view sequence) {
    if (source.natural_key.data() != nullptr) {
        json_.put(natural_id_begin_);
        put_inside(source.natural_key);
    } else {
        json_.put(id_begin_);
        json_.put(sequence);
    }
    mark(attribute::specversion, version_offset, version.size());
    mark_from(attribute::id, id_front.size());
}

// Source, type and subject.
void event_writer::write_origin(const event& source) {
    const type_text& same = type_texts[static_cast<std::size_t>(source.type)];
    const std::size_t before = json_.size();
    json_.put(source_begin_);
    const std::size_t begin = json_.size();
    mark(attribute::source, before + source_front.size(),
         source_begin_.size() - source_front.size() - type_front.size());
    mark(attribute::type, begin, same.name_size);
    json_.put(same.to_subject, same.name_size + subject_front.size());
    const std::size_t subject = json_.size();
    put_inside(source.subject.empty() ? std::string_view(pbx_) : source.subject);
    mark_from(attribute::subject, subject);
}

// Both times and the sequence.
void event_writer::write_times(const event& source, const event_envelope& envelope) {
    json_.put(literal<time_front>);
    write_time(attribute::time, source.time, time_);
    json_.put(literal<recorded_front>);
    write_time(attribute::recordedtime, envelope.recorded_time, recorded_time_);
    json_.put(literal<sequence_front>);
}

void event_writer::write_time(attribute name, timestamp time, rfc3339_text& known) {
    mark(name, json_.size(), rfc3339_size);
    if (char* const out = json_.take<rfc3339_size>())
        known.put(time, std::span<char, rfc3339_size>(out, rfc3339_size));
}

void event_writer::write_partition(const event& source) {
    const std::size_t begin = json_.size() + partition_front.size();
    json_.put(partition_begin_);
    if (!source.partition.empty()) {
        json_.put(':');
        put_inside(source.partition);
    }
    mark_from(attribute::partitionkey, begin);
}

void event_writer::write_data(const event& source) {
    const type_text& same = type_texts[static_cast<std::size_t>(source.type)];
    const std::size_t before = json_.size();
    json_.put(same.to_data, same.to_data_size);
    const std::size_t schema_size = schema_prefix.size() + same.name_size;
    const std::size_t begin = json_.size();
    mark(attribute::datacontenttype, before + content_front.size(), content_type.size());
    mark(attribute::dataschema, begin - data_front.size() - schema_size, schema_size);
    std::visit([this](const auto& data) { write_fields<'{'>(json_, data); }, source.data);
    const std::string_view csta = csta_of(source);
    json_.put(std::string_view(",\"csta\":"));
    if (csta.empty())
        json_.put(null_word);
    else
        json_.put_plain(csta);
    write_fields<','>(json_, source.origin);
    json_.put('}');
    mark_from(attribute::data, begin);
}

std::optional<written_event> event_writer::write(const event& source,
                                                 const event_envelope& envelope,
                                                 std::span<char> room) {
    ensure(source.data.index() == data_index_of(source.type), "an event carries its type's data");
    json_.begin(room);
    know(envelope);
    written_.escaped = pbx_escaped_;
    const std::string_view sequence = sequence_.of(envelope.pbx_sequence);
    write_id(source, sequence_.bare());
    write_origin(source);
    write_times(source, envelope);
    const std::size_t begin = json_.size();
    json_.put(sequence);
    mark_from(attribute::sequence, begin);
    write_partition(source);
    write_data(source);
    json_.put('}');
    if (json_.overflowed()) return std::nullopt;
    written_.size = json_.size();
    return written_;
}

}  // namespace callstream
