#include "core/journal.h"

#include <algorithm>

#include "core/journal_core.h"

namespace callstream {

namespace {

// A journal needs a segment to write and one that readers finish with; more make its room finer.
constexpr std::uint64_t segment_count_wanted = 4;

result<journal_settings> checked(journal_settings settings) {
    if (settings.max_bytes < 2 * limits::segment_size_min)
        return failure(errc::bad_config, "journal.max_bytes is below 8 MiB");
    if (settings.segment_bytes < limits::segment_size_min ||
        settings.segment_bytes > segment_size_max)
        return failure(errc::bad_config, "the journal's segments are below 4 MiB or above 4 GiB");
    const std::uint64_t part = settings.max_bytes / segment_count_wanted;
    settings.segment_bytes =
        std::clamp<std::uint64_t>(part, limits::segment_size_min, settings.segment_bytes);
    return settings;
}

}  // namespace

result<std::unique_ptr<journal>> journal::open(const journal_settings& settings) {
    const auto usable = checked(settings);
    if (!usable) return tl::unexpected(usable.error());
    auto found = recover_journal(*usable);
    if (!found) return tl::unexpected(found.error());
    auto core = std::make_unique<journal_core>(*usable, std::move(*found));
    if (const auto started = core->start(); !started) return tl::unexpected(started.error());
    return std::unique_ptr<journal>(new journal(std::move(core)));
}

journal::journal(std::unique_ptr<journal_core> core) : core_(std::move(core)) {}
journal::~journal() = default;

std::uint32_t journal::epoch() const noexcept {
    return core_->state().epoch;
}

result<std::uint16_t> journal::pbx_index(std::string_view pbx) {
    return core_->pbx_index(pbx);
}

std::uint64_t journal::last_sequence() const noexcept {
    return core_->state().sequence;
}

std::uint64_t journal::next_pbx_sequence(std::uint16_t pbx) const noexcept {
    return core_->state().pbxs.sequence_of(pbx) + 1;
}

timestamp journal::next_recorded_time(timestamp now) const noexcept {
    return core_->next_recorded_time(now);
}

result<std::span<char>> journal::room(std::size_t size_min) {
    return core_->room(size_min);
}

void journal::commit(const record_header& header, std::size_t size, timestamp now) {
    core_->commit(header, size, now);
}

void journal::publish() {
    core_->publish();
}

result<void> journal::set_position(std::string_view name, std::string_view value) {
    return core_->set_position(name, value);
}

std::optional<std::string_view> journal::position(std::string_view name) const {
    const auto& positions = core_->state().positions();
    const auto found = positions.find(name);
    if (found == positions.end()) return std::nullopt;
    return found->second;
}

result<kept_words> journal::words(std::string_view name, std::size_t count) {
    const journal_directory& directory = core_->segments().directory();
    if (directory.in_memory()) return kept_words::open({}, count);
    return kept_words::open(directory.path() + '/' + std::string(name) + ".words", count);
}

std::uint64_t journal::published() const noexcept {
    return core_->published();
}

std::uint64_t journal::durable() const noexcept {
    return core_->durable();
}

journal_usage journal::usage() const noexcept {
    return core_->usage();
}

void journal::on_published(std::function<void()> call) {
    core_->on_published(std::move(call));
}

void journal::on_durable(std::function<void(std::uint64_t position)> call) {
    core_->on_durable(std::move(call));
}

void journal::reclaim(timestamp now) {
    core_->reclaim(now);
}

}  // namespace callstream
