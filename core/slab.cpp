#include "core/slab.h"

#include <cstring>

#include "core/ensure.h"
#include "core/limits.h"

namespace callstream {

namespace {

constexpr std::size_t usable_size = limits::slab_size - limits::slab_spare_size;
constexpr std::size_t read_size_min = 16 * 1024;

}  // namespace

slab_ref::~slab_ref() {
    if (target_ == nullptr) return;
    ensure(target_->reference_count > 0, "a slab is released once for each reference");
    if (--target_->reference_count == 0) target_->pool->give_back(target_);
}

slab_pool::~slab_pool() {
    ensure(free_.size() == all_.size(), "a slab pool outlives the references to its slabs");
}

slab_ref slab_pool::take() {
    if (free_.empty()) {
        auto fresh = std::make_unique<slab>();
        fresh->bytes = std::make_unique_for_overwrite<char[]>(limits::slab_size);
        fresh->pool = this;
        free_.reserve(all_.size() + 1);  // so that give_back never allocates
        all_.push_back(std::move(fresh));
        return slab_ref(all_.back().get());
    }
    slab* taken = free_.back();
    free_.pop_back();
    return slab_ref(taken);
}

std::span<char> receive_buffer::writable() {
    if (!current_) current_ = pool_.take();
    const bool alone = current_.get()->reference_count == 1;
    if (begin_ == end_ && alone) begin_ = end_ = 0;
    if (usable_size - end_ < read_size_min && begin_ > 0) {
        const std::string_view torn = pending();
        slab_ref next = alone ? current_ : pool_.take();
        std::memmove(next.get()->bytes.get(), torn.data(), torn.size());
        current_ = std::move(next);
        begin_ = 0;
        end_ = torn.size();
    }
    return {current_.get()->bytes.get() + end_, usable_size - end_};
}

void receive_buffer::commit(std::size_t size) {
    ensure(current_ && size <= usable_size - end_, "no more is committed than was writable");
    end_ += size;
}

void receive_buffer::consume(std::size_t size) {
    ensure(size <= end_ - begin_, "no more is consumed than is pending");
    begin_ += size;
}

void receive_buffer::clear() {
    begin_ = end_ = 0;
    current_ = slab_ref();
}

std::string_view receive_buffer::pending() const noexcept {
    if (!current_) return {};
    return {current_.get()->bytes.get() + begin_, end_ - begin_};
}

}  // namespace callstream
