// Messages to a loop from other threads, bounded, drained whole by one wake-up.
//
// Threads: post() from any thread; the receiver runs on the loop's thread.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "core/loop.h"

namespace callstream {

template <class Message>
class mailbox {
public:
    mailbox(loop& owner, std::size_t message_count_max, std::function<void(Message&&)> receive)
        : message_count_max_(message_count_max),
          receive_(std::move(receive)),
          wakeup_(owner, [this] { drain(); }) {}

    // False when the mailbox is full; nothing was taken.
    bool try_post(Message message) {
        {
            const std::lock_guard lock(mutex_);
            if (waiting_.size() >= message_count_max_) return false;
            waiting_.push_back(std::move(message));
        }
        wakeup_.notify();
        return true;
    }

private:
    void drain() {
        {
            const std::lock_guard lock(mutex_);
            taken_.swap(waiting_);
        }
        for (Message& message : taken_)
            receive_(std::move(message));
        taken_.clear();
    }

    std::size_t message_count_max_;
    std::function<void(Message&&)> receive_;
    std::mutex mutex_;
    std::vector<Message> waiting_;
    std::vector<Message> taken_;
    wakeup wakeup_;
};

}  // namespace callstream
