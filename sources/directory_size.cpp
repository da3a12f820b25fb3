#include "sources/directory_size.h"

#include <filesystem>
#include <system_error>

namespace callstream::sources {

namespace {

constexpr std::chrono::minutes counted_for{1};

// What goes away meanwhile counts nothing.
std::uint64_t count(const std::string& path) {
    namespace fs = std::filesystem;
    std::uint64_t sum = 0;
    std::error_code failed;
    fs::recursive_directory_iterator at(path, fs::directory_options::skip_permission_denied,
                                        failed);
    for (; !failed && at != fs::recursive_directory_iterator(); at.increment(failed)) {
        std::error_code gone;
        if (!at->is_regular_file(gone) || at->is_symlink(gone)) continue;
        const std::uint64_t size = at->file_size(gone);
        if (!gone) sum += size;
    }
    return sum;
}

}  // namespace

std::uint64_t directory_size::value() {
    const auto time = std::chrono::steady_clock::now();
    const bool is_known = counted_at_ != std::chrono::steady_clock::time_point();
    if (is_known && time - counted_at_ < counted_for) return size_;
    size_ = count(path_);
    counted_at_ = time;
    return size_;
}

}  // namespace callstream::sources
