#include "core/kept_payloads.h"

#include <algorithm>
#include <utility>

namespace callstream {

namespace {

constexpr std::size_t chunk_size = 256 * 1024;

}  // namespace

std::string_view kept_payloads::keep(std::string_view payload, std::uint64_t position_next) {
    if (chunks_.empty() || chunks_.back().size - chunks_.back().used < payload.size()) {
        chunk next = std::exchange(spare_, {});
        if (next.size < payload.size()) {
            next.size = std::max(chunk_size, payload.size());
            next.bytes = std::make_unique_for_overwrite<char[]>(next.size);
        }
        chunks_.push_back(std::move(next));
    }
    chunk& into = chunks_.back();
    char* const copy = into.bytes.get() + into.used;
    payload.copy(copy, payload.size());
    into.used += payload.size();
    into.position_last = std::max(into.position_last, position_next);
    return {copy, payload.size()};
}

void kept_payloads::release(std::uint64_t position) noexcept {
    while (!chunks_.empty() && chunks_.front().position_last <= position) {
        spare_ = std::move(chunks_.front());
        spare_.used = 0;
        spare_.position_last = 0;
        chunks_.pop_front();
    }
}

}  // namespace callstream
