#include "bench/sim_summary.h"

#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include "core/time.h"

namespace callstream::sim {

namespace {

class json {
public:
    json() { writer_.SetIndent(' ', 1); }

    void open(std::string_view key = "") { name(key), writer_.StartObject(); }
    void close() { writer_.EndObject(); }
    void open_list(std::string_view key) { name(key), writer_.StartArray(); }
    void close_list() { writer_.EndArray(); }
    void add(std::string_view key, std::uint64_t value) { name(key), writer_.Uint64(value); }
    void add(std::string_view key, double value) { name(key), writer_.Double(value); }
    void add(std::string_view key, bool value) { name(key), writer_.Bool(value); }
    void add(std::string_view key, const char* value) = delete;
    void add(std::string_view key, std::string_view value) {
        name(key);
        writer_.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
    }
    std::string text() const { return std::string(buffer_.GetString(), buffer_.GetSize()) + "\n"; }

private:
    void name(std::string_view key) {
        if (!key.empty()) writer_.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
    }

    rapidjson::StringBuffer buffer_;
    rapidjson::PrettyWriter<rapidjson::StringBuffer> writer_{buffer_};
};

void add_call(json& out, const call_report& told) {
    out.open();
    out.add("scenario", told.kind->name);
    out.add("disposition", told.kind->disposition);
    out.open_list("linkedids");
    for (const std::string& id : told.linkedids)
        out.add("", std::string_view(id));
    out.close_list();
    out.add("finished", told.finished);
    out.add("started", std::string_view(epoch_seconds(told.started)));
    out.add("ended", std::string_view(epoch_seconds(told.ended)));
    out.add("events", told.event_count);
    out.add("cdrs", told.cdr_count);
    out.close();
}

void add_exchange(json& out, const calls_program& exchange) {
    out.open();
    out.open("scenarios");
    for (const auto& [name, total] : exchange.plan().totals()) {
        out.open(name);
        out.add("started", total.started);
        out.add("ended", total.ended);
        out.add("events", total.event_count);
        out.add("cdrs", total.cdr_count);
        out.close();
    }
    out.close();
    out.open("events");
    for (const auto& [name, count] : exchange.event_counts())
        out.add(name, count);
    out.close();
    out.open_list("calls");
    for (const call_report& told : exchange.plan().reports())
        add_call(out, told);
    out.close_list();
    out.close();
}

}  // namespace

std::string to_json(const summary& played) {
    json out;
    out.open();
    out.add("finished", played.finished);
    out.open("sessions");
    out.add("logins", played.sessions.logins);
    out.add("refused", played.sessions.refused);
    out.add("cuts", played.sessions.cuts);
    out.add("dropped", played.sessions.dropped);
    out.add("events", played.sessions.events);
    out.add("bytes", played.sessions.bytes);
    out.close();
    if (played.load != nullptr) {
        const double seconds = played.load->elapsed_seconds();
        out.open("load");
        out.add("seconds", seconds);
        out.add("events_per_second",
                seconds > 0 ? static_cast<double>(played.sessions.events) / seconds : 0.0);
        out.close();
    }
    out.open_list("pbx");
    for (const calls_program* exchange : played.exchanges)
        add_exchange(out, *exchange);
    out.close_list();
    out.close();
    return out.text();
}

}  // namespace callstream::sim
