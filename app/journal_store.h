// The state of one PBX's line as positions in the journal, so that each value becomes durable with
// the events around it.
//
// Lifetime: the journal outlives it.
// Threads:  the home loop.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/journal.h"
#include "core/state_store.h"

namespace callstream::app {

class journal_store final : public state_store {
public:
    journal_store(journal& target, std::string_view pbx);

    void put(std::string_view name, std::string_view value) override;
    // Those that an earlier run left. The call may not put().
    void for_each(
        const std::function<void(std::string_view name, std::string_view value)>& call) const;

private:
    journal& journal_;
    std::string pbx_;
    std::string prefix_;
    std::string name_;
};

}  // namespace callstream::app
