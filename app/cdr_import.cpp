#include "app/cdr_import.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "core/time.h"
#include "parsers/cdr_csv.h"

namespace callstream::app {

namespace {

constexpr std::size_t piece_size = 4 * 1024 * 1024;
constexpr std::size_t row_size_max = 16 * 1024 * 1024;  // text without a row's end
constexpr std::size_t whole_size_max = std::size_t{1} << 30;
constexpr std::size_t batch_size = 64;         // rows between two looks at whether there is room
constexpr std::uint64_t named_count_max = 20;  // bad records that are named, of each file

class open_file {
public:
    explicit open_file(const std::string& path)
        : descriptor_(path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
    ~open_file() {
        if (descriptor_ > STDERR_FILENO) ::close(descriptor_);
    }
    open_file(const open_file&) = delete;
    open_file& operator=(const open_file&) = delete;
    int descriptor() const noexcept { return descriptor_; }

private:
    int descriptor_;
};

// Appends up to `size` bytes; how many came: 0 at the end, -1 for an error.
ssize_t append(int file, std::string& text, std::size_t size) {
    const std::size_t before = text.size();
    text.resize(before + size);
    ssize_t got = 0;
    do {
        got = ::read(file, text.data() + before, size);
    } while (got < 0 && errno == EINTR);
    text.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    return got;
}

bool is_csv(parsers::cdr_format format) noexcept {
    return format == parsers::cdr_format::nexo_csv || format == parsers::cdr_format::ucm_csv ||
           format == parsers::cdr_format::asterisk_csv;
}

int size_of(std::string_view text) noexcept {
    return static_cast<int>(text.size());
}

}  // namespace

cdr_import::cdr_import(parsers::cdr_decoder_settings settings, parsers::cdr_join& to,
                       std::function<bool()> go_on)
    : settings_(std::move(settings)), to_(to), go_on_(std::move(go_on)) {
    settings_.keeps_damaged = true;
}

void cdr_import::fail(const std::string& path, std::string_view why) {
    ++counts_.failed;
    std::fprintf(stderr, "%s: %.*s\n", path.c_str(), size_of(why), why.data());
}

bool cdr_import::read(const std::string& path) {
    const open_file file(path);
    if (file.descriptor() < 0) {
        fail(path, std::strerror(errno));
        return true;
    }
    named_ = 0;
    text_.clear();
    const std::uint64_t rejected_before = counts_.rejected;
    const bool goes_on = is_csv(settings_.format) ? read_pieces(file.descriptor(), path)
                                                  : read_whole(file.descriptor(), path);
    const std::uint64_t rejected = counts_.rejected - rejected_before;
    if (rejected > named_)
        std::fprintf(stderr, "%s: %llu further records cannot be read\n", path.c_str(),
                     static_cast<unsigned long long>(rejected - named_));
    return goes_on;
}

// Files of CSV may be larger than the memory.
bool cdr_import::read_pieces(int file, const std::string& path) {
    parsers::cdr_decoder decoder(settings_);
    bool is_first = true;
    for (;;) {
        const ssize_t got = append(file, text_, piece_size);
        if (got < 0) {
            fail(path, std::strerror(errno));
            return true;
        }
        const bool is_end = got == 0;
        const std::size_t size = is_end ? text_.size() : parsers::whole_rows_size(text_);
        if (size == 0 && text_.size() > row_size_max) {
            fail(path, "a row has no end");
            return true;
        }
        if ((size > 0 || (is_end && is_first)) &&
            !take(decoder, std::string_view(text_).substr(0, size), path))
            return false;
        if (size > 0) is_first = false;
        text_.erase(0, size);
        if (is_end) return true;
    }
}

bool cdr_import::read_whole(int file, const std::string& path) {
    for (;;) {
        const ssize_t got = append(file, text_, piece_size);
        if (got < 0) {
            fail(path, std::strerror(errno));
            return true;
        }
        if (text_.size() > whole_size_max) {
            fail(path, "JSON and XML files may have 1 GiB; cut it, or ask for CSV");
            return true;
        }
        if (got == 0) break;
    }
    parsers::cdr_decoder decoder(settings_);
    return take(decoder, text_, path);
}

bool cdr_import::take(parsers::cdr_decoder& decoder, std::string_view piece,
                      const std::string& path) {
    rows_.clear();
    const cdr_decoding read = decoder.decode(piece, now(), rows_);
    const bool by_line = is_csv(settings_.format);
    for (const parsers::cdr_problem& each : decoder.problems()) {
        if (named_ == named_count_max) break;
        ++named_;
        std::fprintf(stderr, by_line ? "%s:%zu: %.*s\n" : "%s: record %zu: %.*s\n", path.c_str(),
                     each.place, size_of(each.what), each.what.data());
    }
    if (!read.problem.empty()) {
        std::string why(read.problem);
        if (!read.said.empty()) why.append(" (").append(read.said).append(")");
        if (read.offset > 0) why += " (byte " + std::to_string(read.offset) + ")";
        fail(path, why);
    }
    counts_.rejected += read.rejected;
    counts_.rows += rows_.size();
    std::size_t batch = 0;
    for (const cdr_row& row : rows_) {
        if (to_.take(row)) ++counts_.told;
        if (++batch % batch_size == 0 && !go_on_()) return false;
    }
    to_.store();
    return go_on_();
}

}  // namespace callstream::app
