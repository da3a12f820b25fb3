// Rows of an Asterisk's lists, as a source shows them.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "core/decoder.h"
#include "tests/support/scripted_pbx.h"

namespace callstream::test {

class row final : public message_view {
public:
    row(std::initializer_list<std::pair<std::string, std::string>> headers) : headers_(headers) {}

    message_kind kind() const noexcept override { return message_kind::list_item; }
    std::string_view find(std::string_view name) const noexcept override {
        for (const auto& [known, value] : headers_)
            if (known == name) return value;
        return {};
    }

private:
    std::vector<std::pair<std::string, std::string>> headers_;
};

inline row channel_row(const scripted_channel& shown, int state, const std::string& bridge = "") {
    return {{"Event", "CoreShowChannel"},
            {"Channel", shown.name},
            {"ChannelState", std::to_string(state)},
            {"CallerIDNum", shown.number},
            {"CallerIDName", "Zo\\\"e"},
            {"Context", shown.context},
            {"Exten", shown.exten},
            {"Uniqueid", shown.id},
            {"Linkedid", shown.call_id},
            {"Duration", "00:01:00"},
            {"BridgeId", bridge}};
}

inline row caller_row(const std::string& leg) {
    return {{"Event", "QueueEntry"}, {"Queue", "support"}, {"Uniqueid", leg},
            {"Position", "1"},       {"Wait", "13"},       {"CallerIDNum", "101"}};
}

inline row member_row(const std::string& paused, const std::string& status = "1") {
    return {{"Event", "QueueMember"},  {"Queue", "support"}, {"Name", "Carol"},
            {"Location", "PJSIP/113"}, {"Paused", paused},   {"Status", status}};
}

}  // namespace callstream::test
