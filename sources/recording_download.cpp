#include "sources/recording_download.h"

#include <cstdio>
#include <system_error>

#include "sources/recording_archive.h"

namespace callstream::sources {

namespace {

constexpr const char* tar_end = ".tar";

// Embedded servers tell errors with status 200 and a page or JSON.
bool is_a_message(std::string_view content_type) {
    return content_type.starts_with("text/html") || content_type.starts_with("application/json");
}

bool begins_at(std::string_view content_range, std::uint64_t offset) {
    return content_range.starts_with("bytes " + std::to_string(offset) + '-');
}

}  // namespace

void recording_download::start(recording_job job) {
    http_call_request request = std::exchange(job.request, {});
    job_ = std::move(job);
    detail_.clear();
    if (limits_.kept_max > 0 && !kept_) kept_.emplace(job_.directory);
    std::string path = job_.directory + '/' + job_.path;
    if (!job_.member.empty()) path += tar_end;
    if (const auto room = check_room(part_size(path)); !room)
        return end(tl::unexpected(room.error()));
    auto opened = recording_file::open(path, limits_);
    if (!opened) return end(tl::unexpected(opened.error()));
    file_.emplace(*std::move(opened));
    // Each answer is another tar.
    if (!job_.member.empty())
        if (const auto emptied = restart(); !emptied) return end(tl::unexpected(emptied.error()));
    request.resume_at = file_->size();
    request.offers_gzip = false;  // sizes and ranges are those of the file
    request.total_timeout = std::chrono::milliseconds(0);
    request.answer_size_max = limits_.size_max;
    call_.start(std::move(request));
}

// Beside the `own` bytes of this one. Files may have been taken away since they were counted.
result<void> recording_download::check_room(std::uint64_t own) {
    if (!kept_ || kept_->value() < limits_.kept_max + own) return {};
    kept_->recount();
    if (kept_->value() < limits_.kept_max + own) return {};
    return failure(errc::full, "the recordings take as much room as they may");
}

result<void> recording_download::restart() {
    removed(file_->size());
    return file_->restart();
}

void recording_download::discard() {
    removed(file_->size());
    file_->discard();
}

result<void> recording_download::on_head(const http_answer_head& head) {
    const int status = head.status();
    if (status != 200 && status != 206) return refuse_status(status);
    if (is_a_message(head.find("Content-Type"))) {
        detail_ = head.find("Content-Type");
        return failure(errc::refused, "the PBX answered with a message instead of the recording");
    }
    if (file_->size() == 0) return {};
    // Without a range, or with another than was asked for, it begins anew.
    if (status == 200) return restart();
    if (begins_at(head.find("Content-Range"), file_->size())) return {};
    if (const auto emptied = restart(); !emptied) return emptied;
    return failure(errc::malformed, "the PBX answered with another part of the recording");
}

result<void> recording_download::refuse_status(int status) {
    constexpr int range_not_satisfiable = 416;
    detail_ = "HTTP status " + std::to_string(status);
    if (status == range_not_satisfiable)
        if (const auto emptied = restart(); !emptied) return emptied;
    if (status == 404) return failure(errc::not_found, "the PBX has no such recording");
    return failure(errc::refused, "the PBX refused the recording");
}

result<void> recording_download::on_body(std::string_view piece) {
    // No waiting would make room for it.
    if (kept_ && file_->size() + piece.size() >= limits_.kept_max)
        return failure(errc::too_large, "the recording alone takes more room than there may be");
    if (const auto room = check_room(0); !room) return room;
    const auto put = file_->append(piece);
    if (put && kept_) kept_->add(piece.size());
    return put;
}

void recording_download::on_done(const result<void>& outcome) {
    if (!outcome) {
        if (detail_.empty()) detail_ = call_.detail();
        return end(tl::unexpected(outcome.error()));
    }
    if (file_->size() == 0)
        return end(failure(errc::malformed, "the PBX answered with an empty recording"));
    end(finish());
}

result<stored_recording> recording_download::finish() {
    auto stored = file_->finish();
    if (!stored || job_.member.empty()) return stored;
    const std::string tar = stored->path;
    const std::uint64_t tar_size = stored->size;
    stored = store_from_tar(tar, job_.member, job_.directory + '/' + job_.path, limits_);
    std::remove(tar.c_str());
    removed(tar_size);
    if (stored && kept_) kept_->add(stored->size);
    return stored;
}

void recording_download::end(const result<stored_recording>& outcome) {
    recording_outcome told;
    told.number = job_.number;
    if (outcome)
        told.stored = *outcome;
    else
        told.failed = outcome.error();
    if (told.failed.sys > 0 && detail_.empty())
        detail_ = std::generic_category().message(told.failed.sys);
    told.detail = detail_;
    // Nothing goes on with it.
    const bool is_useless = !job_.member.empty() || told.failed.code == errc::too_large;
    if (!outcome && file_ && is_useless) discard();
    file_.reset();
    on_done_(std::move(told));
}

}  // namespace callstream::sources
