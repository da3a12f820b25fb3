#include "app/state_sinks.h"

#include <functional>

#include "sinks/kafka_state.h"
#include "sinks/redis_state.h"

namespace callstream::app {

namespace {

sinks::live_feed_settings feed_of(const std::string& name, const settings& configured) {
    sinks::live_feed_settings feed;
    feed.name = name;
    if (configured.web) feed.live.service_level = configured.web->live.service_level;
    for (const pbx_settings& pbx : configured.pbxes)
        feed.live.zones[pbx.name] = pbx.timezone;
    if (configured.journal.path != ":memory:")
        feed.state_path = configured.journal.path + '/' + name;
    return feed;
}

// Null if that sink keeps no state.
sink_thread::builder builder_of(const sink_settings& sink, const std::string& name,
                                const settings& configured) {
    if (const auto* kafka = std::get_if<sinks::kafka_settings>(&sink.target)) {
        if (kafka->state_topic.empty()) return nullptr;
        sinks::kafka_state_settings made{*kafka, feed_of(name, configured)};
        made.kafka.name = name;
        made.kafka.topic = kafka->state_topic;
        return [made](loop& own, journal_reader& reader) {
            return std::make_unique<sinks::kafka_state>(made, own, reader);
        };
    }
    const auto* redis = std::get_if<sinks::redis_settings>(&sink.target);
    if (redis == nullptr || redis->state_prefix.empty()) return nullptr;
    sinks::redis_state_settings made;
    made.redis = *redis;
    made.redis.name = name;
    made.prefix = redis->state_prefix;
    made.expiry = redis->state_expiry;
    made.feed = feed_of(name, configured);
    return [made](loop& own, journal_reader& reader) {
        return std::make_unique<sinks::redis_state>(made, own, reader);
    };
}

}  // namespace

result<std::unique_ptr<sink_thread>> open_state_sink(const sink_settings& sink,
                                                     const settings& configured, journal& events,
                                                     const country_map& countries) {
    const std::string name = sink.name + ".state";
    const sink_thread::builder build = builder_of(sink, name, configured);
    if (!build) return nullptr;
    sink_settings all = sink;
    all.filter = {};
    auto shaper = build_shaper(all, countries);
    if (!shaper) return tl::unexpected(shaper.error());
    auto reader = journal_reader::open(events, name, start_at::oldest);
    if (!reader) return tl::unexpected(reader.error());
    (*reader)->set_shaper(std::move(*shaper));
    return std::make_unique<sink_thread>(name, std::move(*reader), build);
}

}  // namespace callstream::app
