// AMI bytes to events: framer, header index, and what kind of message it is.
//
// Genuine events carry `Privilege` as their second header; answers carry the ActionID of the
// request instead. A dialplan variable can hold "\r\n\r\nEvent: Hangup", which Asterisk writes as
// it is: such an event has neither, never reaches the translator, and is published as a
// vendor.event that says verified: false.
//
// Threads: the PBX's home loop.
#pragma once

#include <string>

#include "core/decoder.h"
#include "core/event.h"
#include "parsers/ami_framer.h"
#include "parsers/ami_message.h"
#include "parsers/ami_translator.h"

namespace callstream::parsers {

struct ami_decoder_settings {
    std::string family = "asterisk";  // data.vendor.family
    charset text = charset::guessed;
};

// What a decoder is wired to; all of it outlives the decoder.
struct ami_decoder_parts {
    ami_translator& translator;
    event_output& output;  // for events that are not verified
};

class ami_decoder final : public decoder {
public:
    ami_decoder(const ami_decoder_settings& settings, const ami_decoder_parts& parts);

    void reset(timestamp now) override;
    result<std::size_t> decode(std::string_view pending, timestamp arrived,
                               message_handler* handler) override;
    void finish(timestamp now) override;
    void tick(timestamp now) override;
    decoder_counters counters() const noexcept override { return counters_; }

private:
    void take(const ami_frame& frame, timestamp arrived, message_handler* handler);
    void publish_unverified(timestamp arrived);

    std::string family_;
    ami_decoder_parts parts_;
    ami_framer framer_;
    ami_message message_;
    decoder_counters counters_;
};

}  // namespace callstream::parsers
