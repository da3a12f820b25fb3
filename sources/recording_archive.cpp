#include "sources/recording_archive.h"

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include <archive.h>
#include <archive_entry.h>

namespace callstream::sources {

namespace {

constexpr std::size_t block_size = 64 * 1024;
constexpr int member_count_max = 1000;
constexpr std::uint64_t margin = 1024 * 1024;  // for what a tar is beside the recording

struct archive_free {
    void operator()(archive* opened) const noexcept { archive_read_free(opened); }
};
using archive_pointer = std::unique_ptr<archive, archive_free>;

tl::unexpected<error> broken() {
    return failure(errc::malformed, "the PBX's archive of the recording cannot be read");
}

std::string_view name_of(archive_entry* entry) {
    const char* const path = archive_entry_pathname(entry);
    const std::string_view name = path == nullptr ? std::string_view() : path;
    const std::size_t slash = name.rfind('/');
    return slash == name.npos ? name : name.substr(slash + 1);
}

result<stored_recording> store(archive* opened, const std::string& path,
                               const recording_limits& limits) {
    auto out = recording_file::open(path, limits);
    if (!out) return tl::unexpected(out.error());
    if (const auto emptied = out->restart(); !emptied) return tl::unexpected(emptied.error());
    std::array<char, block_size> block;
    for (;;) {
        const la_ssize_t got = archive_read_data(opened, block.data(), block.size());
        if (got < 0) return broken();
        if (got == 0) break;
        const auto put = out->append({block.data(), static_cast<std::size_t>(got)});
        if (!put) return tl::unexpected(put.error());
    }
    if (out->size() == 0)
        return failure(errc::malformed, "the PBX answered with an empty recording");
    return out->finish();
}

}  // namespace

result<stored_recording> store_from_tar(const std::string& tar, const std::string& member,
                                        const std::string& path, const recording_limits& limits) {
    const archive_pointer opened(archive_read_new());
    if (!opened) return broken();
    archive_read_support_format_tar(opened.get());
    if (archive_read_open_filename(opened.get(), tar.c_str(), block_size) != ARCHIVE_OK)
        return broken();
    for (int i = 0; i < member_count_max; ++i) {
        archive_entry* entry = nullptr;
        const int said = archive_read_next_header(opened.get(), &entry);
        if (said == ARCHIVE_EOF)
            return failure(errc::not_found, "the PBX's archive lacks the recording");
        if (said != ARCHIVE_OK && said != ARCHIVE_WARN) return broken();
        if (static_cast<std::uint64_t>(archive_filter_bytes(opened.get(), 0)) >
            limits.size_max + margin)
            return failure(errc::too_large, "the PBX's archive is larger than allowed");
        if (archive_entry_filetype(entry) == AE_IFREG && name_of(entry) == member)
            return store(opened.get(), path, limits);
    }
    return broken();
}

}  // namespace callstream::sources
