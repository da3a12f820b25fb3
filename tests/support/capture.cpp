#include "tests/support/capture.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <stdexcept>

#include <zstd.h>

#include "core/limits.h"
#include "tests/support/paths.h"

namespace callstream::test {

namespace {

const std::filesystem::path folder = data_folder() / "asterisk";

// Tests may throw: Catch2 turns it into a failure that names the file.
[[noreturn]] void fail(const std::filesystem::path& path, std::string_view why) {
    throw std::runtime_error(path.string() + ": " + std::string(why));
}

std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) fail(path, "cannot be opened");
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string decompress(const std::filesystem::path& path) {
    const std::string packed = read_file(path);
    const auto size = ZSTD_getFrameContentSize(packed.data(), packed.size());
    if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN) fail(path, "no size");
    std::string bytes(size, '\0');
    const auto got = ZSTD_decompress(bytes.data(), bytes.size(), packed.data(), packed.size());
    if (got != bytes.size()) fail(path, "is broken");
    return bytes;
}

std::string read_either(const std::string& file_name) {
    const auto path = folder / file_name;
    return std::filesystem::exists(path) ? read_file(path) : decompress(path.string() + ".zst");
}

std::vector<capture_segment> read_segments(const std::string& file_name, std::size_t size) {
    const auto path = folder / file_name;
    if (!std::filesystem::exists(path) && !std::filesystem::exists(path.string() + ".zst"))
        return {{timestamp(), 0, size}};
    std::istringstream file(read_either(file_name));
    std::vector<capture_segment> segments;
    for (std::string line; std::getline(file, line);) {
        long long seconds = 0;
        int micros = 0;
        capture_segment read{};
        const int got = std::sscanf(line.c_str(), R"({"i":%*u,"t":%lld.%6d,"off":%zu,"len":%zu})",
                                    &seconds, &micros, &read.offset, &read.size);
        if (got != 4) fail(path, "has an unknown line");
        read.arrived = timestamp(std::chrono::seconds(seconds) + std::chrono::microseconds(micros));
        segments.push_back(read);
    }
    return segments;
}

}  // namespace

std::string_view capture::bytes() const noexcept {
    return std::string_view(storage).substr(0, storage.size() - limits::slab_spare_size);
}

capture load_capture(std::string_view name) {
    capture loaded;
    loaded.name = name;
    loaded.storage = read_either(loaded.name + ".ami");
    loaded.segments = read_segments(loaded.name + ".segments.jsonl", loaded.storage.size());
    loaded.storage.append(limits::slab_spare_size, '\0');
    return loaded;
}

std::string load_text(const std::string& file_name) {
    return read_either(file_name);
}

std::string load_truth(std::string_view name) {
    return read_either(std::string(name) + ".truth.json");
}

std::vector<std::string> capture_names() {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        const std::string file = entry.path().filename().string();
        const std::size_t suffix = file.rfind(".ami");
        if (suffix != std::string::npos) names.insert(file.substr(0, suffix));
    }
    names.erase("m_mixed");
    return {names.begin(), names.end()};
}

padded::padded(std::string_view bytes) : storage_(bytes), size_(bytes.size()) {
    storage_.append(limits::slab_spare_size, '\0');
}

}  // namespace callstream::test
