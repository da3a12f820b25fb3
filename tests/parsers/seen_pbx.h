// A PBX whose events were seen, and whose lists are shown after a while in which none was.
#pragma once

#include <initializer_list>
#include <string>

#include "core/view_repair.h"
#include "tests/support/ami_rows.h"

namespace callstream::test {

inline const scripted_channel alice{"PJSIP/101-00000001", "1795230000.1", "1795230000.1"};
inline const scripted_channel bob{"PJSIP/102-00000002", "1795230000.2", "1795230000.1", "102"};

inline row device_row(const std::string& state, const std::string& device = "PJSIP/101") {
    return {{"Event", "DeviceStateChange"}, {"Device", device}, {"State", state}};
}

struct seen_pbx {
    void talk() {
        pbx.begin(alice);
        pbx.begin(bob, 0);
        pbx.change(alice, 6);
        pbx.change(bob, 6);
        pbx.enter(alice, "b1");
        pbx.enter(bob, "b1");
    }
    void begin() { pbx.repair().begin_view(pbx.clock); }
    void show(snapshot_part part, std::initializer_list<row> rows) {
        for (const row& one : rows)
            pbx.repair().add_row(part, one, pbx.clock);
        pbx.repair().complete(part);
    }
    std::uint64_t end(bool began_anew = false) {
        return pbx.repair().end_view(pbx.clock, began_anew);
    }
    std::uint64_t view(snapshot_part part, std::initializer_list<row> rows) {
        begin();
        show(part, rows);
        return end();
    }
    std::size_t count_of(event_type type) const { return events.count_of(type); }
    const event& last(event_type type) const { return *events.of_type(type).back(); }

    recorded_events events;
    scripted_pbx pbx{events};
};

}  // namespace callstream::test
