#include "core/json_reader.h"

// json_output.h makes RapidJSON's assert ours and has to come in front of all of RapidJSON.
// clang-format off
#include "core/json_output.h"
#include <rapidjson/document.h>
// clang-format on

namespace callstream {

namespace {

// Recursion would let the text choose the size of our call stack.
constexpr unsigned parse_flags =
    rapidjson::kParseIterativeFlag | rapidjson::kParseFullPrecisionFlag;

const rapidjson::Value* value_of(const void* node) noexcept {
    return static_cast<const rapidjson::Value*>(node);
}

}  // namespace

struct json_document::state {
    rapidjson::Document document;
};

json_value::operator bool() const noexcept {
    return node_ != nullptr && !value_of(node_)->IsNull();
}

json_value json_value::operator[](std::string_view name) const noexcept {
    if (node_ == nullptr || !value_of(node_)->IsObject()) return {};
    for (const auto& member : value_of(node_)->GetObject())
        if (std::string_view(member.name.GetString(), member.name.GetStringLength()) == name)
            return json_value(&member.value);
    return {};
}

json_value json_value::operator[](std::size_t index) const noexcept {
    if (index >= size()) return {};
    return json_value(&(*value_of(node_))[static_cast<rapidjson::SizeType>(index)]);
}

std::size_t json_value::size() const noexcept {
    return node_ != nullptr && value_of(node_)->IsArray() ? value_of(node_)->Size() : 0;
}

std::size_t json_value::member_count() const noexcept {
    return node_ != nullptr && value_of(node_)->IsObject() ? value_of(node_)->MemberCount() : 0;
}

json_member json_value::member(std::size_t index) const noexcept {
    if (index >= member_count()) return {};
    const auto& found = *(value_of(node_)->MemberBegin() + static_cast<std::ptrdiff_t>(index));
    return {{found.name.GetString(), found.name.GetStringLength()}, json_value(&found.value)};
}

std::string_view json_value::text() const noexcept {
    if (node_ == nullptr || !value_of(node_)->IsString()) return {};
    return {value_of(node_)->GetString(), value_of(node_)->GetStringLength()};
}

std::optional<double> json_value::number() const noexcept {
    if (node_ == nullptr || !value_of(node_)->IsNumber()) return std::nullopt;
    return value_of(node_)->GetDouble();
}

std::optional<bool> json_value::boolean() const noexcept {
    if (node_ == nullptr || !value_of(node_)->IsBool()) return std::nullopt;
    return value_of(node_)->GetBool();
}

json_document::json_document() : state_(std::make_unique<state>()) {}

json_document::~json_document() = default;
json_document::json_document(json_document&&) noexcept = default;
json_document& json_document::operator=(json_document&&) noexcept = default;

result<json_value> json_document::parse(std::string_view json) {
    rapidjson::Document& document = state_->document;
    document.SetNull();
    document.GetAllocator().Clear();
    document.Parse<parse_flags>(json.data(), json.size());
    if (document.HasParseError()) return failure(errc::malformed, "this is not JSON");
    return json_value(&document);
}

}  // namespace callstream
