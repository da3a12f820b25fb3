// The channel snapshots of an AMI message: the same fields, named after the part that the channel
// plays in the event (Channel, DestChannel, TransfereeChannel ...).
//
// Lifetime: a view dies with the message, and with the next view() of the same reader.
// Threads:  the PBX's home loop.
#pragma once

#include <string>

#include "parsers/ami_message.h"
#include "parsers/call_tracker.h"

namespace callstream::parsers {

struct ami_channel_keys {
    ami_key uniqueid;
    ami_key linkedid;
    ami_key channel;
    ami_key state;
    ami_key number;
    ami_key name;
    ami_key context;
    ami_key exten;
};

namespace channel_keys {

extern const ami_channel_keys own;
extern const ami_channel_keys destination;
extern const ami_channel_keys local_one;
extern const ami_channel_keys local_two;
extern const ami_channel_keys transferer;
extern const ami_channel_keys transferee;
extern const ami_channel_keys first_transferer;
extern const ami_channel_keys second_transferer;
extern const ami_channel_keys transfer_target;
extern const ami_channel_keys parkee;
extern const ami_channel_keys retriever;
extern const ami_channel_keys linked_one;  // of Link and Bridge in AMI 1.x
extern const ami_channel_keys linked_two;
extern const ami_channel_keys pickup_target;

}  // namespace channel_keys

class ami_channel_reader {
public:
    channel_view view(const ami_message& message, const ami_channel_keys& keys);

private:
    std::string number_scratch_;
    std::string name_scratch_;
};

}  // namespace callstream::parsers
