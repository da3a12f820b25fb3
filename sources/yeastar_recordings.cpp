#include "sources/yeastar_recordings.h"

#include <utility>

namespace callstream::sources {

void yeastar_recordings::locate(const recording_facts& wanted, handler on_place) {
    file_ = wanted.file;
    token_ = session_.token();
    fetch_.start(make_recording_question(session_.api(), token_, file_),
                 [this, told = std::move(on_place)](const result<void>& outcome) {
                     told(place_of(outcome));
                 });
}

result<recording_locator::place> yeastar_recordings::place_of(const result<void>& outcome) {
    if (!outcome) return tl::unexpected(outcome.error());
    if (fetch_.status() != 200)
        return failure(errc::refused, "the PBX's API did not answer with 200");
    const auto answer = reader_.read(fetch_.body());
    if (!answer) return tl::unexpected(answer.error());
    if (answer->refusal == yeastar_refusal::token) session_.on_refused(token_);
    if (answer->refusal != yeastar_refusal::none)
        return failure(errc::refused, "the PBX refused to tell where the recording is");
    auto request = make_recording_download(session_.api(), token_, file_, *answer);
    if (!request) return tl::unexpected(request.error());
    return place{*std::move(request), {}};
}

}  // namespace callstream::sources
