#include "core/journal_recovery.h"

#include "core/cursor_file.h"
#include "core/log.h"

namespace callstream {

namespace {

// A torn record is what a crash leaves. Whole ones behind it are what a machine leaves that lost
// its memory, or a disk that lost a block: the former were never durable, the latter were.
void warn_of_cut(segment_view segment, std::size_t from) {
    std::uint64_t whole_count = 0;
    const std::size_t size = segment.bytes.size();
    for (std::size_t at = find_record(segment, from); at < size;) {
        const scanned_record scanned = scan_record(segment, at);
        if (scanned.fields.kind == record_kind::event) ++whole_count;
        at = find_record(segment, at + scanned.fields.size);
    }
    log_warn("cut the journal at a record that is not whole",
             {{"position", segment.position_first + from}, {"events_behind_it", whole_count}});
}

// The newest segment, its records read, its tail cut; null when it holds nothing to keep.
result<std::unique_ptr<segment>> recover_newest(const segment_place& place,
                                                recovered_journal& found) {
    const auto looked_at = segment::open(place);
    if (!looked_at) return tl::unexpected(looked_at.error());
    if ((*looked_at)->header().state == header_state::unwritten) return nullptr;

    auto newest = segment::reopen(place);
    if (!newest) return newest;
    found.state = std::make_unique<journal_state>();
    found.state->begin((*newest)->header().header);
    const replay_end reached = replay_segment((*newest)->view(), *found.state);
    if (reached.reason == scan_state::damaged) warn_of_cut((*newest)->view(), reached.offset);
    if (!reached.carried) return nullptr;
    if (const auto cut = (*newest)->clear(reached.offset); !cut) return tl::unexpected(cut.error());
    found.offset = reached.offset;
    return newest;
}

result<void> recover_segments(recovered_journal& found) {
    auto places = list_segments(found.directory.path());
    if (!places) return tl::unexpected(places.error());
    std::unique_ptr<segment> newest;
    while (!newest && !places->empty()) {
        auto recovered = recover_newest(places->back(), found);
        if (!recovered) return tl::unexpected(recovered.error());
        newest = std::move(*recovered);
        if (!newest)
            if (const auto removed = found.directory.remove(places->back().file); !removed)
                return removed;
        places->pop_back();
    }
    if (!newest) {
        found.state = std::make_unique<journal_state>();
        return {};
    }
    for (const segment_place& place : *places) {
        auto older = segment::open(place);
        if (!older) return tl::unexpected(older.error());
        found.segments.push_back(std::move(*older));
    }
    found.segments.push_back(std::move(newest));
    return {};
}

result<void> recover_cursors(recovered_journal& found) {
    const auto names = list_cursors(found.directory.path());
    if (!names) return tl::unexpected(names.error());
    for (const std::string& name : *names) {
        auto opened = cursor_file::open(cursor_path(found.directory.path(), name));
        if (!opened) return tl::unexpected(opened.error());
        if (opened->found().state != cursor_state::valid) continue;
        cursor value = opened->found().value;
        if (value.position > found.position()) {
            value = {found.position(), found.state->sequence + 1};
            if (const auto stored = opened->store(value); !stored) return stored;
        }
        found.cursors.push_back({name, value.position});
    }
    return {};
}

}  // namespace

result<recovered_journal> recover_journal(const journal_settings& settings) {
    recovered_journal found;
    found.state = std::make_unique<journal_state>();
    auto directory = journal_directory::open(settings.path);
    if (!directory) return tl::unexpected(directory.error());
    found.directory = std::move(*directory);
    if (found.directory.in_memory()) return found;
    if (const auto done = recover_segments(found); !done) return tl::unexpected(done.error());
    if (const auto done = recover_cursors(found); !done) return tl::unexpected(done.error());
    return found;
}

}  // namespace callstream
