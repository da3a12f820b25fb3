// The requests of one AMI connection: each has an ActionID of its own, and its answers find the
// one who asked, or the deadline does.
//
// Threads: the loop's.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <span>
#include <string>
#include <string_view>

#include "core/decoder.h"
#include "core/field.h"
#include "core/loop.h"

namespace callstream::sources {

// Whether `text` may be a header's value: a line end in it would begin a header of its own.
constexpr bool is_header_value(std::string_view text) noexcept {
    return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

struct ami_request {
    std::string_view action;
    std::span<const header> headers{};  // values that pass is_header_value()
    bool is_list = false;  // items and an end follow the reply, unless that is an error
    std::chrono::milliseconds timeout{10'000};  // for the reply, then for each item
};

// Called for the reply, and for each item and the end of a list; with null once the deadline
// passed.
using ami_answer_handler = std::function<void(const message_view* answer)>;

class ami_actions {
public:
    // `tag` begins each ActionID; other clients' requests echo in events of ours.
    ami_actions(loop& owner, std::string tag);

    // A new connection, or none: nobody is called any more.
    void reset();
    // The request's bytes; valid until the next call.
    std::string_view begin(const ami_request& request, ami_answer_handler handler);
    // An answer that nobody asked for is ignored.
    void on_message(const message_view& message);

private:
    struct pending {
        std::uint64_t number;
        std::string id;
        bool is_list;
        std::chrono::milliseconds timeout;
        std::chrono::milliseconds deadline;
        ami_answer_handler handler;
    };

    using place = std::list<pending>::iterator;

    place find(const message_view& message);
    void go_on_with(place asked, const message_view& message);
    ami_answer_handler take(place asked);
    void arm();
    void on_deadline();

    loop& owner_;
    std::string tag_;
    std::uint64_t count_ = 0;
    std::list<pending> pending_;  // in the order of the requests
    std::string bytes_;
    timer deadline_;
};

}  // namespace callstream::sources
