// Pushed reports of any shape: what is accepted is UTF-8 and can be written as an event, what is
// not has a reason and a byte within it, and a report that comes again tells nothing twice.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "core/event_writer.h"
#include "core/limits.h"
#include "parsers/text_repair.h"
#include "parsers/yeastar_report.h"
#include "parsers/yeastar_translator.h"

namespace {

using namespace callstream;
using namespace callstream::parsers;

void require(bool holds) {
    if (!holds) std::abort();
}

class event_check final : public event_output {
public:
    void publish(const event& published) override {
        ++count;
        const auto written = writer_.write(published, {"pbx", 1, 0, published.time}, room_);
        require(written.has_value());
    }
    int count = 0;

private:
    event_writer writer_;
    std::vector<char> room_ = std::vector<char>(limits::record_size_max);
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 64 * 1024) return 0;
    std::string body(reinterpret_cast<const char*>(data), size);
    body.append(limits::slab_spare_size, '\0');
    const std::string_view report(body.data(), size);

    static yeastar_reader reader;
    const report_verdict read = reader.read(report);
    if (read.accepted())
        for (const header& field : reader.report().fields)
            require(is_utf8(field.name) && is_utf8(field.value));

    event_check events;
    yeastar_translator translator({}, events);
    const timestamp now{std::chrono::seconds(1'600'000'000)};
    const report_verdict first = translator.decode(report, now, report_coming::first);
    require(first.accepted() == read.accepted());
    require(first.accepted() || first.offset <= size * repair_growth_max);
    require(first.accepted() == (events.count > 0));
    // But for one whose members say several things of themselves.
    const bool has_steps = reader.report().action == yeastar_action::call_status;
    const int count = events.count;
    translator.decode(report, now, report_coming::again);
    require(has_steps || events.count == count);
    translator.tick(now);
    translator.tick(now + std::chrono::hours(48));
    return 0;
}
