#include "parsers/state_document.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "parsers/text_repair.h"

namespace callstream::parsers {
namespace {

constexpr std::size_t number_size_max = 32;
constexpr std::size_t name_size_max = 128;
constexpr std::size_t value_size_max = 4096;
constexpr std::size_t count_max = 64;        // of one thing
constexpr std::size_t size_max = 64 * 1024;  // names and values of one thing together
constexpr unsigned depth_max = 4;
constexpr double exact_integer_max = 9007199254740992.0;

bool is_marked(const std::vector<header>& values) {
    return std::any_of(values.begin(), values.end(),
                       [](const header& one) { return one.name == state_document::name_of_cut; });
}

}  // namespace

result<json_value> state_document::read(std::string_view body) {
    written_.clear();
    body_ = body;
    if (decoder_.keeps(body)) return document_.parse(body);
    repaired_.resize(body.size() * repair_growth_max);
    const char* const end = decoder_.decode(body, repaired_.data());
    repaired_.resize(static_cast<std::size_t>(end - repaired_.data()));
    body_ = repaired_;
    return document_.parse(repaired_);
}

text state_document::plain(json_value value) {
    if (!value.text().empty()) return value.text();
    if (const auto said = value.boolean()) return *said ? "true" : "false";
    const auto number = value.number();
    if (!number) return {};
    std::array<char, number_size_max> digits;
    const bool whole = std::trunc(*number) == *number && std::abs(*number) < exact_integer_max;
    const auto end = whole ? std::to_chars(digits.data(), digits.data() + digits.size(),
                                           static_cast<std::int64_t>(*number))
                           : std::to_chars(digits.data(), digits.data() + digits.size(), *number);
    return written_.emplace_back(digits.data(), end.ptr);
}

bool state_document::add(text name, text value, std::vector<header>& into) {
    const text kept = whole_characters(value, value_size_max);
    std::size_t size = name.size() + kept.size();
    for (const header& one : into)
        size += one.name.size() + one.value.size();
    const bool has_room = into.size() < count_max && size <= size_max;
    const bool fits = has_room && name.size() <= name_size_max;
    if (fits) into.push_back({name, kept});
    if ((!fits || kept.size() < value.size()) && !is_marked(into))
        into.push_back({name_of_cut, whole_characters(name, name_size_max)});
    return has_room;
}

bool state_document::add_said(text name, json_value value, std::vector<header>& into) {
    path_.assign(name);
    return add_at_path(value, 1, into);
}

// Of what is left out nothing is kept but the mark, however much it is.
bool state_document::add_at_path(json_value value, unsigned depth, std::vector<header>& into) {
    if (!value) return true;
    const std::size_t element_count = value.size();
    const std::size_t count = element_count + value.member_count();
    if (path_.size() > name_size_max || (count > 0 && depth == depth_max)) {
        if (!is_marked(into))
            into.push_back(
                {name_of_cut, written_.emplace_back(whole_characters(path_, name_size_max))});
        return true;
    }
    if (count == 0) {
        const text said = plain(value);
        return said.empty() || add(written_.emplace_back(path_), said, into);
    }
    const std::size_t path_size = path_.size();
    bool has_room = true;
    for (std::size_t i = 0; i < count && has_room; ++i) {
        const json_member member = element_count > 0 ? json_member{{}, value[i]} : value.member(i);
        path_.append(".");
        if (element_count > 0)
            path_.append(std::to_string(i));
        else
            path_.append(member.name);
        has_room = add_at_path(member.value, depth + 1, into);
        path_.resize(path_size);
    }
    return has_room;
}

void state_document::add_further(json_value object, std::span<const text> known,
                                 std::vector<header>& into) {
    for (std::size_t i = 0; i < object.member_count(); ++i) {
        const auto [name, value] = object.member(i);
        if (std::find(known.begin(), known.end(), name) != known.end()) continue;
        if (!add_said(name, value, into)) return;
    }
}

}  // namespace callstream::parsers
