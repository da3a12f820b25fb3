#include "sources/state_task.h"

namespace callstream::sources {

poll_judgement state_task::take(const poll_answer& answer) {
    poll_judgement judged = judge_(answer);
    if (!judged.fine()) return judged;
    const state_reading read = to_.reader.read(answer.body, answer.at);
    to_.on_read();
    rejected_count_ += read.rejected;
    if (!read.problem.empty()) {
        judged.finding = poll_finding::damaged;
        judged.words = read.problem;
    }
    return judged;
}

}  // namespace callstream::sources
