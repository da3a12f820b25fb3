#include "parsers/cdr_join.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>

#include "core/cdr_row_identity.h"

namespace callstream::parsers {

namespace {

constexpr std::string_view chunk_prefix = "cdrs.";
constexpr std::string_view since_name = "cdrs.since";
constexpr std::size_t chunk_entry_count = 200;
constexpr std::size_t chunk_count_max = 2'000;
constexpr std::size_t entry_count_max = 64'000;
constexpr std::chrono::minutes stretch_size{5};
constexpr std::size_t entry_size = 8 + 8 + 1;

// What was told of a record, and in which way it came.
enum fact : std::uint8_t {
    from_event = 1,
    from_row = 2,
    has_recording = 4,
    has_account = 8,
    has_user_field = 16,
    has_channels = 32,
    has_direction = 64,
};
constexpr std::uint8_t told_facts =
    has_recording | has_account | has_user_field | has_channels | has_direction;

std::uint8_t facts_of(const cdr_data& data) noexcept {
    std::uint8_t facts = 0;
    if (!data.recording.empty()) facts |= has_recording;
    if (!data.account_code.empty()) facts |= has_account;
    if (!data.user_field.empty()) facts |= has_user_field;
    if (!data.destination_channel.empty()) facts |= has_channels;
    if (data.direction != direction::none) facts |= has_direction;
    return facts;
}

std::uint64_t hash_of(std::string_view key) noexcept {
    return field_hash().add(key).value();
}

std::string base_key(const cdr_data& data) {
    field_hash hash;
    hash.add(data.started_at)
        .add(data.duration_seconds)
        .add(data.billable_seconds)
        .add(name_of(data.disposition));
    std::array<char, 16> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), hash.value(), 16);
    const text leg = data.leg_id.empty() ? data.call_id : data.leg_id;
    return std::string(leg.substr(0, bounded_id::capacity)) + ':' +
           std::string(digits.data(), end.ptr);
}

text format_of(text file) noexcept {
    const std::size_t point = file.rfind('.');
    const bool has_one = point != text::npos && file.find('/', point) == text::npos;
    return has_one ? file.substr(point + 1) : text();
}

template <class Number>
void append_bytes(std::string& to, Number number) {
    std::array<char, sizeof(Number)> bytes{};
    std::memcpy(bytes.data(), &number, sizeof(Number));
    to.append(bytes.data(), bytes.size());
}

template <class Number>
Number read_bytes(const char* from) noexcept {
    Number number{};
    std::memcpy(&number, from, sizeof(Number));
    return number;
}

std::int64_t stretch_of(timestamp ended) noexcept {
    return std::chrono::floor<std::chrono::seconds>(ended.time_since_epoch()) / stretch_size;
}

timestamp end_of_stretch(std::int64_t stretch) noexcept {
    return timestamp(std::chrono::seconds(stretch_size) * (stretch + 1));
}

}  // namespace

cdr_join::known* cdr_join::find(std::uint64_t key) {
    const auto found = places_.find(key);
    if (found == places_.end()) return nullptr;
    chunk& in = chunks_.find(found->second.chunk)->second;
    return &in.entries[found->second.index];
}

std::string cdr_join::name_of_chunk(const chunk_id& id) {
    return std::string(chunk_prefix) + std::to_string(id.stretch) + '.' + std::to_string(id.part);
}

void cdr_join::add(const known& added, timestamp ended) {
    if (places_.size() >= entry_count_max || chunks_.size() >= chunk_count_max) {
        remembers_since_ =
            std::max(remembers_since_, end_of_stretch(chunks_.begin()->first.stretch));
        const std::size_t before = places_.size();
        drop_oldest();
        counters_.forgotten += before - places_.size();
    }
    // The last part of its stretch.
    const std::int64_t stretch = stretch_of(ended);
    auto at = chunks_.lower_bound({stretch + 1, 0});
    chunk_id id{stretch, 0};
    if (at != chunks_.begin() && (--at)->first.stretch == stretch) {
        id = at->first;
        if (at->second.entries.size() >= chunk_entry_count) ++id.part;
    }
    chunk& in = chunks_[id];
    places_[added.key] = {id, static_cast<std::uint32_t>(in.entries.size())};
    in.entries.push_back(added);
    in.dirty = true;
}

void cdr_join::drop_oldest() {
    const std::int64_t stretch = chunks_.begin()->first.stretch;
    while (!chunks_.empty() && chunks_.begin()->first.stretch == stretch) {
        const auto oldest = chunks_.begin();
        for (const known& each : oldest->second.entries)
            places_.erase(each.key);
        to_.kept.put(name_of_chunk(oldest->first), {});
        chunks_.erase(oldest);
    }
}

// Of the records that are alike in `base`, `count` come before it.
std::string cdr_join::key_of(const std::string& base, unsigned count) const {
    if (count == 0) return base;
    return named_.keyed_alike ? base + '#' + std::to_string(count + 1)
                              : base + '.' + std::to_string(count);
}

cdr_join::outcome cdr_join::claim(const std::string& base, const known& told, timestamp ended) {
    const auto way = static_cast<std::uint8_t>(told.facts & (from_event | from_row));
    for (unsigned count = 0;; ++count) {
        key_ = key_of(base, count);
        const std::uint64_t key = hash_of(key_);
        known* const there = find(key);
        if (there == nullptr) {
            add({key, told.row, told.facts}, ended);
            ++counters_.created;
            return outcome::created;
        }
        const bool is_taken = way == from_row ? there->row != 0 && there->row != told.row
                                              : (there->facts & from_event) != 0;
        if (is_taken) continue;
        const auto before = std::exchange(there->facts, there->facts | told.facts);
        added_ = static_cast<std::uint8_t>(told.facts & ~before & told_facts);
        if (there->facts != before || there->row != std::max(there->row, told.row)) {
            there->row = std::max(there->row, told.row);
            chunks_.find(places_.find(key)->second.chunk)->second.dirty = true;
        }
        if (added_ == 0) {
            ++counters_.repeated;
            return outcome::repeated;
        }
        ++counters_.updated;
        key_.append("+").append(std::to_string(added_));
        return outcome::updated;
    }
}

void cdr_join::publish(const event& published) {
    if (published.type != event_type::cdr_created) return to_.output.publish(published);
    if (to_.has_room && !to_.has_room()) return;
    const auto& data = std::get<cdr_data>(published.data);
    const std::uint8_t facts = facts_of(data) | from_event;
    const outcome found =
        claim(named_.keyed_alike ? std::string(published.natural_key) : base_key(data),
              {0, 0, facts}, data.ended_at.value_or(published.time));
    if (found != outcome::repeated) {
        event joined = published;
        joined.natural_key = key_;
        if (found == outcome::updated) joined.type = event_type::cdr_updated;
        to_.output.publish(joined);
    }
    store();
}

bool cdr_join::take(const cdr_row& row) {
    const cdr_data data = data_of(row, headers_);
    const auto ended = data.ended_at.value_or(timestamp());
    const known told{0, std::max<std::uint64_t>(1, identity_of(row)),
                     static_cast<std::uint8_t>(facts_of(data) | from_row)};
    const outcome found = claim(row.key.empty() ? base_key(data) : row.key, told, ended);
    if (found == outcome::repeated) return false;
    publish_row(row, found, found == outcome::created || (added_ & has_recording) != 0);
    return true;
}

void cdr_join::publish_row(const cdr_row& row, outcome found, bool tells_recording) {
    const cdr_data data = data_of(row, headers_);
    moment ended;
    ended.time = data.ended_at.value_or(timestamp());
    ended.quality = time_quality::source_seconds;
    ended.said = named_.said;
    rows_.publish(found == outcome::created ? event_type::cdr_created : event_type::cdr_updated,
                  ended, {data.call_id, data.call_id, key_}, event_data(data));
    if (!tells_recording) return;
    for (const std::string& file : row.recordings) {
        if (file.empty()) continue;
        recording_data recording;
        recording.call_id = data.call_id;
        recording.leg_id = data.leg_id;
        recording.file = file;
        const text format = format_of(file);
        if (!format.empty()) recording.format = format;
        rows_.publish(event_type::recording_available, ended, {data.call_id, data.call_id, {}},
                      event_data(recording));
    }
}

void cdr_join::forget_before(timestamp ended) {
    while (!chunks_.empty() && end_of_stretch(chunks_.begin()->first.stretch) <= ended)
        drop_oldest();
    remembers_since_ = std::max(remembers_since_, ended);
}

void cdr_join::store() {
    if (since_stored_ != remembers_since_) {
        since_stored_ = remembers_since_;
        to_.kept.put(since_name, std::to_string(remembers_since_.time_since_epoch().count()));
    }
    for (auto& [id, each] : chunks_) {
        if (!each.dirty) continue;
        std::string value;
        value.reserve(each.entries.size() * entry_size);
        for (const known& entry : each.entries) {
            append_bytes(value, entry.key);
            append_bytes(value, entry.row);
            append_bytes(value, entry.facts);
        }
        to_.kept.put(name_of_chunk(id), value);
        each.dirty = false;
    }
}

bool cdr_join::restore(std::string_view name, std::string_view value) {
    if (!name.starts_with(chunk_prefix)) return false;
    if (name == since_name) {
        std::int64_t count = 0;
        std::from_chars(value.data(), value.data() + value.size(), count);
        since_stored_ = remembers_since_ = timestamp(duration(count));
        return true;
    }
    name.remove_prefix(chunk_prefix.size());
    chunk_id id;
    const char* const end = name.data() + name.size();
    const auto stretch = std::from_chars(name.data(), end, id.stretch);
    if (stretch.ec != std::errc() || stretch.ptr == end || *stretch.ptr != '.') return false;
    const auto part = std::from_chars(stretch.ptr + 1, end, id.part);
    if (part.ec != std::errc() || part.ptr != end || value.size() % entry_size != 0) return false;
    chunk& restored = chunks_[id];
    for (const char* at = value.data(); at != value.data() + value.size(); at += entry_size) {
        places_[read_bytes<std::uint64_t>(at)] = {
            id, static_cast<std::uint32_t>(restored.entries.size())};
        restored.entries.push_back({read_bytes<std::uint64_t>(at),
                                    read_bytes<std::uint64_t>(at + 8),
                                    static_cast<std::uint8_t>(at[16])});
    }
    return true;
}

void cdr_join::restore(const record& stored) {
    const bool is_update = stored.type == event_type::cdr_updated;
    if (stored.type != event_type::cdr_created && !is_update) return;
    std::string_view key = stored[attribute::id];
    if (stored.escaped || key.size() <= stored.pbx.size()) return;
    key.remove_prefix(stored.pbx.size() + 1);
    std::uint8_t facts = 0;
    if (is_update) {
        const std::size_t plus = key.rfind('+');
        if (plus == std::string_view::npos) return;
        unsigned added = 0;
        std::from_chars(key.data() + plus + 1, key.data() + key.size(), added);
        facts = static_cast<std::uint8_t>(added & told_facts);
        key = key.substr(0, plus);
    }
    const std::string_view data = stored[attribute::data];
    const bool by_row = data.find("\"event\":\"" + named_.said + '"') != std::string_view::npos;
    facts |= by_row ? from_row : from_event;
    const auto has = [data](std::string_view null) { return data.find(null) == data.npos; };
    if (!is_update) {
        if (has("\"recording\":null")) facts |= has_recording;
        if (has("\"account_code\":null")) facts |= has_account;
        if (has("\"user_field\":null")) facts |= has_user_field;
        if (has("\"destination_channel\":null")) facts |= has_channels;
        if (has("\"direction\":null")) facts |= has_direction;
    }
    if (known* const there = find(hash_of(key))) {
        there->facts |= facts;
    } else if (stored.time >= remembers_since_) {
        add({hash_of(key), 0, facts}, stored.time);
    }
}

}  // namespace callstream::parsers
