// A PBX whose words a test writes: channels that begin, ring, talk and end, as Asterisk 23 says it.
#pragma once

#include <string>
#include <string_view>

#include "parsers/ami_decoder.h"
#include "tests/support/capture.h"
#include "tests/support/recorded_events.h"

namespace callstream::test {

// What a channel's snapshot shows.
struct scripted_channel {
    std::string name;  // PJSIP/101-00000001
    std::string id;
    std::string call_id;
    std::string number = "101";
    std::string context = "from-internal";
    std::string exten = "102";
};

class scripted_pbx {
public:
    explicit scripted_pbx(event_output& output,
                          const parsers::ami_translator_settings& settings = {},
                          state_store* store = nullptr)
        : translator_(settings, output, store), decoder_({}, {translator_, output}) {
        decoder_.reset(clock);
        hear("Asterisk Call Manager/12.0.0\r\n");
    }

    // An event of its name and further header lines, each ended by CR LF.
    void say(std::string_view name, std::string_view headers) {
        std::string message = "Event: ";
        message.append(name).append("\r\nPrivilege: call,all\r\n").append(headers).append("\r\n");
        hear(message);
        clock += std::chrono::milliseconds(1);
    }

    void begin(const scripted_channel& channel, int state = 4) {
        say("Newchannel", snapshot(channel, state));
    }
    void change(const scripted_channel& channel, int state) {
        say("Newstate", snapshot(channel, state));
    }
    void dial(const scripted_channel& from, const scripted_channel& to) {
        say("DialBegin", snapshot(from, 4) + snapshot(to, 0, "Dest"));
    }
    void dialled(const scripted_channel& from, const scripted_channel& to, const std::string& how) {
        say("DialEnd", snapshot(from, 4) + snapshot(to, 0, "Dest") + "DialStatus: " + how + "\r\n");
    }
    void enter(const scripted_channel& channel, const std::string& bridge) {
        say("BridgeEnter", "BridgeUniqueid: " + bridge + "\r\nBridgeType: basic\r\n" +
                               "BridgeTechnology: simple_bridge\r\n" + snapshot(channel, 6));
    }
    void leave(const scripted_channel& channel, const std::string& bridge) {
        say("BridgeLeave", "BridgeUniqueid: " + bridge + "\r\n" + snapshot(channel, 6));
    }
    void hang_up(const scripted_channel& channel, int cause) {
        say("Hangup", snapshot(channel, 6) + "Cause: " + std::to_string(cause) + "\r\n");
    }
    void tick() { decoder_.tick(clock); }
    view_repair& repair() { return translator_.repair(); }
    bool restore(text name, text value) { return translator_.restore(name, value, clock); }

    static std::string snapshot(const scripted_channel& channel, int state,
                                const std::string& prefix = "") {
        return prefix + "Channel: " + channel.name + "\r\n" + prefix +
               "ChannelState: " + std::to_string(state) + "\r\n" + prefix +
               "CallerIDNum: " + channel.number + "\r\n" + prefix + "CallerIDName: <unknown>\r\n" +
               prefix + "Context: " + channel.context + "\r\n" + prefix +
               "Exten: " + channel.exten + "\r\n" + prefix + "Uniqueid: " + channel.id + "\r\n" +
               prefix + "Linkedid: " + channel.call_id + "\r\n";
    }

    timestamp clock{std::chrono::seconds(1'795'230'000)};

private:
    void hear(std::string_view message) {
        const padded bytes(message);
        [[maybe_unused]] const auto done = decoder_.decode(bytes.view(), clock, nullptr).value();
    }

    parsers::ami_translator translator_;
    parsers::ami_decoder decoder_;
};

}  // namespace callstream::test
