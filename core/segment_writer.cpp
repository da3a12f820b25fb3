#include "core/segment_writer.h"

#include <algorithm>
#include <cstring>

#include "core/journal_stop.h"
#include "core/limits.h"

namespace callstream {

namespace {

constexpr std::size_t record_room = record_size(record_kind::event, limits::record_size_max);
// Beyond this a cache that is also used for other things would lose it.
constexpr std::size_t flush_size = 256 * 1024;
constexpr std::size_t page_size = 4096;
// Each record is followed by the beginning of the next, a zero at first.
constexpr std::size_t stage_size = flush_size + record_room + record_alignment + page_size;

}  // namespace

void segment_writer::enter(segment& entered, std::size_t offset) {
    segment_ = &entered;
    file_ = entered.take_file();
    if (!file_) {
        space_ = entered.space();
        size_ = offset;
        return;
    }
    stage_.resize(stage_size);
    stage_from(offset);
}

void segment_writer::stage_from(std::size_t offset) noexcept {
    const std::size_t left = static_cast<std::size_t>(segment_->size()) - offset;
    space_ = {std::span(stage_).first(std::min(stage_.size(), left)),
              segment_->position_first() + offset};
    size_ = 0;
}

std::span<char> segment_writer::room() {
    constexpr std::size_t head_size = payload_offset(record_kind::event);
    flush_if_large();
    const std::size_t size = std::min(left() - head_size, limits::record_size_max);
    std::byte* const payload = space_.bytes.data() + size_ + head_size;
    return {reinterpret_cast<char*>(payload), size};
}

void segment_writer::put(const stored_record& fields, named_value content) {
    flush_if_large();
    size_ = put_record(space_, size_, fields, content);
}

void segment_writer::seal(const stored_record& fields, const attribute_slices& slices) {
    size_ = seal_event(space_, size_, fields, slices);
}

void segment_writer::flush_if_large() {
    if (file_ && size_ > flush_size) flush();
}

void segment_writer::flush() {
    if (!file_ || size_ == 0) return;
    const std::size_t offset = space_.position_first - segment_->position_first();
    // With a zero behind the last record, where a file that is used again has old ones, and to the
    // end of a page: of one that is written in part the rest is read from the disk first.
    const std::size_t end = offset + size_ + record_alignment;
    const std::size_t page_end = (end + page_size - 1) / page_size * page_size;
    const auto written = space_.bytes.first(std::min(page_end - offset, space_.bytes.size()));
    const auto behind = written.subspan(size_);
    std::memset(behind.data(), 0, behind.size());
    stop_on_failure(write_at(file_, written, offset));
    stage_from(offset + size_);
}

}  // namespace callstream
