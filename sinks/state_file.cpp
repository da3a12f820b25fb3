#include "sinks/state_file.h"

#include <cstdio>
#include <filesystem>

#include <fcntl.h>

#include "core/file.h"
#include "core/log.h"
#include "core/text_file.h"
#include "sinks/live_json.h"

namespace callstream::sinks {

namespace {

constexpr std::size_t state_size_max = 512 * 1024 * 1024;

}  // namespace

std::string state_text(const live_state& state, stream_place place) {
    live_json out;
    out.begin_object();
    out.text("at", format_place(place));
    out.raw("state", state.save());
    out.end_object();
    return out.take();
}

result<void> store_state_text(const std::string& path, std::string_view text) {
    const std::string beside = path + ".new";
    {
        const auto target = open_file(beside, O_WRONLY | O_CREAT | O_TRUNC);
        if (!target) return tl::unexpected(target.error());
        const auto bytes = std::as_bytes(std::span(text));
        if (const auto written = write_at(*target, bytes, 0); !written) return written;
        // Or a rename that is on the disk before the bytes would leave an empty file.
        if (const auto synced = sync_file(*target); !synced) return synced;
    }
    if (std::rename(beside.c_str(), path.c_str()) != 0)
        return file_failure("the state cannot be stored", errno);
    const auto parent = std::filesystem::path(path).parent_path();
    return sync_directory(parent.empty() ? "." : parent.string());
}

std::optional<stream_place> restore_state(const std::string& path, live_state& state,
                                          journal_reader& reader, live_state* stale) {
    const auto text = read_text_file(path, state_size_max);
    if (!text) return std::nullopt;
    json_document document;
    const auto parsed = document.parse(*text);
    const auto place = parsed ? parse_place((*parsed)["at"].text()) : std::nullopt;
    if (!place) {
        log_warn("the stored live state is damaged; it is made from the journal", {{"path", path}});
        return std::nullopt;
    }
    const std::uint64_t begin = reader.position();
    reader.seek(place->position);
    const bool is_end = reader.position() == place->position;  // before it: its tail was cut off
    const auto next = reader.next();
    const bool goes_on =
        next && (*next ? (*next)->sequence == place->sequence + 1 : is_end && place->position > 0);
    reader.seek(goes_on ? place->position : begin);
    if (!goes_on) {
        log_warn("the journal has no longer what follows the stored live state; it is made anew",
                 {{"path", path}});
        if (stale != nullptr) static_cast<void>(stale->restore((*parsed)["state"]));
        return std::nullopt;
    }
    if (state.restore((*parsed)["state"])) return place;
    reader.seek(begin);
    log_warn("another version stored the live state; it is made from the journal",
             {{"path", path}});
    return std::nullopt;
}

}  // namespace callstream::sinks
