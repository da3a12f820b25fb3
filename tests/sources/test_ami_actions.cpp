#include <map>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "core/loop.h"
#include "sources/ami_actions.h"

using namespace callstream;
using namespace callstream::sources;
using std::chrono::milliseconds;

namespace {

struct fake_message final : message_view {
    fake_message(message_kind said, std::map<std::string, std::string> given)
        : said_kind(said), headers(std::move(given)) {}

    message_kind kind() const noexcept override { return said_kind; }
    std::string_view find(std::string_view name) const noexcept override {
        const auto found = headers.find(std::string(name));
        return found == headers.end() ? std::string_view() : std::string_view(found->second);
    }

    message_kind said_kind;
    std::map<std::string, std::string> headers;
};

fake_message reply(const std::string& id, const std::string& response = "Success") {
    return {message_kind::reply, {{"ActionID", id}, {"Response", response}}};
}

struct fixture {
    ami_answer_handler note(const std::string& who) {
        return [this, who](const message_view* answer) {
            told.push_back(
                who + (answer == nullptr ? " late" : ' ' + std::string(answer->find("Response"))));
        };
    }

    loop home;
    ami_actions actions{home, "t-"};
    std::vector<std::string> told;
};

}  // namespace

TEST_CASE_METHOD(fixture, "a request has its own ActionID and one space behind each colon",
                 "[ami_actions]") {
    const header headers[]{{"AuthType", "MD5"}, {"Empty", ""}};
    CHECK(actions.begin({.action = "Challenge", .headers = headers}, note("a")) ==
          "Action: Challenge\r\nActionID: t-1\r\nAuthType: MD5\r\nEmpty: \r\n\r\n");
    CHECK(actions.begin({.action = "Ping"}, note("b")) == "Action: Ping\r\nActionID: t-2\r\n\r\n");
}

TEST_CASE_METHOD(fixture, "answers find who asked, in any order, once", "[ami_actions]") {
    actions.begin({.action = "A"}, note("a"));
    actions.begin({.action = "B"}, note("b"));
    actions.on_message(reply("t-2"));
    actions.on_message(reply("t-1", "Error"));
    actions.on_message(reply("t-1"));
    actions.on_message(reply("another client's"));
    CHECK(told == std::vector<std::string>{"b Success", "a Error"});
}

TEST_CASE_METHOD(fixture, "a reply without ActionID is the oldest request's", "[ami_actions]") {
    actions.begin({.action = "A"}, note("a"));
    actions.begin({.action = "B"}, note("b"));
    actions.on_message(fake_message(message_kind::reply, {{"Response", "Pong"}}));
    CHECK(told == std::vector<std::string>{"a Pong"});
    fixture idle;
    idle.actions.on_message(fake_message(message_kind::reply, {{"Response", "Pong"}}));
    CHECK(idle.told.empty());
}

TEST_CASE_METHOD(fixture, "a list goes on until its end", "[ami_actions]") {
    actions.begin({.action = "CoreShowChannels", .is_list = true}, note("list"));
    actions.on_message(reply("t-1"));
    const fake_message item(message_kind::list_item, {{"ActionID", "t-1"}, {"Response", "item"}});
    actions.on_message(item);
    actions.on_message(item);
    const fake_message end(message_kind::list_end, {{"ActionID", "t-1"}, {"Response", "end"}});
    actions.on_message(end);
    actions.on_message(item);
    CHECK(told == std::vector<std::string>{"list Success", "list item", "list item", "list end"});
}

TEST_CASE_METHOD(fixture, "a list that is refused has no items", "[ami_actions]") {
    actions.begin({.action = "CoreShowChannels", .is_list = true}, note("list"));
    actions.on_message(reply("t-1", "Error"));
    actions.on_message(reply("t-1"));
    CHECK(told == std::vector<std::string>{"list Error"});
}

TEST_CASE_METHOD(fixture, "who waits too long is told so, the nearest deadline first",
                 "[ami_actions]") {
    actions.begin({.action = "A", .timeout = milliseconds(20)}, note("a"));
    actions.begin({.action = "B", .timeout = milliseconds(1)}, note("b"));
    actions.begin({.action = "C", .timeout = milliseconds(1)}, note("c"));
    home.run();
    CHECK(told == std::vector<std::string>{"b late", "c late", "a late"});
}

TEST_CASE_METHOD(fixture, "after a reset nobody is told anything", "[ami_actions]") {
    actions.begin({.action = "A", .timeout = milliseconds(1)}, note("a"));
    actions.reset();
    actions.on_message(reply("t-1"));
    home.run();
    CHECK(told.empty());
}

TEST_CASE_METHOD(fixture, "a handler may ask again or reset while it is called", "[ami_actions]") {
    actions.begin({.action = "A", .is_list = true}, [this](const message_view* answer) {
        told.push_back("a");
        if (answer->kind() == message_kind::reply) actions.begin({.action = "B"}, note("b"));
        if (answer->kind() == message_kind::list_item) actions.reset();
    });
    actions.on_message(reply("t-1"));
    actions.on_message(reply("t-2"));
    const fake_message item(message_kind::list_item, {{"ActionID", "t-1"}});
    actions.on_message(item);
    actions.on_message(item);
    CHECK(told == std::vector<std::string>{"a", "b Success", "a"});
}

TEST_CASE("a value with a line end is no header value", "[ami_actions]") {
    CHECK(is_header_value("with: colons and \t tabs"));
    CHECK_FALSE(is_header_value("secret\r\nAction: Originate"));
    CHECK_FALSE(is_header_value("secret\nx"));
    CHECK_FALSE(is_header_value(std::string_view("a\0b", 3)));
}
