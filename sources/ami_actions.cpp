#include "sources/ami_actions.h"

#include <algorithm>
#include <utility>

#include "core/ensure.h"

namespace callstream::sources {

ami_actions::ami_actions(loop& owner, std::string tag)
    : owner_(owner), tag_(std::move(tag)), deadline_(owner, [this] { on_deadline(); }) {}

void ami_actions::reset() {
    pending_.clear();
    deadline_.stop();
}

std::string_view ami_actions::begin(const ami_request& request, ami_answer_handler handler) {
    const std::string id = tag_ + std::to_string(++count_);
    bytes_.clear();
    // Asterisk 1.4 wants exactly one space behind each colon.
    const auto add = [this](std::string_view name, std::string_view value) {
        ensure(is_header_value(value), "a header's value is on one line");
        bytes_.append(name).append(": ").append(value).append("\r\n");
    };
    add("Action", request.action);
    add("ActionID", id);
    for (const header& given : request.headers)
        add(given.name, given.value);
    bytes_ += "\r\n";
    const auto deadline = owner_.time() + request.timeout;
    pending_.push_back(
        {count_, id, request.is_list, request.timeout, deadline, std::move(handler)});
    arm();
    return bytes_;
}

// Some PBXes echo no ActionID; they answer in order.
ami_actions::place ami_actions::find(const message_view& message) {
    const std::string_view id = message.find("ActionID");
    if (id.data() == nullptr && message.kind() == message_kind::reply) return pending_.begin();
    return std::find_if(pending_.begin(), pending_.end(),
                        [id](const pending& asked) { return asked.id == id; });
}

void ami_actions::on_message(const message_view& message) {
    const auto asked = find(message);
    if (asked == pending_.end()) return;
    const bool list_begins = asked->is_list && message.kind() == message_kind::reply &&
                             message.find("Response") != "Error";
    if (list_begins || message.kind() == message_kind::list_item)
        go_on_with(asked, message);
    else
        take(asked)(&message);
}

// The handler may ask for more, or reset: it runs from outside the list.
void ami_actions::go_on_with(place asked, const message_view& message) {
    asked->deadline = owner_.time() + asked->timeout;
    arm();
    const std::uint64_t number = asked->number;
    ami_answer_handler handler = std::move(asked->handler);
    handler(&message);
    for (pending& left : pending_)
        if (left.number == number) left.handler = std::move(handler);
}

ami_answer_handler ami_actions::take(place asked) {
    ami_answer_handler handler = std::move(asked->handler);
    pending_.erase(asked);
    arm();
    return handler;
}

void ami_actions::arm() {
    if (pending_.empty()) return deadline_.stop();
    const auto nearest = std::min_element(
        pending_.begin(), pending_.end(),
        [](const auto& one, const auto& other) { return one.deadline < other.deadline; });
    deadline_.start(std::max(nearest->deadline - owner_.time(), std::chrono::milliseconds(0)));
}

void ami_actions::on_deadline() {
    const auto late = std::find_if(pending_.begin(), pending_.end(), [this](const pending& asked) {
        return asked.deadline <= owner_.time();
    });
    if (late == pending_.end()) return arm();
    take(late)(nullptr);  // the timer is armed for the next, which may be late as well
}

}  // namespace callstream::sources
