#include "core/publisher.h"

#include "core/limits.h"

namespace callstream {

namespace {

constexpr std::size_t usual_size = 16 * 1024;  // most events; larger ones are written twice

}  // namespace

result<std::unique_ptr<publisher>> publisher::open(journal& target, batch_clock& clock,
                                                   std::string_view pbx) {
    const auto index = target.pbx_index(pbx);
    if (!index) return tl::unexpected(index.error());
    return std::unique_ptr<publisher>(new publisher(target, clock, pbx, *index));
}

publisher::outcome publisher::append(const event& appended) {
    const filter_verdict verdict =
        filter_ ? filter_->of(appended.type, pbx_) : filter_verdict::passes;
    if (verdict == filter_verdict::left_out) return outcome::left_out;
    const event_envelope envelope{pbx_, journal_.next_pbx_sequence(index_), journal_.epoch(),
                                  journal_.next_recorded_time(clock_.time())};
    for (const std::size_t size : {usual_size, limits::record_size_max}) {
        const auto room = journal_.room(size);
        if (!room) return outcome::shed;
        const auto written = writer_.write(appended, envelope, *room);
        if (!written) continue;
        if (written->size > limits::record_size_max) break;
        const auto data = written->attributes[static_cast<std::size_t>(attribute::data)];
        if (verdict == filter_verdict::depends &&
            !filter_->passes({room->data() + data.offset, data.size}))
            return outcome::left_out;
        journal_.commit(
            {appended.type, appended.time, index_, written->escaped, written->attributes},
            written->size, clock_.time());
        return outcome::published;
    }
    return outcome::rejected;
}

void publisher::announce_shed() {
    event overload;
    overload.type = event_type::source_overload;
    overload.time = clock_.time();
    source_data data;
    data.reason = "the journal was full";
    data.from = shed_from_;
    data.to = clock_.time();
    data.missing_count = static_cast<std::int64_t>(shed_unannounced_);
    overload.data = data;
    if (append(overload) != outcome::published) return;
    ++counters_.received;
    count_published(overload.type);
    shed_unannounced_ = 0;
}

void publisher::count_published(event_type type) noexcept {
    ++counters_.published;
    ++types_[static_cast<std::size_t>(type)];
}

void publisher::publish(const event& published) {
    ++counters_.received;
    if (shed_unannounced_ > 0) announce_shed();
    switch (append(published)) {
        case outcome::published:
            count_published(published.type);
            break;
        case outcome::rejected:
            ++counters_.rejected;
            break;
        case outcome::shed:
            if (shed_unannounced_ == 0) shed_from_ = clock_.time();
            ++shed_unannounced_;
            ++counters_.shed;
            break;
        case outcome::left_out:
            ++counters_.left_out;
            break;
    }
}

}  // namespace callstream
