// Conferences and the parking lot of a simulated Asterisk.
//
// Lifetime: the pbx outlives them; who is in one leaves it before it hangs up.
// Threads:  the loop's.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "bench/sim_pbx.h"

namespace callstream::sim {

class conference_rooms {
public:
    explicit conference_rooms(pbx& exchange) : exchange_(exchange) {}

    void join(const std::string& room, channel& party);
    void leave(const std::string& room, channel& party);
    const std::map<std::string, bridge*>& open() const { return open_; }  // by number

private:
    void begin(std::string_view event, const std::string& room, const bridge& talk,
               const channel* party);

    pbx& exchange_;
    std::map<std::string, bridge*> open_;
};

class parking_lot {
public:
    explicit parking_lot(pbx& exchange) : exchange_(exchange) {}

    void park(channel& parkee, const std::string& parker);
    void fetch(channel& parkee, const channel& retriever);

    struct space {
        channel* parkee;
        std::string parker;
        timestamp since;
        unsigned number;
    };
    const std::vector<space>& spaces() const { return spaces_; }

private:
    pbx& exchange_;
    bridge* waiting_ = nullptr;  // made with the first
    std::vector<space> spaces_;
};

// The headers of a parked call.
void add_parked(event_text& text, const parking_lot::space& parked, timestamp now);

}  // namespace callstream::sim
