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

using segments = std::vector<std::unique_ptr<segment>>;

// Reads a segment by itself.
struct replayed {
    replay_end reached;
    std::unique_ptr<journal_state> state = std::make_unique<journal_state>();
};

replayed replay(const segment& part) {
    replayed done;
    done.state->begin(part.header().header);
    done.reached = replay_segment(part.view(), *done.state);
    return done;
}

// How many segments are sound as far as it matters: a machine that loses its memory may tear any
// that was not synced, also where a later one is whole. What was on disk once and is damaged now
// is left for the readers to report.
std::size_t count_sound(const segments& parts, std::uint64_t durable) {
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
        const segment& part = *parts[i];
        const segment& next = *parts[i + 1];
        if (part.position_end() <= durable) continue;
        const replayed done = replay(part);
        const bool follows = done.reached.reason == scan_state::end &&
                             next.position_first() == part.position_end() &&
                             done.state->sequence + 1 == next.header().header.sequence_first;
        if (follows || part.position_first() + done.reached.offset < durable) continue;
        return done.reached.carried ? i + 1 : i;
    }
    return parts.size();
}

result<void> drop_newest(segments& parts, const journal_directory& directory) {
    const std::string file = parts.back()->file_name();
    parts.pop_back();
    return directory.remove(file);
}

// Leaves a newest segment that goes on where all before it are sound, or none.
result<void> drop_unsound(segments& parts, const journal_directory& directory) {
    std::uint64_t durable = 0;
    while (!parts.empty()) {
        const header_state header = parts.back()->header().state;
        // Opening it to write says what is wrong.
        if (header == header_state::damaged || header == header_state::other_version) return {};
        if (header == header_state::valid) {
            const replayed newest = replay(*parts.back());
            durable = newest.state->durable;
            if (newest.reached.carried) break;
        }
        if (const auto dropped = drop_newest(parts, directory); !dropped) return dropped;
    }
    const std::size_t sound_count = count_sound(parts, durable);
    if (sound_count < parts.size())
        log_warn("dropped segments behind one that was not written to its end",
                 {{"count", parts.size() - sound_count}});
    while (parts.size() > sound_count)
        if (const auto dropped = drop_newest(parts, directory); !dropped) return dropped;
    return {};
}

result<void> recover_segments(recovered_journal& found) {
    const auto places = list_segments(found.directory.path());
    if (!places) return tl::unexpected(places.error());
    segments parts;
    for (const segment_place& place : *places) {
        auto part = segment::open(place);
        if (!part) return tl::unexpected(part.error());
        (*part)->take_file();  // there may be more of them than descriptors
        parts.push_back(std::move(*part));
    }
    if (const auto dropped = drop_unsound(parts, found.directory); !dropped) return dropped;
    if (parts.empty()) return {};

    auto newest = segment::reopen({parts.back()->file_name(), parts.back()->position_first()});
    if (!newest) return tl::unexpected(newest.error());
    replayed done = replay(**newest);
    if (done.reached.reason == scan_state::damaged)
        warn_of_cut((*newest)->view(), done.reached.offset);
    if (const auto cut = (*newest)->clear(done.reached.offset); !cut) return cut;
    parts.back() = std::move(*newest);
    for (const auto& part : parts)
        if (part->position_end() > done.state->durable)
            if (const auto synced = part->sync(0, part->view().bytes.size()); !synced)
                return synced;
    found.state = std::move(done.state);
    found.segments = std::move(parts);
    found.offset = done.reached.offset;
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
