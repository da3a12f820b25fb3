#include "sinks/web_request.h"

#include <algorithm>
#include <charconv>

namespace callstream::sinks {

namespace {

constexpr std::size_t pattern_count_max = 32;  // of each kind

// %41 and +, as forms write them; what is none stays as it is.
std::string decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned char byte = 0;
        const bool whole = text[i] == '%' && i + 2 < text.size();
        if (whole) {
            const char* const begin = text.data() + i + 1;
            const auto read = std::from_chars(begin, begin + 2, byte, 16);
            if (read.ec == std::errc() && read.ptr == begin + 2) {
                out += static_cast<char>(byte);
                i += 2;
                continue;
            }
        }
        out += text[i] == '+' ? ' ' : text[i];
    }
    return out;
}

bool is_expression(const std::string& pattern) noexcept {
    return pattern.size() > 1 && pattern.front() == '/' && pattern.back() == '/';
}

// An extension is named by its number, or by its device.
std::vector<std::string> devices_of(const std::vector<std::string>& extensions) {
    std::vector<std::string> devices;
    for (const std::string& each : extensions) {
        devices.push_back(each);
        if (each.find('/') == std::string::npos) devices.push_back("*/" + each);
    }
    return devices;
}

bool is_set(std::string_view query, std::string_view name) {
    const std::string_view value = query_value(query, name);
    return !value.empty() && value != "0" && value != "false";
}

}  // namespace

std::vector<std::string> query_values(std::string_view query, std::string_view name) {
    std::vector<std::string> found;
    while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        const std::size_t equals = pair.find('=');
        if (equals == std::string_view::npos || pair.substr(0, equals) != name) continue;
        if (std::string value = decoded(pair.substr(equals + 1)); !value.empty())
            found.push_back(std::move(value));
    }
    return found;
}

result<stream_filter> stream_filter::make(std::string_view query) {
    filter_settings wanted;
    wanted.include.types = query_values(query, "type");
    wanted.include.pbxes = query_values(query, "pbx");
    wanted.include.queues = query_values(query, "queue");
    const std::vector<std::string> extensions = query_values(query, "extension");
    const filter_patterns& by = wanted.include;
    for (const auto* const patterns : {&by.types, &by.pbxes, &by.queues, &extensions})
        if (patterns->size() > pattern_count_max ||
            std::any_of(patterns->begin(), patterns->end(), is_expression))
            return failure(errc::bad_config, "a filter is a text or a glob, and there are few");
    stream_filter made;
    if (empty(wanted) && extensions.empty()) return made;
    for (const std::string& type : by.types) {
        auto pattern = text_pattern::make(type);
        if (!pattern) return tl::unexpected(pattern.error());
        made.types_.push_back(std::move(*pattern));
    }
    std::vector<filter_settings> choices(extensions.empty() ? 1 : 2, wanted);
    if (!extensions.empty()) {
        choices[0].include.extensions = extensions;
        choices[1].include.channels = devices_of(extensions);
    }
    for (const filter_settings& choice : choices) {
        auto filter = event_filter::make(choice);
        if (!filter) return tl::unexpected(filter.error());
        made.choices_.push_back(std::move(*filter));
    }
    return made;
}

bool stream_filter::passes(const record& event) {
    const auto is_type = [&event](const text_pattern& type) {
        return type.matches(info_of(event.type).name);
    };
    if (!types_.empty() && std::none_of(types_.begin(), types_.end(), is_type)) return false;
    return choices_.empty() ||
           std::any_of(choices_.begin(), choices_.end(), [&event](const auto& filter) {
               const filter_verdict verdict = filter->of(event.type, event.pbx);
               return verdict == filter_verdict::passes || (verdict == filter_verdict::depends &&
                                                            filter->passes(event[attribute::data]));
           });
}

stream_request read_stream_request(const http_head& head) {
    stream_request asked;
    asked.wants_state = is_set(head.query, "state");
    asked.wants_events = !asked.wants_state || is_set(head.query, "events");
    asked.takes_gzip = head.find("Accept-Encoding").find("gzip") != std::string_view::npos;
    asked.pbxes = query_values(head.query, "pbx");
    std::string_view id = head.find("Last-Event-ID");
    if (id.empty()) id = query_value(head.query, "last_event_id");
    if (!id.empty()) asked.last_event_id = std::string(id);
    return asked;
}

}  // namespace callstream::sinks
