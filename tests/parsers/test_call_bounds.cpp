// What a hostile or broken PBX cannot do to the call tracker.
#include <catch2/catch.hpp>

#include "tests/support/scripted_pbx.h"

namespace {

using namespace callstream;
using namespace callstream::test;

struct counted_events final : event_output {
    void publish(const event& published) override {
        ++count[static_cast<std::size_t>(published.type)];
        synthetic += published.origin.synthetic && published.type == event_type::call_ended;
    }
    std::size_t of(event_type type) const { return count[static_cast<std::size_t>(type)]; }

    std::array<std::size_t, event_types.size()> count{};
    std::size_t synthetic = 0;
};

scripted_channel channel_numbered(int number) {
    const std::string id = "1795230000." + std::to_string(number);
    return {"PJSIP/101-" + std::to_string(number), id, id};
}

parsers::ami_translator_settings with_room_for(std::size_t calls, std::size_t legs) {
    parsers::ami_translator_settings settings;
    settings.limits.call_count = calls;
    settings.limits.leg_count = legs;
    return settings;
}

}  // namespace

TEST_CASE("calls that never end are ended by us, the stalest first", "[bounds]") {
    recorded_events events;
    scripted_pbx pbx(events, with_room_for(3, 10));
    for (int i = 0; i < 3; ++i)
        pbx.begin(channel_numbered(i));
    pbx.change(channel_numbered(0), 6);  // so the second is the stalest now
    pbx.begin(channel_numbered(3));
    const auto ended = events.of_type(event_type::call_ended);
    REQUIRE(ended.size() == 1);
    CHECK(ended[0]->origin.synthetic);
    CHECK(call_data_of(*ended[0])->call_id == "1795230000.1");
    CHECK(call_data_of(*ended[0])->cause->description == "given up for newer calls");
}

TEST_CASE("a hundred thousand unfinished calls stay within the bounds", "[bounds]") {
    counted_events events;
    scripted_pbx pbx(events);
    constexpr std::size_t many = 100'000;
    for (std::size_t i = 0; i < many; ++i)
        pbx.begin(channel_numbered(static_cast<int>(i)));
    CHECK(events.of(event_type::call_initiated) == many);
    CHECK(events.of(event_type::leg_created) == many);
    CHECK(events.of(event_type::call_ended) == many - limits::call_count_max);
    CHECK(events.of(event_type::leg_ended) == many - limits::call_count_max);
    CHECK(events.synthetic == many - limits::call_count_max);
}

TEST_CASE("legs without end in one call are not tracked beyond the bound", "[bounds]") {
    recorded_events events;
    scripted_pbx pbx(events, with_room_for(10, 5));
    for (int i = 0; i < 8; ++i) {
        scripted_channel channel = channel_numbered(i);
        channel.call_id = "1795230000.0";
        pbx.begin(channel);
    }
    CHECK(events.count_of(event_type::leg_created) == 5);
    CHECK(events.count_of(event_type::call_ended) == 0);
    CHECK(events.count_of(event_type::vendor_event) == 3);  // nothing is lost, though
}

TEST_CASE("a channel that changes its Linkedid all the time fills no table", "[bounds]") {
    recorded_events events;
    scripted_pbx pbx(events, with_room_for(4, 10));
    scripted_channel channel = channel_numbered(0);
    pbx.begin(channel);
    for (int i = 1; i < 50; ++i) {
        channel.call_id = "1795230000." + std::to_string(i);
        pbx.change(channel, 4);
    }
    pbx.hang_up(channel, 16);
    CHECK(events.count_of(event_type::call_initiated) == 1);
    REQUIRE(events.count_of(event_type::call_ended) == 1);
    CHECK(call_data_of(*events.of_type(event_type::call_ended)[0])->call_id == "1795230000.0");
}

TEST_CASE("an id beyond Asterisk's own bound is passed on untracked", "[bounds]") {
    recorded_events events;
    scripted_pbx pbx(events);
    const std::string id(4000, '7');
    pbx.begin({"PJSIP/101-1", id, id});
    pbx.hang_up({"PJSIP/101-1", id, id}, 16);
    CHECK(events.count_of(event_type::vendor_event) == 2);
    CHECK(events.all().size() == 2);
}

TEST_CASE("a call that nobody hears of for a day is ended", "[bounds]") {
    recorded_events events;
    scripted_pbx pbx(events);
    pbx.begin(channel_numbered(0));
    pbx.clock += std::chrono::hours(23);
    pbx.tick();
    CHECK(events.count_of(event_type::call_ended) == 0);
    pbx.clock += std::chrono::hours(2);
    pbx.tick();
    REQUIRE(events.count_of(event_type::call_ended) == 1);
    CHECK(events.of_type(event_type::call_ended)[0]->origin.synthetic);
    pbx.hang_up(channel_numbered(0), 16);  // it was there after all, and ends no second time
    CHECK(events.count_of(event_type::call_ended) == 1);
    CHECK(events.count_of(event_type::leg_ended) == 1);
}
