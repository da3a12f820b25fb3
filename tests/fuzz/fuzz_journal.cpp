// The journal's files: whatever stands in a segment, inspecting, recovering and reading it end
// without a crash, read nothing outside of it, and what recovery accepts can be written to again.
//
// The input is laid over the used part of a small valid journal, at the place that its first two
// bytes say; its third byte says how much of the file is cut off.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "core/journal.h"
#include "core/journal_file.h"
#include "core/journal_reader.h"
#include "core/limits.h"
#include "core/log.h"
#include "tests/support/temporary_directory.h"

namespace {

using namespace callstream;

void require(bool holds) {
    if (!holds) std::abort();
}

journal_settings settings_of(const std::string& path) {
    journal_settings settings;
    settings.path = path;
    settings.segment_bytes = limits::segment_size_min;
    settings.max_bytes = 4 * limits::segment_size_min;
    settings.fsync = fsync_mode::never;
    return settings;
}

void append(journal& events, std::uint16_t pbx, std::string_view payload) {
    const auto room = events.room(payload.size());
    require(room.has_value());
    std::memcpy(room->data(), payload.data(), payload.size());
    events.commit({event_type::vendor_event, timestamp{}, pbx, false, {}}, payload.size(),
                  timestamp{});
    events.publish();
}

// A directory with a journal of three events in it, and the bytes of its first segment.
class small_journal {
public:
    small_journal() {
        {
            const auto made = journal::open(settings_of(directory_.path()));
            require(made.has_value());
            const auto pbx = (*made)->pbx_index("hq");
            require(pbx.has_value());
            for (const std::string_view payload : {"{\"a\":1}", "{\"b\":22}", "{}"})
                append(**made, *pbx, payload);
            require((*made)->set_position("poll.hq", "2026").has_value());
            used_ = static_cast<std::size_t>((*made)->usage().position_next);
        }
        for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
            if (!entry.is_regular_file() || entry.file_size() < limits::segment_size_min) continue;
            if (segment_.empty() || entry.path().string() < segment_) segment_ = entry.path();
        }
        std::ifstream file(segment_, std::ios::binary);
        bytes_.assign(std::istreambuf_iterator<char>(file), {});
        used_ = std::min(bytes_.size(), used_ + 256);
    }

    // Leaves one damaged segment in an otherwise empty directory.
    const std::string& damage(const std::uint8_t* data, std::size_t size) {
        for (const auto& entry : std::filesystem::directory_iterator(directory_.path()))
            std::filesystem::remove_all(entry.path());
        std::string damaged = bytes_;
        const std::size_t place = (data[0] | std::size_t{data[1]} << 8) % used_;
        const std::size_t laid = std::min(size - 3, damaged.size() - place);
        std::memcpy(damaged.data() + place, data + 3, laid);
        if (data[2] != 0) damaged.resize(damaged.size() * data[2] / 256);
        std::ofstream(segment_, std::ios::binary) << damaged;
        return directory_.path();
    }

private:
    test::temporary_directory directory_;
    std::string segment_;
    std::string bytes_;
    std::size_t used_ = 0;
};

void read_all(journal& source) {
    const auto reader = journal_reader::open(source, "", start_at::oldest);
    if (!reader) return;
    for (std::uint64_t last = 0;;) {
        const auto next = (*reader)->next();
        if (!next || !*next) return;
        const record& found = **next;
        require(found.sequence > last);
        require(found.payload.size() <= limits::segment_size_min);
        require(found.position_next > found.position);
        last = found.sequence;
        (*reader)->release(found.position_next);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static small_journal* const valid = [] {
        set_log(log_level::error, log_format::words);
        return new small_journal;
    }();
    if (size < 3) return 0;
    const std::string& path = valid->damage(data, size);
    static_cast<void>(inspect_journal(path));
    const auto opened = journal::open(settings_of(path));
    if (!opened) return 0;
    read_all(**opened);
    const auto pbx = (*opened)->pbx_index("after");
    if (!pbx) return 0;
    append(**opened, *pbx, "{\"after\":true}");
    read_all(**opened);
    return 0;
}
