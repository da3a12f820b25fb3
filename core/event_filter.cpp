#include "core/event_filter.h"

#include <algorithm>
#include <utility>

#include "core/json_strings.h"
#include "core/json_unescape.h"

namespace callstream {

namespace {

using pattern_list = std::vector<text_pattern>;

bool matches_any(const pattern_list& patterns, std::string_view value) noexcept {
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const text_pattern& pattern) { return pattern.matches(value); });
}

result<pattern_list> made(const std::vector<std::string>& written) {
    pattern_list patterns;
    for (const std::string& each : written) {
        auto pattern = text_pattern::make(each);
        if (!pattern) return tl::unexpected(pattern.error());
        patterns.push_back(std::move(*pattern));
    }
    return patterns;
}

// Names of headers are matched as Asterisk's own parsers do, without regard to case.
bool ends_in(std::string_view name, std::string_view end) noexcept {
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    };
    return name.size() >= end.size() &&
           std::equal(end.begin(), end.end(), name.end() - static_cast<std::ptrdiff_t>(end.size()),
                      [&](char a, char b) { return a == lower(b); });
}

bool empty(const filter_patterns& patterns) noexcept {
    return patterns.types.empty() && patterns.pbxes.empty() && patterns.channels.empty() &&
           patterns.contexts.empty() && patterns.queues.empty() && patterns.extensions.empty();
}

}  // namespace

bool empty(const filter_settings& settings) noexcept {
    return empty(settings.include) && empty(settings.exclude);
}

result<std::unique_ptr<event_filter>> event_filter::make(const filter_settings& settings) {
    std::unique_ptr<event_filter> filter(new event_filter);
    const auto read = [](const std::vector<std::string>& written, patterns& out) -> result<void> {
        auto patterns_made = made(written);
        if (!patterns_made) return tl::unexpected(patterns_made.error());
        out = std::move(*patterns_made);
        return {};
    };
    patterns include_types;
    patterns exclude_types;
    const filter_patterns& include = settings.include;
    const filter_patterns& exclude = settings.exclude;
    for (const auto& [written, out] :
         {std::pair(&include.types, &include_types), std::pair(&exclude.types, &exclude_types),
          std::pair(&include.pbxes, &filter->include_pbxes_),
          std::pair(&exclude.pbxes, &filter->exclude_pbxes_),
          std::pair(&include.channels, &filter->include_[0]),
          std::pair(&include.contexts, &filter->include_[1]),
          std::pair(&include.queues, &filter->include_[2]),
          std::pair(&include.extensions, &filter->include_[3]),
          std::pair(&exclude.channels, &filter->exclude_[0]),
          std::pair(&exclude.contexts, &filter->exclude_[1]),
          std::pair(&exclude.queues, &filter->exclude_[2]),
          std::pair(&exclude.extensions, &filter->exclude_[3])})
        if (auto done = read(*written, *out); !done) return tl::unexpected(done.error());

    const auto given = [](const patterns_by_kind& each) {
        return std::any_of(each.begin(), each.end(), [](const auto& one) { return !one.empty(); });
    };
    const bool depends = given(filter->include_) || given(filter->exclude_);
    for (const event_type_info& info : event_types) {
        filter_verdict& verdict = filter->by_type_[static_cast<std::size_t>(info.type)];
        const bool about_view = info.family() == "source";
        const bool wanted = include_types.empty() || matches_any(include_types, info.name);
        if (matches_any(exclude_types, info.name) || (!wanted && !about_view))
            verdict = filter_verdict::left_out;
        else if (depends && !about_view)
            verdict = filter_verdict::depends;
    }
    return filter;
}

filter_verdict event_filter::of(event_type type, std::string_view pbx) const noexcept {
    if (matches_any(exclude_pbxes_, pbx)) return filter_verdict::left_out;
    if (!include_pbxes_.empty() && !matches_any(include_pbxes_, pbx))
        return filter_verdict::left_out;
    return by_type_[static_cast<std::size_t>(type)];
}

event_filter::kind event_filter::kind_of(std::string_view key, bool in_pair) noexcept {
    if (in_pair) {
        if (ends_in(key, "channel")) return kind::channel;
        if (ends_in(key, "context")) return kind::context;
        if (ends_in(key, "queue")) return kind::queue;
        const bool number = ends_in(key, "exten") || ends_in(key, "calleridnum") ||
                            ends_in(key, "connectedlinenum");
        return number ? kind::extension : kind::none;
    }
    if (key == "number") return kind::extension;
    if (key == "device" || key == "channel" || key == "destination_channel") return kind::channel;
    if (key == "context" || key == "target_context") return kind::context;
    return key == "queue" ? kind::queue : kind::none;
}

bool event_filter::passes(std::string_view data) {
    std::array<bool, kind_count> found{};
    for (json_strings strings(data); strings.next();) {
        const kind which = kind_of(strings.key(), strings.in_pair());
        if (which == kind::none) continue;
        const auto index = static_cast<std::size_t>(which);
        const patterns& include = include_[index];
        const patterns& exclude = exclude_[index];
        if (exclude.empty() && (include.empty() || found[index])) continue;
        std::string_view value = strings.value();
        if (value.find('\\') != std::string_view::npos) {
            unescaped_.resize(value.size());
            unescaped_.resize(unescape_json(value, unescaped_.data()));
            value = unescaped_;
        }
        if (matches_any(exclude, value)) return false;
        found[index] = found[index] || matches_any(include, value);
    }
    for (std::size_t i = 0; i < kind_count; ++i)
        if (!include_[i].empty() && !found[i]) return false;
    return true;
}

}  // namespace callstream
