// The whole configuration as the settings of the program's parts.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "app/poll_settings.h"
#include "core/event_filter.h"
#include "core/http_server.h"
#include "core/journal.h"
#include "core/journal_reader.h"
#include "core/log.h"
#include "parsers/ami_translator.h"
#include "parsers/text_decoder.h"
#include "sinks/file_sink.h"
#include "sinks/kafka_sink.h"
#include "sinks/number_shaper.h"
#include "sinks/redis_sink.h"
#include "sinks/web_settings.h"
#include "sources/ami_client.h"
#include "sources/cdr_listener.h"
#include "sources/push_listener.h"
#include "sources/recording_queue.h"
#include "sources/yeastar_session.h"
#include "sources/yeastar_subscription.h"

namespace callstream::app {

struct log_settings {
    log_level level = log_level::info;
    log_format format = log_format::words;
};

struct pbx_settings {
    std::string name;
    std::string timezone = "UTC";  // IANA, such as Asia/Shanghai
    parsers::charset charset = parsers::charset::guessed;
    parsers::ami_translator_settings translator;
    std::optional<sources::ami_client_settings> ami;
    filter_settings filter;
    std::string country;                         // ISO 3166-1, for E.164; empty: unknown
    std::optional<sources::push_settings> push;  // family yeastar, like the next three
    std::optional<sources::yeastar_session_settings> api;
    std::optional<sources::yeastar_subscription_settings> subscription;
    std::optional<sources::recording_queue_settings> recordings;
    std::optional<poll_settings> poll;
    std::optional<sources::cdr_listener_settings> cdr_output;  // family grandstream
    std::string secret_origin;  // where the AMI secret came from, such as "env HQ_AMI"
    std::string api_password_origin;

    // Of a UCM: its CDRs come as rows, and not only as events of its manager interface.
    bool has_rows() const noexcept { return poll || push || cdr_output; }
};

using sink_target =
    std::variant<sinks::kafka_settings, sinks::redis_settings, sinks::file_settings>;

// The part of the stream that a lane of a sink gets; empty: any.
struct sink_route {
    std::string family;
    std::string pbx;
};

struct sink_settings {
    std::string name;
    start_at begin = start_at::oldest;  // where it starts when it has no cursor yet
    sink_target target;
    filter_settings filter;
    sink_route route;
    sinks::number_settings numbers;
    std::string key_origin;       // of the numbers' key
    std::string password_origin;  // as pbx_settings::secret_origin; empty: no password
};

struct settings {
    journal_settings journal;
    log_settings log;
    std::vector<pbx_settings> pbxes;  // in the order of the file
    std::vector<sink_settings> sinks;
    std::optional<http_server_settings> http;
    std::optional<sinks::web_settings> web;
    std::chrono::milliseconds drain_deadline{10'000};  // for what was published when told to stop
};

}  // namespace callstream::app
