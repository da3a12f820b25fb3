#include "app/sink_factory.h"

namespace callstream::app {

namespace {

struct builder {
    loop& own_loop;
    journal_reader& reader;

    std::unique_ptr<sink> operator()(const sinks::kafka_settings& settings) const {
        return std::make_unique<sinks::kafka_sink>(settings, own_loop, reader);
    }
    std::unique_ptr<sink> operator()(const sinks::redis_settings& settings) const {
        return std::make_unique<sinks::redis_sink>(settings, own_loop, reader);
    }
    std::unique_ptr<sink> operator()(const sinks::file_settings& settings) const {
        return std::make_unique<sinks::file_sink>(settings, own_loop, reader);
    }
};

}  // namespace

std::unique_ptr<sink> build_sink(const sink_settings& settings, loop& own_loop,
                                 journal_reader& reader) {
    return std::visit(builder{own_loop, reader}, settings.target);
}

}  // namespace callstream::app
