#include <optional>
#include <string>
#include <vector>

#include "core/journal_directory.h"
#include "core/journal_file.h"
#include "core/record_codec.h"
#include "core/segment.h"

namespace callstream {

class journal_follower::state {
public:
    explicit state(const std::string& path) : path_(path) {}

    result<void> open(bool from_start);
    result<std::optional<record>> next();

private:
    result<std::unique_ptr<segment>> find_next() const;
    void enter(std::unique_ptr<segment> found);
    std::optional<record> take(const scanned_record& scanned);
    result<bool> move_on();
    result<bool> at_damage() const;

    std::string path_;
    std::unique_ptr<segment> read_;  // null until there is one
    std::size_t offset_ = 0;
    std::vector<std::string> pbxs_;
};

// The begun segment behind the one that is read, or null.
result<std::unique_ptr<segment>> journal_follower::state::find_next() const {
    const auto places = list_segments(path_);
    if (!places) return tl::unexpected(places.error());
    for (const segment_place& place : *places) {
        if (read_ && place.position_first <= read_->position_first()) continue;
        auto opened = segment::open(place);
        if (!opened && opened.error().code == errc::not_found) continue;  // reclaimed meanwhile
        if (opened && (*opened)->header().state == header_state::unwritten) break;
        return opened;
    }
    return nullptr;
}

void journal_follower::state::enter(std::unique_ptr<segment> found) {
    read_ = std::move(found);
    offset_ = sizeof(segment_header);
}

result<void> journal_follower::state::open(bool from_start) {
    for (;;) {
        auto found = find_next();
        if (!found) return tl::unexpected(found.error());
        if (*found == nullptr) break;
        enter(std::move(*found));
        if (from_start) return {};
    }
    if (!read_) return {};
    // Through the newest to its end: the names of the PBXes are on the way.
    for (;;) {
        const auto scanned = scan_record(read_->view(), offset_);
        if (scanned.state != scan_state::record) return {};
        take(scanned);
    }
}

std::optional<record> journal_follower::state::take(const scanned_record& scanned) {
    const stored_record& fields = scanned.fields;
    const std::uint64_t position = read_->position_first() + offset_;
    offset_ += fields.size;
    if (fields.kind == record_kind::pbx) {
        if (pbxs_.size() <= fields.pbx) pbxs_.resize(fields.pbx + std::size_t{1});
        pbxs_[fields.pbx] = scanned.name();
    }
    if (fields.kind != record_kind::event) return std::nullopt;
    const std::string_view pbx =
        fields.pbx < pbxs_.size() ? std::string_view(pbxs_[fields.pbx]) : std::string_view();
    return to_record(scanned, position, pbx);
}

// Into the next segment if there is one; false at the end for now.
result<bool> journal_follower::state::move_on() {
    auto found = find_next();
    if (!found) return tl::unexpected(found.error());
    if (*found == nullptr) return false;
    // What was written before the next segment was begun is there by now.
    if (read_ && step_record(read_->view(), offset_).state != scan_state::end) return true;
    enter(std::move(*found));
    return true;
}

// A record may be seen while it is written, and at the end of a journal whose writer crashed is a
// torn one that the next run cuts. False: look again at another time.
result<bool> journal_follower::state::at_damage() const {
    const auto following = find_next();
    if (!following) return tl::unexpected(following.error());
    const segment_view view = read_->view();
    if (*following == nullptr && find_record(view, offset_ + record_alignment) == view.bytes.size())
        return false;
    // Those behind it are seen after it.
    if (scan_record(view, offset_).state != scan_state::damaged) return true;
    return failure(errc::corrupt, "a record does not match its checksum");
}

result<std::optional<record>> journal_follower::state::next() {
    for (;;) {
        if (read_) {
            const auto scanned = scan_record(read_->view(), offset_);
            if (scanned.state == scan_state::record) {
                if (auto found = take(scanned)) return found;
                continue;
            }
            if (scanned.state == scan_state::damaged) {
                const auto again = at_damage();
                if (!again) return tl::unexpected(again.error());
                if (!*again) return std::nullopt;
                continue;
            }
        }
        const auto moved = move_on();
        if (!moved) return tl::unexpected(moved.error());
        if (!*moved) return std::nullopt;
    }
}

journal_follower::journal_follower(std::unique_ptr<state> inner) : state_(std::move(inner)) {}
journal_follower::~journal_follower() = default;

result<std::unique_ptr<journal_follower>> journal_follower::open(const std::string& path,
                                                                 bool from_start) {
    auto inner = std::make_unique<state>(path);
    if (const auto opened = inner->open(from_start); !opened) return tl::unexpected(opened.error());
    return std::unique_ptr<journal_follower>(new journal_follower(std::move(inner)));
}

result<std::optional<record>> journal_follower::next() {
    return state_->next();
}

}  // namespace callstream
