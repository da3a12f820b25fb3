#include "tests/support/recorded_events.h"

#include <tuple>
#include <type_traits>

namespace callstream::test {

text recorded_events::kept(text value) {
    return value.data() == nullptr ? value : text(*texts_.emplace(value).first);
}

template <class Data>
void recorded_events::keep(Data& data) {
    const auto keep_member = [&](auto& member) {
        using type = std::remove_cvref_t<decltype(member)>;
        if constexpr (std::is_same_v<type, text>) {
            member = kept(member);
        } else if constexpr (std::is_same_v<type, std::span<const header>>) {
            auto& copies = headers_.emplace_back(member.begin(), member.end());
            for (header& copy : copies)
                copy = {kept(copy.name), kept(copy.value)};
            member = copies;
        } else if constexpr (std::is_same_v<type, std::optional<cause>>) {
            if (member) keep(*member);
        } else if constexpr (described<type>) {
            keep(member);
        }
    };
    std::apply([&](const auto&... fields) { (keep_member(data.*fields.member), ...); },
               Data::fields());
}

void recorded_events::publish(const event& published) {
    event& copy = events_.emplace_back(published);
    copy.subject = kept(copy.subject);
    copy.partition = kept(copy.partition);
    copy.natural_key = kept(copy.natural_key);
    keep(copy.origin);
    std::visit([&](auto& data) { keep(data); }, copy.data);
}

std::vector<const event*> recorded_events::of_type(event_type type) const {
    std::vector<const event*> found;
    for (const event& told : events_)
        if (told.type == type) found.push_back(&told);
    return found;
}

const call_data* call_data_of(const event& told) {
    return std::visit(
        [](const auto& data) -> const call_data* {
            if constexpr (std::is_base_of_v<call_data, std::remove_cvref_t<decltype(data)>>)
                return &data;
            else
                return nullptr;
        },
        told.data);
}

}  // namespace callstream::test
