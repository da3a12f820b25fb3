// Words of memory that outlive a kill of the process, though not a power cut: a small file that
// stays mapped. For what must be noted where a system call would be too slow.
//
// Lifetime: words() as long as this.
// Threads:  none of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "core/result.h"

namespace callstream {

class kept_words {
public:
    // What the file holds; zeros where it is new. Its blocks exist before it is mapped, so that a
    // full disk is an error here. With an empty path: memory.
    static result<kept_words> open(const std::string& path, std::size_t count);
    kept_words(kept_words&& other) noexcept;
    kept_words& operator=(kept_words&& other) noexcept;
    ~kept_words();

    std::span<std::uint64_t> words() const noexcept { return words_; }

private:
    explicit kept_words(std::span<std::uint64_t> words) noexcept : words_(words) {}

    std::span<std::uint64_t> words_;
};

}  // namespace callstream
