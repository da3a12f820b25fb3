#include "sources/ami_snapshot.h"

#include <array>
#include <utility>

#include "core/limits.h"

namespace callstream::sources {

namespace {

using question = ami_snapshot::question;

// The first tells when the PBX began. The last is asked so that the events which were on their way
// while the lists were read are here when they are compared.
constexpr std::array questions_of_2{
    question{"CoreStatus"},
    question{"BridgeList", snapshot_part::bridges},
    question{"CoreShowChannels", snapshot_part::channels, true},
    question{"ConfbridgeListRooms", snapshot_part::rooms},
    question{"ConfbridgeList", snapshot_part::participants},
    question{"ParkedCalls", snapshot_part::parked_calls},
    question{"QueueStatus", snapshot_part::queues},
    question{"DeviceStateList", snapshot_part::devices},
    question{"ExtensionStateList", snapshot_part::extensions},
    question{"PJSIPShowContacts", snapshot_part::contacts},
    question{"SIPpeers", snapshot_part::peers},
    question{"Ping"},
};

constexpr std::array questions_of_1{
    question{"CoreStatus"},
    question{"Status", snapshot_part::channels, true},
    question{"ParkedCalls", snapshot_part::parked_calls},
    question{"QueueStatus", snapshot_part::queues},
    question{"SIPpeers", snapshot_part::peers},
    question{"Ping"},
};

}  // namespace

void ami_snapshot::start(std::string_view version) {
    left_out_.clear();
    first_left_out_ = {};
    left_out_count_ = 0;
    rooms_.clear();
    began_anew_ = false;
    if (version.starts_with("1."))
        questions_ = questions_of_1;
    else
        questions_ = questions_of_2;
    parts_.repair.begin_view(parts_.time());
    ask_next();
}

void ami_snapshot::ask_next() {
    const question& asked = questions_.front();
    ami_request request{
        .action = asked.action, .is_list = asked.part.has_value(), .timeout = timeout_};
    header room{"Conference", {}};
    if (asked.part == snapshot_part::participants) {
        room.value = rooms_.back();
        request.headers = std::span(&room, 1);
    }
    parts_.ask(request, [this](const message_view* answer) { on_answer(answer); });
}

void ami_snapshot::on_answer(const message_view* answer) {
    if (questions_.empty()) return;
    const question& asked = questions_.front();
    if (answer == nullptr) {
        leave_out("no answer in time");
    } else if (answer->kind() == message_kind::list_item) {
        return on_row(asked, *answer);
    } else if (is_answered(asked, *answer)) {
        if (asked.part == snapshot_part::participants) rooms_.pop_back();
        if (asked.part == snapshot_part::participants && !rooms_.empty()) return ask_next();
        parts_.repair.complete(*asked.part);
        // The parties of no conference at all are known.
        if (asked.part == snapshot_part::rooms && rooms_.empty())
            parts_.repair.complete(snapshot_part::participants);
    } else if (answer->find("Response") == "Error") {
        leave_out(answer->find("Message"));
    } else if (asked.part) {
        return;  // the list follows
    } else {
        on_core_status(*answer);
    }
    questions_ = questions_.subspan(1);
    if (!questions_.empty() && questions_.front().part == snapshot_part::participants &&
        rooms_.empty())
        questions_ = questions_.subspan(1);
    if (questions_.empty()) return finish();
    ask_next();
}

void ami_snapshot::on_row(const question& asked, const message_view& row) {
    parts_.repair.add_row(*asked.part, row, parts_.time());
    if (asked.part != snapshot_part::rooms || rooms_.size() >= limits::conference_count_max) return;
    const std::string_view room = row.find("Conference");
    if (!room.empty() && is_header_value(room)) rooms_.emplace_back(room);
}

// Asterisk calls it an error that there is no conference, or no longer.
bool ami_snapshot::is_answered(const question& asked, const message_view& answer) {
    if (answer.kind() == message_kind::list_end) return true;
    const std::string_view message = answer.find("Message");
    if (answer.find("Response") != "Error") return false;
    return (asked.part == snapshot_part::rooms && message.starts_with("No active conferences")) ||
           (asked.part == snapshot_part::participants && message.starts_with("No Conference by"));
}

// Its words are the PBX's local time; all that matters is whether they are others than before.
void ami_snapshot::on_core_status(const message_view& answer) {
    const std::string_view time = answer.find("CoreStartupTime");
    if (time.empty()) return;
    std::string boot(answer.find("CoreStartupDate"));
    boot.append(" ").append(time);
    began_anew_ = !boot_.empty() && boot != boot_;
    boot_ = std::move(boot);
}

void ami_snapshot::leave_out(std::string_view why) {
    const question& asked = questions_.front();
    if (!asked.is_expected) return;
    if (left_out_count_++ == 0) first_left_out_ = asked.action;
    left_out_.append(left_out_.empty() ? "" : "; ").append(asked.action);
    left_out_.append(": ").append(why);
}

void ami_snapshot::finish() {
    ami_snapshot_result result{began_anew_, 0, left_out_, first_left_out_, left_out_count_};
    result.made_up_count = parts_.repair.end_view(parts_.time(), began_anew_);
    parts_.on_done(result);
}

}  // namespace callstream::sources
