#include <algorithm>
#include <map>
#include <optional>
#include <string_view>

#include "core/cursor_file.h"
#include "core/journal_directory.h"
#include "core/journal_file.h"
#include "core/record_codec.h"
#include "core/segment.h"

namespace callstream {

namespace {

class inspection {
public:
    explicit inspection(journal_report& report) : report_(report) {}

    void inspect(const segment& found, bool newest);
    void finish();

private:
    void check_start(const segment& found, bool newest);
    void read_records(const segment& found, bool newest);
    void take(const scanned_record& scanned, std::size_t offset);
    void take_event(const stored_record& fields, std::size_t offset);
    void fault(std::size_t offset, std::string_view what) {
        report_.faults.push_back({summary().file, offset, what});
    }
    segment_summary& summary() { return report_.segments.back(); }

    struct pbx {
        std::string name;
        std::uint64_t sequence = 0;  // of its last event
    };

    journal_report& report_;
    std::optional<std::uint64_t> position_next_;  // where the next segment begins
    std::optional<std::uint64_t> sequence_next_;
    std::map<std::uint16_t, pbx> pbxs_;
    std::map<std::string, std::string, std::less<>> positions_;
};

void inspection::inspect(const segment& found, bool newest) {
    if (!report_.segments.empty()) summary().sealed = true;
    report_.segments.push_back({});
    summary().file = found.file_name();
    summary().bytes = found.view().bytes.size();
    summary().position_first = found.position_first();
    check_start(found, newest);
    read_records(found, newest);
    position_next_ = found.position_end();
}

void inspection::check_start(const segment& found, bool newest) {
    if (position_next_ && *position_next_ != found.position_first()) {
        fault(0, "a segment is missing before this one");
        sequence_next_.reset();
        pbxs_.clear();
    }
    switch (found.header().state) {
        case header_state::valid: {
            const segment_header& header = found.header().header;
            if (sequence_next_ && *sequence_next_ != header.sequence_first)
                fault(0, "events are missing before this segment");
            sequence_next_ = header.sequence_first;
            if (!newest && found.view().bytes.size() < header.size)
                fault(0, "the segment is cut short");
            return;
        }
        case header_state::unwritten:
            return fault(0, "the segment has no header");
        case header_state::other_version:
            return fault(0, "another version of callstream wrote this segment");
        case header_state::damaged:
            return fault(0, "the header of the segment is damaged");
    }
}

void inspection::read_records(const segment& found, bool newest) {
    const segment_view view = found.view();
    std::size_t offset = sizeof(segment_header);
    for (;;) {
        const scanned_record scanned = scan_record(view, offset);
        if (scanned.state == scan_state::record) {
            take(scanned, offset);
            offset += scanned.fields.size;
            continue;
        }
        summary().bytes_used = offset;
        const std::size_t behind = find_record(view, offset + record_alignment);
        // A running writer may have gone on meanwhile, with this record before those behind it.
        if (behind < view.bytes.size() && scan_record(view, offset).state != scanned.state)
            continue;
        if (behind == view.bytes.size()) {
            if (!newest && scanned.state == scan_state::damaged)
                fault(offset, "a record does not match its checksum");
            return;
        }
        fault(offset, scanned.state == scan_state::end ? "records follow behind the end"
                                                       : "a record does not match its checksum");
        sequence_next_.reset();
        offset = behind;
    }
}

void inspection::take(const scanned_record& scanned, std::size_t offset) {
    const stored_record& fields = scanned.fields;
    switch (fields.kind) {
        case record_kind::event:
            return take_event(fields, offset);
        case record_kind::pbx: {
            pbx& known = pbxs_[fields.pbx];
            if (!known.name.empty() && known.name != scanned.name())
                fault(offset, "a PBX has two names");
            if (!known.name.empty() && known.sequence != fields.pbx_sequence && sequence_next_)
                fault(offset, "events of a PBX are missing");
            known = {std::string(scanned.name()), fields.pbx_sequence};
            return;
        }
        case record_kind::position:
            if (scanned.value().empty())
                positions_.erase(std::string(scanned.name()));
            else
                positions_.insert_or_assign(std::string(scanned.name()),
                                            std::string(scanned.value()));
            return;
        case record_kind::epoch:
            return;
    }
}

void inspection::take_event(const stored_record& fields, std::size_t offset) {
    const bool resumes = !sequence_next_;  // behind a fault that was named
    if (!resumes && fields.sequence != *sequence_next_) fault(offset, "events are missing");
    sequence_next_ = fields.sequence + 1;
    const auto known = pbxs_.find(fields.pbx);
    if (known == pbxs_.end()) {
        if (!resumes) fault(offset, "an event is of a PBX that was never registered");
    } else {
        if (!resumes && fields.pbx_sequence != known->second.sequence + 1)
            fault(offset, "events of a PBX are missing");
        known->second.sequence = fields.pbx_sequence;
    }

    ++report_.event_count;
    segment_summary& segment = summary();
    const timestamp recorded{duration{fields.recorded_us}};
    if (segment.sequence_first == 0) {
        segment.sequence_first = fields.sequence;
        segment.recorded_first = recorded;
    }
    segment.sequence_last = fields.sequence;
    segment.recorded_last = recorded;
}

void inspection::finish() {
    report_.positions.assign(positions_.begin(), positions_.end());
}

result<void> inspect_cursors(const std::string& path, journal_report& report) {
    const auto names = list_cursors(path);
    if (!names) return tl::unexpected(names.error());
    for (const std::string& name : *names) {
        const std::string file = cursor_path(path, name);
        const auto found = read_cursor(file);
        if (!found) return tl::unexpected(found.error());
        if (found->state == cursor_state::damaged)
            report.faults.push_back({file, 0, "the cursor is damaged"});
        if (found->state == cursor_state::valid)
            report.cursors.push_back({name, found->value.position, found->value.sequence_next});
    }
    return {};
}

}  // namespace

result<journal_report> inspect_journal(const std::string& path) {
    journal_report report;
    const auto places = list_segments(path);
    if (!places) return tl::unexpected(places.error());
    // First, for a sink of a running journal may go on meanwhile.
    if (const auto done = inspect_cursors(path, report); !done) return tl::unexpected(done.error());

    std::vector<std::unique_ptr<segment>> found;
    for (const segment_place& place : *places) {
        auto opened = segment::open(place);
        if (!opened && opened.error().code == errc::not_found) continue;  // reclaimed meanwhile
        if (!opened) return tl::unexpected(opened.error());
        (*opened)->take_file();  // there may be more of them than descriptors
        found.push_back(std::move(*opened));
    }
    // Those made ahead of the writer hold nothing yet.
    while (!found.empty() && found.back()->header().state == header_state::unwritten)
        found.pop_back();

    inspection checks(report);
    for (const auto& part : found)
        checks.inspect(*part, part == found.back());
    checks.finish();
    return report;
}

}  // namespace callstream
