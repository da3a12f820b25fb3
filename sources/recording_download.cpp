#include "sources/recording_download.h"

#include <system_error>
#include <utility>

namespace callstream::sources {

namespace {

// Embedded servers tell errors with status 200 and a page or JSON.
bool is_a_message(std::string_view content_type) {
    return content_type.starts_with("text/html") || content_type.starts_with("application/json");
}

bool begins_at(std::string_view content_range, std::uint64_t offset) {
    return content_range.starts_with("bytes " + std::to_string(offset) + '-');
}

}  // namespace

recording_download::recording_download(http_client& client, const recording_limits& limits,
                                       handler on_done)
    : call_(client, *this), limits_(limits), on_done_(std::move(on_done)) {}

void recording_download::start(recording_job job) {
    number_ = job.number;
    detail_.clear();
    auto opened = recording_file::open(job.path, limits_);
    if (!opened) return end(tl::unexpected(opened.error()));
    file_.emplace(*std::move(opened));
    job.request.resume_at = file_->size();
    job.request.offers_gzip = false;  // sizes and ranges are those of the file
    job.request.total_timeout = std::chrono::milliseconds(0);
    job.request.answer_size_max = limits_.size_max;
    call_.start(std::move(job.request));
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
    if (status == 200) return file_->restart();
    if (begins_at(head.find("Content-Range"), file_->size())) return {};
    if (const auto emptied = file_->restart(); !emptied) return emptied;
    return failure(errc::malformed, "the PBX answered with another part of the recording");
}

result<void> recording_download::refuse_status(int status) {
    constexpr int range_not_satisfiable = 416;
    detail_ = "HTTP status " + std::to_string(status);
    if (status == range_not_satisfiable)
        if (const auto emptied = file_->restart(); !emptied) return emptied;
    if (status == 404) return failure(errc::not_found, "the PBX has no such recording");
    return failure(errc::refused, "the PBX refused the recording");
}

result<void> recording_download::on_body(std::string_view piece) {
    return file_->append(piece);
}

void recording_download::on_done(const result<void>& outcome) {
    if (!outcome) {
        if (detail_.empty()) detail_ = call_.detail();
        return end(tl::unexpected(outcome.error()));
    }
    if (file_->size() == 0)
        return end(failure(errc::malformed, "the PBX answered with an empty recording"));
    end(file_->finish());
}

void recording_download::end(const result<stored_recording>& outcome) {
    recording_outcome told;
    told.number = number_;
    if (outcome)
        told.stored = *outcome;
    else
        told.failed = outcome.error();
    if (told.failed.sys > 0 && detail_.empty())
        detail_ = std::generic_category().message(told.failed.sys);
    told.detail = detail_;
    file_.reset();
    on_done_(std::move(told));
}

}  // namespace callstream::sources
