#include "app/sink_shaper.h"

#include <utility>

namespace callstream::app {

namespace {

class sink_shaper final : public record_shaper {
public:
    // Either may be null.
    sink_shaper(sink_route route, std::unique_ptr<event_filter> filter,
                std::unique_ptr<sinks::number_shaper> numbers)
        : route_(std::move(route)), filter_(std::move(filter)), numbers_(std::move(numbers)) {}

    bool wants(const record& read) override {
        if (!route_.family.empty() && info_of(read.type).family() != route_.family) return false;
        if (!route_.pbx.empty() && read.pbx != route_.pbx) return false;
        if (!filter_) return true;
        const filter_verdict verdict = filter_->of(read.type, read.pbx);
        if (verdict != filter_verdict::depends) return verdict == filter_verdict::passes;
        return filter_->passes(read[attribute::data]);
    }

    void reshape(record& read) override {
        if (!numbers_) return;
        const std::string_view data = read[attribute::data];
        const std::string_view shaped = numbers_->shape(data, read.pbx);
        if (shaped.data() == data.data()) return;
        attribute_slice& slice = read.attributes[static_cast<std::size_t>(attribute::data)];
        payload_.assign(read.payload.substr(0, slice.offset));
        payload_.append(shaped);
        payload_.append(read.payload.substr(slice.offset + slice.size));
        slice.size = static_cast<std::uint32_t>(shaped.size());
        read.payload = payload_;
    }

private:
    const sink_route route_;
    std::unique_ptr<event_filter> filter_;
    std::unique_ptr<sinks::number_shaper> numbers_;
    std::string payload_;
};

}  // namespace

result<std::unique_ptr<record_shaper>> build_shaper(const sink_settings& settings,
                                                    const country_map& countries) {
    std::unique_ptr<event_filter> filter;
    if (!empty(settings.filter)) {
        auto made = event_filter::make(settings.filter);
        if (!made) return tl::unexpected(made.error());
        filter = std::move(*made);
    }
    std::unique_ptr<sinks::number_shaper> numbers;
    if (changes_numbers(settings.numbers))
        numbers = std::make_unique<sinks::number_shaper>(settings.numbers, countries);
    const sink_route& route = settings.route;
    if (!filter && !numbers && route.family.empty() && route.pbx.empty()) return nullptr;
    return std::make_unique<sink_shaper>(route, std::move(filter), std::move(numbers));
}

}  // namespace callstream::app
