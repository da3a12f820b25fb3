#include "core/log.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <span>

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "core/log_line.h"
#include "core/time.h"

namespace callstream {

namespace {

// The one log of the process: a global by nature, for stderr is one.
class process_log {
public:
    process_log() {
        logger_.set_pattern("%v");
        logger_.set_level(spdlog::level::trace);
        logger_.flush_on(spdlog::level::trace);
    }

    void set(log_level lowest, log_format format) noexcept {
        lowest_.store(lowest, std::memory_order_relaxed);
        format_.store(format, std::memory_order_relaxed);
    }

    void write(log_level level, std::string_view words, std::span<const log_field> fields) {
        if (level < lowest_.load(std::memory_order_relaxed)) return;
        const std::lock_guard lock(mutex_);
        const auto suppressed = limiter_.admit(words, fields, log_limiter::clock::now());
        if (!suppressed) return;
        const log_line line{now(), level, words, fields, *suppressed};
        logger_.log(spdlog::level::info,
                    format_log_line(line, format_.load(std::memory_order_relaxed)));
    }

private:
    std::atomic<log_level> lowest_{log_level::info};
    std::atomic<log_format> format_{log_format::words};
    std::mutex mutex_;
    log_limiter limiter_;
    // spdlog shares its outputs between loggers; ours has one of each.
    spdlog::logger logger_{"callstream", std::make_shared<spdlog::sinks::stderr_sink_st>()};
};

process_log& the_log() {
    static process_log log;
    return log;
}

}  // namespace

void set_log(log_level lowest, log_format format) {
    the_log().set(lowest, format);
}

void write_log(log_level level, std::string_view words, std::initializer_list<log_field> fields) {
    the_log().write(level, words, fields);
}

}  // namespace callstream
