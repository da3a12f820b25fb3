#include "sources/ami_probe.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <utility>

namespace callstream::sources {

namespace {

constexpr std::size_t category_count_max = 1000;
constexpr std::size_t line_count_max = 1000;
constexpr std::array<std::string_view, 4> kept_names{"read", "writetimeout", "timestampevents",
                                                     "eventfilter"};

bool is_success(const message_view* answer) {
    return answer != nullptr && answer->find("Response") == "Success";
}

// 1795231570.028949
std::optional<timestamp> time_of(std::string_view text) {
    std::array<char, 32> zeroed{};
    const std::size_t point = text.find('.');
    if (point == std::string_view::npos || point > 12) return std::nullopt;
    text.substr(0, point).copy(zeroed.data(), point);
    for (std::size_t i = 0; i < 6; ++i)
        zeroed[point + i] = point + 1 + i < text.size() ? text[point + 1 + i] : '0';
    std::int64_t micros = 0;
    const char* const end = zeroed.data() + point + 6;
    const auto read = std::from_chars(zeroed.data(), end, micros);
    if (read.ec != std::errc() || read.ptr != end || micros < 0) return std::nullopt;
    return timestamp(duration(micros));
}

}  // namespace

ami_probe::ami_probe(const ami_probe_settings& settings, asker ask, std::function<void()> done)
    : settings_(settings), ask_(std::move(ask)), done_(std::move(done)) {}

void ami_probe::start() {
    asked_at_ = now();
    ask_({.action = "Ping"}, [this](const message_view* answer) { on_ping(answer); });
}

void ami_probe::on_ping(const message_view* answer) {
    if (answer != nullptr)
        if (const auto said = time_of(answer->find("Timestamp"))) {
            const timestamp answered_at = now();
            report_.clock_ahead = *said - (asked_at_ + (answered_at - asked_at_) / 2);
        }
    ask_core_settings();
}

void ami_probe::ask_core_settings() {
    ask_({.action = "CoreSettings"}, [this](const message_view* answer) {
        if (is_success(answer)) {
            report_.has_core_settings = true;
            report_.version = answer->find("AsteriskVersion");
            report_.system_name = answer->find("SystemName");
            const std::string_view cdrs = answer->find("CoreCDRenabled");
            if (!cdrs.empty()) report_.writes_cdrs = cdrs == "Yes";
        }
        ask_cdr_manager();
    });
}

void ami_probe::ask_cdr_manager() {
    const std::array module{header{"Module", "cdr_manager"}};
    ask_({.action = "ModuleCheck", .headers = module}, [this](const message_view* answer) {
        // A refusal says nothing of the module.
        const std::string_view words = answer == nullptr ? "" : answer->find("Message");
        if (is_success(answer))
            report_.has_cdr_manager = true;
        else if (words.find("not loaded") != std::string_view::npos)
            report_.has_cdr_manager = false;
        ask_commands();
    });
}

// It answers with what the user may ask, each as a header. Anybody may ask for bridges where there
// are any.
void ami_probe::ask_commands() {
    ask_({.action = "ListCommands"}, [this](const message_view* answer) {
        if (is_success(answer)) {
            const bool is_new = answer->find("BridgeList").data() != nullptr;
            report_.channel_list = is_new ? "CoreShowChannels" : "Status";
            report_.may_list_channels = answer->find(report_.channel_list).data() != nullptr;
        }
        if (settings_.is_private)
            ask_config("general");
        else
            done_();
    });
}

void ami_probe::ask_config(std::string_view category) {
    const std::array file{header{"Filename", "manager.conf"}, header{"Category", category}};
    const bool is_general = category == "general";
    ask_({.action = "GetConfig", .headers = file}, [this, is_general](const message_view* answer) {
        if (is_success(answer))
            read_config(*answer, is_general ? std::string_view("general") : settings_.username);
        if (is_general && report_.has_config)
            ask_config(settings_.username);
        else
            done_();
    });
}

// Category-000001: name, and its lines as Line-000001-000000: read=all.
void ami_probe::read_config(const message_view& answer, std::string_view category) {
    report_.has_config = true;
    std::array<char, 32> name{};
    for (std::size_t i = 0; i < category_count_max; ++i) {
        std::snprintf(name.data(), name.size(), "Category-%06zu", i);
        const std::string_view found = answer.find(name.data());
        if (found.data() == nullptr) return;
        if (found != category) continue;
        for (std::size_t k = 0; k < line_count_max; ++k) {
            std::snprintf(name.data(), name.size(), "Line-%06zu-%06zu", i, k);
            const std::string_view line = answer.find(name.data());
            if (line.data() == nullptr) return;
            // read = all, and eventfilter(name(Newexten)) = x.
            const std::string_view key = line.substr(0, line.find_first_of(" =("));
            if (std::find(kept_names.begin(), kept_names.end(), key) == kept_names.end()) continue;
            std::string_view value = line.substr(key.size());
            value.remove_prefix(std::min(value.find_first_not_of(" ="), value.size()));
            report_.config.insert_or_assign(std::string(key), std::string(value));
        }
    }
}

}  // namespace callstream::sources
