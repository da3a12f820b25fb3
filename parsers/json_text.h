// Text out of JSON: escapes resolved as far as they mean something, kept until the next message.
//
// Threads: one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace callstream::parsers {

// Writes what stands between a JSON text's quotes without its escapes; no longer than `escaped`.
// Half a surrogate pair becomes U+FFFD. An escape that JSON does not have, such as \#, stands for
// its character: PBXes send them. Returns the end of what was written.
char* unescape_json(std::string_view escaped, char* out) noexcept;

// Pieces of text that stay where they are until clear(). Blocks are kept for the next message.
class text_arena {
public:
    // `write` is given room for `size_max` bytes and returns the end of what it wrote.
    template <class Write>
    std::string_view add(std::size_t size_max, const Write& write) {
        char* const begin = room(size_max);
        char* const end = write(begin);
        used_ += static_cast<std::size_t>(end - begin);
        // What is read by simdjson needs bytes behind it.
        used_ = std::min(used_ + spare_size, blocks_[current_].size);
        return {begin, static_cast<std::size_t>(end - begin)};
    }
    void clear() noexcept { current_ = used_ = 0; }

private:
    static constexpr std::size_t block_size = 16 * 1024;
    static constexpr std::size_t spare_size = 64;
    struct block {
        std::unique_ptr<char[]> bytes;
        std::size_t size = 0;
    };

    char* room(std::size_t size) {
        while (current_ < blocks_.size() && blocks_[current_].size - used_ < size) {
            ++current_;
            used_ = 0;
        }
        if (current_ == blocks_.size()) {
            const std::size_t wanted = std::max(size, block_size);
            blocks_.push_back({std::make_unique<char[]>(wanted), wanted});
        }
        return blocks_[current_].bytes.get() + used_;
    }

    std::vector<block> blocks_;
    std::size_t current_ = 0;
    std::size_t used_ = 0;
};

}  // namespace callstream::parsers
