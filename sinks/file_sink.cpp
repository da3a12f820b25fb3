#include "sinks/file_sink.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <random>
#include <vector>

#include <unistd.h>

#include "core/backoff.h"
#include "core/json_reader.h"
#include "core/log.h"
#include "sinks/line_file.h"
#include "sinks/line_output.h"
#include "sinks/readable_line.h"

namespace callstream::sinks {

namespace {

constexpr std::size_t batch_count_max = 512;  // records; a line is two pieces, IOV_MAX is 1024
constexpr std::size_t batch_size_max = 1024 * 1024;
constexpr int batches_per_turn = 32;  // then the loop sees to other things
constexpr std::chrono::milliseconds backoff_first{200};
constexpr std::chrono::milliseconds backoff_longest{10'000};
constexpr std::chrono::milliseconds upkeep_interval{1000};
constexpr std::string_view line_end = "\n";
constexpr std::string_view json_first = "{";
constexpr std::string_view readable_first = "0123456789\x1b";  // a time, or a colour

iovec piece_of(std::string_view bytes) noexcept {
    return {const_cast<char*>(bytes.data()), bytes.size()};  // writev's own lack of const
}

}  // namespace

class file_sink::state {
public:
    state(const file_settings& settings, loop& own_loop, journal_reader& journal)
        : settings_(settings),
          loop_(own_loop),
          journal_(journal),
          to_stdout_(settings_.path == "-"),
          file_({settings_.path,
                 settings_.format == file_format::readable ? readable_first : json_first,
                 settings_.keep_count}),
          backoff_(backoff_first, backoff_longest, std::random_device{}()) {
        pieces_.reserve(2 * batch_count_max);
    }

    void start() {
        retry_timer_.emplace(loop_, [this] { resume(); });
        upkeep_timer_.emplace(loop_, [this] { on_upkeep(); });
        drain_timer_.emplace(loop_, [this] { stop(); });
        upkeep_timer_->repeat(upkeep_interval);
        resume();
    }

    void wake() {
        if (phase_ == phase::writing) pump();
    }

    void drain(std::chrono::milliseconds deadline) {
        if (phase_ == phase::stopped) return;
        draining_ = true;
        drain_timer_->start(deadline);
        wake();
    }

    bool drained() {
        if (counters_.ended) return true;
        return draining_ && batch_count_ == 0 && !peek();
    }

    void stop() {
        if (phase_ == phase::stopped) return;
        phase_ = phase::stopped;
        counters_.connected = false;
        retry_timer_.reset();
        upkeep_timer_.reset();
        drain_timer_.reset();
        if (poll_open_) uv_close(reinterpret_cast<uv_handle_t*>(&poll_), nullptr);
        file_.close();
    }

    const file_settings& settings() const noexcept { return settings_; }
    const sink_counters& counters() const noexcept { return counters_; }

private:
    enum class phase : std::uint8_t {
        closed,  // waiting for the next try to open or to write
        writing,
        blocked,  // stdout's reader is slow
        stopped
    };

    // Opening.
    void resume() {
        if (!open_) {
            const auto opened = to_stdout_ ? open_stdout() : open_file();
            if (!opened && opened.error().code == errc::disconnected) {
                end();
                return;
            }
            if (!opened) {
                retry(opened.error());
                return;
            }
            open_ = true;
        }
        phase_ = phase::writing;
        counters_.connected = true;
        pump();
    }

    result<void> open_stdout() {
        if (const auto opened = stdout_.open(STDOUT_FILENO); !opened) return opened;
        choose_format(stdout_.is_terminal());
        return {};
    }

    result<void> open_file() {
        choose_format(false);
        if (const auto opened = file_.open(); !opened) return opened;
        if (!skipped_written_) skip_written();
        return {};
    }

    void choose_format(bool terminal) {
        const bool readable = settings_.format == file_format::readable ||
                              (settings_.format == file_format::automatic && terminal);
        if (readable && !readable_)
            readable_.emplace(terminal && std::getenv("NO_COLOR") == nullptr);
    }

    // The file may be ahead of the cursor by what was written just before the process was killed.
    // A readable line does not say which event it was: such a file may then get some twice.
    void skip_written() {
        skipped_written_ = true;
        if (readable_ || file_.last_line().empty()) return;
        const std::uint64_t begin = next_ ? next_->position : journal_.position();
        next_.reset();
        journal_.seek(begin);
        json_document document;
        const auto root = document.parse(file_.last_line());
        const std::string_view last_time =
            root ? (*root)["recordedtime"].text() : std::string_view();
        for (;;) {
            const auto next = journal_.next();
            if (!next || !*next || (**next)[attribute::recordedtime] > last_time) break;
            if ((*next)->payload != file_.last_line()) continue;
            acknowledge((*next)->position_next);
            return;
        }
        journal_.seek(begin);
    }

    void retry(const error& reason) {
        phase_ = phase::closed;
        counters_.connected = false;
        const auto wait = backoff_.next();
        log_error("the file sink cannot write; it tries again", {{"sink", settings_.name},
                                                                 {"path", settings_.path},
                                                                 {"reason", reason.what},
                                                                 {"errno", reason.sys},
                                                                 {"retry_in_ms", wait.count()}});
        retry_timer_->start(wait);
    }

    // Nobody reads stdout any more, and nobody ever will.
    void end() {
        counters_.ended = true;
        phase_ = phase::closed;
        counters_.connected = false;
        log_warn("stdout was closed; this sink writes no more", {{"sink", settings_.name}});
    }

    // Writing.
    void pump() {
        for (int i = 0; i < batches_per_turn && phase_ == phase::writing; ++i) {
            if (batch_count_ == 0 && !fill_batch()) return;
            if (phase_ == phase::writing) write_batch();
        }
        // A timer lets the loop turn; resume() goes on.
        if (phase_ == phase::writing) retry_timer_->start(std::chrono::milliseconds(0));
    }

    const record* peek() {
        if (next_) return &*next_;
        const auto next = journal_.next();
        if (!next) {
            log_error("the journal cannot be read",
                      {{"sink", settings_.name}, {"reason", next.error().what}});
            return nullptr;
        }
        next_ = *next;
        return next_ ? &*next_ : nullptr;
    }

    bool fits(std::size_t line_size) const noexcept {
        if (to_stdout_ || settings_.rotate_size == 0) return true;
        return file_.size() + batch_size_ + line_size <= settings_.rotate_size;
    }

    // False when there is nothing to write.
    bool fill_batch() {
        text_.clear();
        pieces_.clear();
        piece_next_ = 0;
        batch_size_ = 0;
        while (batch_count_ < batch_count_max && batch_size_ < batch_size_max) {
            const record* next = peek();
            if (next == nullptr) break;
            if (!add_line(*next)) break;
            if (batch_count_ == 0) batch_time_ = next->recorded_time;
            ++batch_count_;
            batch_position_ = next->position_next;
            next_.reset();
        }
        if (readable_ && batch_count_ > 0) pieces_.push_back(piece_of(text_));
        return batch_count_ > 0;
    }

    // False when the line goes into the next file, or the next batch.
    bool add_line(const record& added) {
        const std::size_t text_size = text_.size();
        if (readable_) readable_->append(text_, added);
        const std::size_t size = readable_ ? text_.size() - text_size : added.payload.size() + 1;
        if (!fits(size) && batch_count_ == 0 && file_.size() > 0 && !rotate_failed_) rotate();
        if (!fits(size) && batch_count_ > 0) {
            text_.resize(text_size);
            return false;
        }
        if (!readable_) {
            pieces_.push_back(piece_of(added.payload));
            pieces_.push_back(piece_of(line_end));
        }
        batch_size_ += size;
        return true;
    }

    int descriptor() const noexcept {
        return to_stdout_ ? stdout_.descriptor() : file_.descriptor();
    }

    void write_batch() {
        const auto written = write_some(descriptor(), std::span(pieces_).subspan(piece_next_));
        if (!written) {
            retry(written.error());
        } else if (written->closed) {
            end();
        } else if (written->would_block) {
            wait_writable();
        } else {
            on_written(written->size);
        }
    }

    void on_written(std::size_t size) {
        file_.on_written(size, batch_time_);
        while (piece_next_ < pieces_.size() && size >= pieces_[piece_next_].iov_len)
            size -= pieces_[piece_next_++].iov_len;
        if (piece_next_ < pieces_.size()) {
            iovec& rest = pieces_[piece_next_];
            rest.iov_base = static_cast<char*>(rest.iov_base) + size;
            rest.iov_len -= size;
            return;
        }
        backoff_.reset();
        finish_batch();
    }

    void finish_batch() {
        counters_.sent += batch_count_;
        if (settings_.sync && !to_stdout_) {
            if (const auto synced = file_.sync(); !synced) {
                write_again(synced.error());
                return;
            }
        }
        counters_.acknowledged += batch_count_;
        batch_count_ = 0;
        acknowledge(batch_position_);
    }

    // After a failed fsync nobody knows what is on the disk: the file is cut to what is, and the
    // records that are not acknowledged are read and written again.
    void write_again(const error& reason) {
        if (const auto cut = file_.cut_unsynced(); !cut)
            log_error("the file cannot be cut; events may be there twice",
                      {{"sink", settings_.name}, {"errno", cut.error().sys}});
        batch_count_ = 0;
        next_.reset();
        journal_.seek(journal_.acknowledged());
        retry(reason);
    }

    void acknowledge(std::uint64_t position) {
        if (const auto moved = journal_.acknowledge(position); !moved)
            log_error("the cursor cannot be stored",
                      {{"sink", settings_.name}, {"reason", moved.error().what}});
    }

    // A slow reader of stdout.
    void wait_writable() {
        if (!poll_open_ && uv_poll_init(loop_.native(), &poll_, descriptor()) != 0) {
            retry({errc::io, "stdout cannot be waited for"});
            return;
        }
        poll_open_ = true;
        poll_.data = this;
        phase_ = phase::blocked;
        uv_poll_start(&poll_, UV_WRITABLE, [](uv_poll_t* handle, int, int) noexcept {
            static_cast<state*>(handle->data)->on_writable();
        });
    }

    void on_writable() {
        uv_poll_stop(&poll_);
        if (counters_.ended) return;
        phase_ = phase::writing;
        pump();
    }

    // Rotation.
    void on_upkeep() {
        if (to_stdout_) {
            if (open_ && !counters_.ended && stdout_.is_closed()) end();
            return;
        }
        if (phase_ != phase::writing || batch_count_ > 0) return;
        rotate_failed_ = false;
        if (file_.is_moved()) {
            reopen();
            return;
        }
        const bool due = settings_.rotate_every.count() > 0 && file_.size() > 0 &&
                         now() - file_.begun() >= settings_.rotate_every;
        if (due) rotate();
    }

    void reopen() {
        if (const auto opened = file_.open(); !opened) open_again(opened.error());
    }

    void open_again(const error& reason) {
        open_ = false;
        retry(reason);
    }

    void rotate() {
        const auto rotated = file_.rotate();
        if (!rotated && file_.descriptor() < 0) {
            open_again(rotated.error());
        } else if (!rotated) {
            rotate_failed_ = true;  // tried again a second later
            log_error("the file cannot be rotated", {{"sink", settings_.name},
                                                     {"path", settings_.path},
                                                     {"reason", rotated.error().what},
                                                     {"errno", rotated.error().sys}});
        }
    }

    const file_settings settings_;
    loop& loop_;
    journal_reader& journal_;
    const bool to_stdout_;
    line_file file_;
    standard_output stdout_;
    std::optional<readable_line> readable_;
    backoff backoff_;
    std::optional<timer> retry_timer_;
    std::optional<timer> upkeep_timer_;
    std::optional<timer> drain_timer_;
    uv_poll_t poll_{};
    bool poll_open_ = false;

    // The batch being written.
    std::optional<record> next_;  // read, and not in a batch yet
    std::string text_;            // readable lines
    std::vector<iovec> pieces_;
    std::size_t piece_next_ = 0;  // all before it are written
    std::size_t batch_count_ = 0;
    std::size_t batch_size_ = 0;
    std::uint64_t batch_position_ = 0;
    timestamp batch_time_{};

    phase phase_ = phase::closed;
    bool open_ = false;
    bool skipped_written_ = false;
    bool rotate_failed_ = false;
    bool draining_ = false;
    sink_counters counters_;
};

file_sink::file_sink(const file_settings& settings, loop& own_loop, journal_reader& reader)
    : state_(std::make_unique<state>(settings, own_loop, reader)) {}

file_sink::~file_sink() = default;

std::string_view file_sink::name() const noexcept {
    return state_->settings().name;
}
void file_sink::start() {
    state_->start();
}
void file_sink::wake() {
    state_->wake();
}
void file_sink::drain(std::chrono::milliseconds deadline) {
    state_->drain(deadline);
}
bool file_sink::drained() const noexcept {
    return state_->drained();
}
void file_sink::stop() {
    state_->stop();
}
const sink_counters& file_sink::counters() const noexcept {
    return state_->counters();
}

}  // namespace callstream::sinks
