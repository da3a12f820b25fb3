// Events as lines for people, to be compared with a file: type, what it is about, and what is said
// of it.
#pragma once

#include <string>

#include "core/event.h"
#include "core/event_writer.h"

namespace callstream::test {

class event_words final : public event_output {
public:
    void publish(const event& published) override;

    std::string text;  // a line for each event

private:
    event_writer writer_;
};

}  // namespace callstream::test
