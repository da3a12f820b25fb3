#include "app/journal_store.h"

#include <map>

#include "core/journal_core.h"
#include "core/log.h"

namespace callstream::app {

journal_store::journal_store(journal& target, std::string_view pbx)
    : journal_(target), pbx_(pbx), prefix_("state/" + pbx_ + '/') {}

// What is not kept costs no event: after a restart the snapshot tells it anew.
void journal_store::put(std::string_view name, std::string_view value) {
    name_.assign(prefix_).append(name);
    const auto done = journal_.set_position(name_, value);
    if (!done)
        log_warn("the state of a PBX is not kept over a restart",
                 {{"pbx", pbx_}, {"reason", done.error().what}});
}

void journal_store::for_each(
    const std::function<void(std::string_view name, std::string_view value)>& call) const {
    std::map<std::string_view, std::string_view> found;
    for (const auto& [name, value] : journal_.core().state().positions())
        if (name.starts_with(prefix_))
            found.emplace(std::string_view(name).substr(prefix_.size()), value);
    for (const auto& [name, value] : found)
        call(name, value);
}

}  // namespace callstream::app
