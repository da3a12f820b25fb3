#include "core/segment_store.h"

#include <algorithm>
#include <limits>

#include <unistd.h>

#include "core/spare_file.h"

namespace callstream {

namespace {

constexpr std::chrono::seconds orphan_grace{60};
constexpr std::size_t spare_files_max = 3;

}  // namespace

segment_store::segment_store(journal_directory directory, const journal_settings& settings)
    : directory_(std::move(directory)),
      bytes_max_(settings.max_bytes),
      retention_(settings.retention),
      segment_size_(settings.segment_bytes) {}

segment_store::~segment_store() {
    if (ahead_ && !directory_.in_memory()) ::unlink(ahead_->file_name().c_str());
    for (const std::string& spare : spare_files_)
        ::unlink(spare.c_str());
}

void segment_store::add_orphan(std::string name, std::uint64_t position) {
    const std::lock_guard lock(mutex_);
    orphans_.push_back({std::move(name), position, std::nullopt});
}

result<std::unique_ptr<segment>> segment_store::next(timestamp now, std::uint64_t published) {
    std::unique_lock lock(mutex_);
    // What is under way is sooner there than another one.
    made_.wait(lock, [this] { return !making_; });
    clock_ = std::max(clock_, now);
    published_ = published;
    if (ahead_) {
        position_next_ = ahead_->position_end();
        return std::move(ahead_);
    }
    if (!has_room()) retire(retention_kept::no);
    if (!has_room()) return failure(errc::full, "the journal has reached max_bytes");
    if (make_error_) return tl::unexpected(*make_error_);

    making_ = true;
    const std::uint64_t position = position_next_;
    lock.unlock();
    auto made = make(position);
    lock.lock();
    making_ = false;
    if (made)
        position_next_ = (*made)->position_end();
    else
        make_error_ = made.error();
    return made;
}

// Without the mutex, by whoever has set making_.
result<std::unique_ptr<segment>> segment_store::make(std::uint64_t position) {
    std::unique_ptr<segment> again;
    std::string spare;
    {
        const std::lock_guard lock(mutex_);
        if (!spares_.empty()) {
            again = std::move(spares_.back());
            spares_.pop_back();
        }
        if (!spare_files_.empty()) {
            spare = std::move(spare_files_.back());
            spare_files_.pop_back();
        }
    }
    if (!again) return create_from(spare, directory_.place_of(position), segment_size_);
    again->become(position);
    return again;
}

// How many more segments may be kept to be used again. They are no part of bytes(): who needs the
// room uses them.
std::uint64_t segment_store::room_for_spares() const noexcept {
    const std::uint64_t count = spares_.size() + spare_files_.size();
    const std::uint64_t kept = bytes() + count * segment_size_;
    return kept < bytes_max_ ? (bytes_max_ - kept) / segment_size_ : 0;
}

// Memory that is given back costs the kernel as much again when it is taken anew.
void segment_store::keep_spare(std::unique_ptr<segment>& gone) {
    const bool usable = directory_.in_memory() && gone->size() == segment_size_;
    if (usable && room_for_spares() > 0) spares_.push_back(std::move(gone));
}

void segment_store::append(std::unique_ptr<segment> begun) {
    const std::lock_guard lock(mutex_);
    position_next_ = begun->position_end();
    live_.push_back(std::move(begun));
}

void segment_store::reclaim(timestamp now, std::uint64_t published) {
    const std::lock_guard lock(mutex_);
    clock_ = std::max(clock_, now);
    published_ = published;
    make_error_.reset();
    retire(retention_kept::yes);
}

void segment_store::make_next_ahead() {
    std::uint64_t position = 0;
    {
        const std::lock_guard lock(mutex_);
        if (ahead_ || making_ || make_error_ || !has_room()) return;
        making_ = true;
        position = position_next_;
    }
    auto made = make(position);
    // A file is written to by its pages but for the header.
    if (made) (*made)->prefault(0, directory_.in_memory() ? prefault_size : sizeof(segment_header));
    {
        const std::lock_guard lock(mutex_);
        making_ = false;
        if (made)
            ahead_ = std::move(*made);
        else
            make_error_ = made.error();
    }
    made_.notify_one();
}

result<void> segment_store::sweep() {
    std::vector<std::unique_ptr<segment>> done;
    {
        const std::lock_guard lock(mutex_);
        done.swap(retired_);
    }
    if (!done.empty())
        if (const auto removed = remove(done); !removed) return removed;
    {
        const std::lock_guard lock(mutex_);
        for (auto& gone : deleted_)
            done.push_back(std::move(gone));
        deleted_.clear();
        for (auto& gone : done) {
            if (gone->held())
                deleted_.push_back(std::move(gone));
            else
                keep_spare(gone);
        }
    }
    return {};
}

// Deletes the files; of those that are kept for new ones the segments are gone afterwards.
result<void> segment_store::remove(std::vector<std::unique_ptr<segment>>& gone) {
    // A cursor that is older on disk than in memory would miss what is deleted now.
    if (const auto synced = directory_.sync_cursors(); !synced) return synced;
    const auto spares = take_names(gone);
    if (!spares) return tl::unexpected(spares.error());
    if (const auto synced = directory_.sync(); !synced) return synced;
    for (const std::string& spare : *spares) {
        if (!ready_spare(spare, segment_size_)) continue;
        const std::lock_guard lock(mutex_);
        if (room_for_spares() > 0)
            spare_files_.push_back(spare);
        else
            ::unlink(spare.c_str());
    }
    return {};
}

result<std::vector<std::string>> segment_store::take_names(
    std::vector<std::unique_ptr<segment>>& gone) {
    std::size_t spare_count = 0;
    if (!directory_.in_memory()) {
        const std::lock_guard lock(mutex_);
        const std::size_t wanted = spare_files_max - std::min(spare_files_max, spare_files_.size());
        spare_count = std::min<std::uint64_t>(wanted, room_for_spares());
    }
    std::vector<std::string> spares;
    for (auto& each : gone) {
        const bool usable = !each->held() && each->size() == segment_size_;
        std::string spare = usable && spares.size() < spare_count ? set_aside(*each) : "";
        if (!spare.empty()) {
            spares.push_back(std::move(spare));
            each.reset();
        } else if (const auto removed = directory_.remove(each->file_name()); !removed) {
            return tl::unexpected(removed.error());
        }
    }
    std::erase(gone, nullptr);
    return spares;
}

segment& segment_store::hold_at(std::uint64_t position) {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(live_.begin(), live_.end(), [&](const auto& candidate) {
        return position < candidate->position_end();
    });
    segment& held = found != live_.end() ? **found : *live_.back();
    held.hold();
    return held;
}

bool segment_store::join(segment_holder& holder) {
    const std::lock_guard lock(mutex_);
    for (const segment_holder* const other : holders_)
        if (other->name == holder.name) return false;
    holders_.push_back(&holder);
    std::erase_if(orphans_, [&](const orphan& left) { return left.name == holder.name; });
    return true;
}

void segment_store::leave(segment_holder& holder) {
    const std::lock_guard lock(mutex_);
    std::erase(holders_, &holder);
    orphans_.push_back({holder.name, holder.acknowledged.load(), std::nullopt});
}

journal_usage segment_store::usage() const {
    const std::lock_guard lock(mutex_);
    journal_usage used;
    used.bytes = bytes();
    used.bytes_max = bytes_max_;
    used.segment_count = live_.size();
    used.position_first = live_.front()->position_first();
    return used;
}

void segment_store::retire(retention_kept kept) {
    for (orphan& left : orphans_)
        if (!left.since) left.since = clock_;
    std::erase_if(orphans_,
                  [this](const orphan& left) { return clock_ - *left.since >= orphan_grace; });
    const std::uint64_t needed = needed_from();
    while (live_.size() > 1 && live_.front()->position_end() <= needed) {
        const timestamp recorded_last{duration{live_[1]->header().header.recorded_us}};
        if (kept == retention_kept::yes && recorded_last > clock_ - retention_) return;
        retired_.push_back(std::move(live_.front()));
        live_.pop_front();
    }
}

std::uint64_t segment_store::needed_from() const {
    std::uint64_t needed = published_;
    for (const segment_holder* const holder : holders_)
        needed = std::min(needed, holder->acknowledged.load());
    for (const orphan& left : orphans_)
        needed = std::min(needed, left.position);
    return needed;
}

std::uint64_t segment_store::bytes() const noexcept {
    std::uint64_t sum = ahead_ || making_ ? segment_size_ : 0;
    if (!live_.empty()) sum += position_next_ - live_.back()->position_end();  // being begun
    for (const auto& kept : live_)
        sum += kept->size();
    for (const auto* list : {&retired_, &deleted_})
        for (const auto& gone : *list)
            if (gone->held()) sum += gone->size();
    return sum;
}

}  // namespace callstream
