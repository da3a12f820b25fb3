// JSON reading for what is not on the hot path: looks values up by name in a parsed document.
//
// Looking into what is not there gives a value that is not there either, so that a path needs no
// check at each step.
//
// Lifetime: values and their text are valid as long as the document.
// Threads:  one at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "core/result.h"

namespace callstream {

struct json_member;

class json_value {
public:
    json_value() noexcept = default;  // what is not there

    explicit operator bool() const noexcept;  // it is there and not null
    json_value operator[](std::string_view name) const noexcept;
    json_value operator[](std::size_t index) const noexcept;
    std::size_t size() const noexcept;          // elements of an array; 0 for anything else
    std::size_t member_count() const noexcept;  // of an object; 0 for anything else
    json_member member(std::size_t index) const noexcept;  // in their order
    std::string_view text() const noexcept;                // empty for anything but a string
    std::optional<double> number() const noexcept;
    std::optional<bool> boolean() const noexcept;

private:
    friend class json_document;
    explicit json_value(const void* node) noexcept : node_(node) {}

    const void* node_ = nullptr;  // RapidJSON's value
};

struct json_member {
    std::string_view name{};
    json_value value{};
};

class json_document {
public:
    json_document();
    ~json_document();
    json_document(json_document&&) noexcept;
    json_document& operator=(json_document&&) noexcept;

    // Replaces what was parsed before, and keeps its memory. Malformed if it is not one JSON text.
    result<json_value> parse(std::string_view json);

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace callstream
