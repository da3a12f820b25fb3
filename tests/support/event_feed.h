// Puts call events into a journal, as a publisher would, with a clock of the test's choice.
#pragma once

#include <string>
#include <string_view>

#include "core/ensure.h"
#include "core/event.h"
#include "core/event_writer.h"
#include "core/journal.h"

namespace callstream::test {

class event_feed {
public:
    explicit event_feed(journal& target, std::string_view pbx = "hq")
        : target_(target), pbx_(pbx), index_(target.pbx_index(pbx).value()) {}

    // Appends and publishes; what each event is about has its number, from 1, in it.
    void publish(std::size_t count, timestamp time = now()) {
        for (std::size_t i = 0; i < count; ++i)
            append(time);
        target_.publish();
    }
    std::uint64_t count() const noexcept { return number_; }
    std::string name{"Alice"};  // of the caller

private:
    void append(timestamp time) {
        const std::string call = "1753880000." + std::to_string(++number_);
        call_event_data data;
        data.call_id = call;
        data.state = call_state::ringing;
        data.direction = direction::inbound;
        data.calling = {"+49301234", name, {}};
        data.called = {"200", "Reception", {}};
        event made;
        made.type = event_type::call_ringing;
        made.time = time;
        made.subject = made.partition = call;
        made.origin = {time_quality::received, false, {"asterisk", "DialBegin"}};
        made.data = data;

        const auto room = target_.room(limits::record_size_max / 2);
        ensure(room.has_value(), "the journal of a test has room");
        const auto recorded = target_.next_recorded_time(time);
        const auto written = writer_.write(
            made, {pbx_, target_.next_pbx_sequence(index_), target_.epoch(), recorded}, *room);
        ensure(written.has_value(), "the event of a test fits");
        target_.commit({made.type, time, index_, written->escaped, written->attributes},
                       written->size, time);
    }

    journal& target_;
    std::string pbx_;
    std::uint16_t index_;
    event_writer writer_;
    std::uint64_t number_ = 0;
};

}  // namespace callstream::test
