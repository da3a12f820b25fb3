// An event_output that keeps what it is given: deep copies, in order, to look at afterwards.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <unordered_set>
#include <vector>

#include "core/event.h"

namespace callstream::test {

class recorded_events final : public event_output {
public:
    recorded_events() = default;
    recorded_events(const recorded_events&) = delete;
    recorded_events& operator=(const recorded_events&) = delete;

    void publish(const event& published) override;

    // Valid as long as this object.
    const std::vector<event>& all() const noexcept { return events_; }
    std::vector<const event*> of_type(event_type type) const;
    std::size_t count_of(event_type type) const { return of_type(type).size(); }

private:
    text kept(text value);
    template <class Data>
    void keep(Data& data);

    std::unordered_set<std::string> texts_;
    std::deque<std::vector<header>> headers_;
    std::vector<event> events_;
};

// The picture of the call in a call.* or leg.* event; null for others.
const call_data* call_data_of(const event& told);

// The data of an event whose type says that it is a `Data`.
template <class Data>
const Data& data_of(const event& told) {
    return std::get<Data>(told.data);
}

}  // namespace callstream::test
