#include "core/segment_store.h"

#include <algorithm>
#include <limits>

#include <unistd.h>

namespace callstream {

namespace {

constexpr std::chrono::seconds orphan_grace{60};

}  // namespace

segment_store::segment_store(journal_directory directory, const journal_settings& settings)
    : directory_(std::move(directory)),
      bytes_max_(settings.max_bytes),
      retention_(settings.retention),
      segment_size_(settings.segment_bytes) {}

segment_store::~segment_store() {
    if (ahead_ && !directory_.in_memory()) ::unlink(ahead_->file_name().c_str());
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
    auto made = segment::create(directory_.place_of(position), segment_size_);
    lock.lock();
    making_ = false;
    if (made)
        position_next_ = (*made)->position_end();
    else
        make_error_ = made.error();
    return made;
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
    auto made = segment::create(directory_.place_of(position), segment_size_);
    if (made) (*made)->prefault(0, prefault_size);
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
    if (!done.empty()) {
        // A cursor that is older on disk than in memory would miss what is deleted now.
        if (const auto synced = directory_.sync_cursors(); !synced) return synced;
        for (const auto& gone : done)
            if (const auto removed = directory_.remove(gone->file_name()); !removed) return removed;
        if (const auto synced = directory_.sync(); !synced) return synced;
    }
    {
        const std::lock_guard lock(mutex_);
        for (auto& gone : deleted_)
            done.push_back(std::move(gone));
        deleted_.clear();
        for (auto& gone : done)
            if (gone->held()) deleted_.push_back(std::move(gone));
    }
    return {};
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
