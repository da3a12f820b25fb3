#include "app/line_printer.h"

#include <cstdio>

namespace callstream::app {

namespace {

constexpr std::size_t buffer_size = 64 * 1024;

}  // namespace

void line_printer::print(const record& event) {
    if (readable_)
        lines_.append(waiting_, event);
    else
        waiting_.append(event.payload).append(1, '\n');
    if (waiting_.size() >= buffer_size) flush();
}

bool line_printer::flush() {
    good_ = good_ && std::fwrite(waiting_.data(), 1, waiting_.size(), stdout) == waiting_.size() &&
            std::fflush(stdout) == 0;
    waiting_.clear();
    return good_;
}

}  // namespace callstream::app
