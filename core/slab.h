// Slabs: fixed blocks of received bytes, counted, and recycled by a pool.
//
// A receive_buffer hands its free tail to the socket, shows what has not been parsed as one
// contiguous view, and moves on to a fresh slab when the tail runs out; only a message torn by
// the slab's end has its head copied.
//
// Lifetime: a view of pending() is valid while a slab_ref to current() is held; bytes below the
//           committed end never change. limits::slab_spare_size readable bytes follow every view.
// Threads:  the loop that owns the pool. Counts are plain integers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace callstream {

class slab_pool;

struct slab {
    std::unique_ptr<char[]> bytes;  // limits::slab_size
    slab_pool* pool = nullptr;
    std::uint32_t reference_count = 0;
};

// Shares a slab; the last one gives it back to its pool.
class slab_ref {
public:
    slab_ref() noexcept = default;
    explicit slab_ref(slab* target) noexcept : target_(target) {
        if (target_ != nullptr) ++target_->reference_count;
    }
    slab_ref(const slab_ref& other) noexcept : slab_ref(other.target_) {}
    slab_ref(slab_ref&& other) noexcept : target_(std::exchange(other.target_, nullptr)) {}
    slab_ref& operator=(slab_ref other) noexcept {
        std::swap(target_, other.target_);
        return *this;
    }
    ~slab_ref();

    slab* get() const noexcept { return target_; }
    explicit operator bool() const noexcept { return target_ != nullptr; }

private:
    slab* target_ = nullptr;
};

// Outlives every slab_ref it gave out.
class slab_pool {
public:
    slab_pool() = default;
    slab_pool(const slab_pool&) = delete;
    slab_pool& operator=(const slab_pool&) = delete;
    ~slab_pool();

    slab_ref take();
    std::size_t slab_count() const noexcept { return all_.size(); }
    std::size_t free_count() const noexcept { return free_.size(); }

private:
    friend class slab_ref;
    void give_back(slab* returned) noexcept { free_.push_back(returned); }

    std::vector<std::unique_ptr<slab>> all_;
    std::vector<slab*> free_;
};

class receive_buffer {
public:
    explicit receive_buffer(slab_pool& pool) : pool_(pool) {}

    // Room for the next read: never empty while pending() is below the largest message allowed.
    std::span<char> writable();
    void commit(std::size_t size);   // that many bytes of writable() were filled
    void consume(std::size_t size);  // that many bytes of pending() are done with
    void clear();

    std::string_view pending() const noexcept;
    const slab_ref& current() const noexcept { return current_; }

private:
    slab_pool& pool_;
    slab_ref current_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace callstream
