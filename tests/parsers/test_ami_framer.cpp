#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "core/limits.h"
#include "tests/parsers/ami_stream.h"
#include "tests/support/capture.h"

using namespace callstream;
using namespace callstream::parsers;
using namespace callstream::test;

namespace {

const std::string greeting = "Asterisk Call Manager/1.1\r\n";

struct read_stream {
    stream_digest digest;
    std::vector<std::string> events;   // values of the first header
    std::vector<std::string> outputs;  // of commands
};

// With every cut in turn, if the stream is short; all of them agree.
read_stream read_all(const std::string& stream) {
    read_stream all;
    const padded bytes(stream);
    stream_reader reader;
    reader.on_message = [&](const ami_message& message) {
        all.events.emplace_back(message.headers()[0].value);
        if (message.output().data() != nullptr) all.outputs.emplace_back(message.output());
    };
    reader.read(bytes.view());
    all.digest = reader.digest;
    for (std::size_t cut = 0; cut <= stream.size() && stream.size() < 2'000; ++cut) {
        stream_reader torn;
        torn.read(bytes.view().substr(0, cut));
        torn.read(bytes.view());
        if (!(torn.digest == all.digest)) FAIL("a cut at " << cut << " made a difference");
    }
    return all;
}

std::string message_of_size(std::size_t size) {
    std::string message = "Event: Big\r\n";
    constexpr std::size_t end_size = 4;
    constexpr std::size_t line_size = 1'000;
    while (message.size() + end_size < size) {
        const std::size_t left = size - message.size() - end_size;
        const std::size_t line = left < line_size + 20 ? left : line_size;
        message += "X: " + std::string(line - 3, 'x');
        if (left > line) message += "\r\n";
        if (left > line) continue;
        break;
    }
    return message + "\r\n\r\n";
}

}  // namespace

TEST_CASE("lone empty lines between messages are no messages", "[parsers][ami]") {
    const auto read = read_all(greeting + "\r\n\r\nEvent: A\r\n\r\n\r\nEvent: B\r\n\r\n\n");
    CHECK(read.events == std::vector<std::string>{"A", "B"});
    CHECK(read.digest.empty == 4);
    CHECK(read.digest.torn_size == 0);
}

TEST_CASE("a message's first line decides how its lines end", "[parsers][ami]") {
    const auto read = read_all(greeting +
                               "Event: A\nX: 1\n\n"
                               "Event: B\r\nX: a\n\nEvent: Forged\nb\r\n\r\n"
                               "Event: C\nX: 2\n\n");
    CHECK(read.events == std::vector<std::string>{"A", "B", "C"});
}

TEST_CASE("a forged bare LF cannot make one message of those behind it", "[parsers][ami]") {
    const auto read = read_all(greeting +
                               "Event: A\r\nX: \r\n\r\nforged\nmore\r\n\r\n"
                               "Event: B\r\n\r\n");
    CHECK(read.events == std::vector<std::string>{"A", "forged", "B"});
}

TEST_CASE("the text of a command goes on to its end mark", "[parsers][ami]") {
    const std::string text = "a: b\n\n\r\n\r\nEvent: X\n--END COMMAND\n";
    const auto read =
        read_all(greeting + "Response: Follows\r\nPrivilege: Command\r\nActionID: 7\r\n" + text +
                 "--END COMMAND--\r\n\r\nEvent: B\r\n\r\n");
    CHECK(read.events == std::vector<std::string>{"Follows", "B"});
    CHECK(read.outputs == std::vector<std::string>{text});
}

TEST_CASE("the text of a command may follow without an ActionID, or be empty", "[parsers][ami]") {
    const std::string head = "Response: Follows\r\nPrivilege: Command\r\n";
    const auto read =
        read_all(greeting + head + "one\n--END COMMAND--\r\n\r\n" + head +
                 "--END COMMAND--\r\n\r\n" + head + "ActionID: 1\r\n--END COMMAND--\r\n\r\n");
    CHECK(read.outputs == std::vector<std::string>{"one\n", "", ""});
}

TEST_CASE("Asterisk 14 and later have no text to follow", "[parsers][ami]") {
    const auto read = read_all(
        "Asterisk Call Manager/5.0.5\r\nResponse: Follows\r\nPrivilege: Command\r\n\r\n"
        "Event: B\r\n\r\n");
    CHECK(read.events == std::vector<std::string>{"Follows", "B"});
}

TEST_CASE("a forged beginning of a command's text swallows nothing", "[parsers][ami]") {
    const auto read = read_all(greeting + "Response: Follows\r\nX: y\r\n\r\nEvent: B\r\n\r\n");
    CHECK(read.events == std::vector<std::string>{"Follows", "B"});
}

TEST_CASE("a message of the greatest size is read, one byte more is rejected", "[parsers][ami]") {
    const std::string fits = message_of_size(limits::ami_message_size_max);
    REQUIRE(fits.size() == limits::ami_message_size_max);
    const auto most = read_all(greeting + fits + "Event: B\r\n\r\n");
    CHECK(most.events == std::vector<std::string>{"Big", "B"});
    const auto more = read_all(greeting + message_of_size(fits.size() + 1) + "Event: B\r\n\r\n");
    CHECK(more.events == std::vector<std::string>{"B"});
    CHECK(more.digest.rejected == 1);
}

TEST_CASE("what is beyond a bound is rejected wherever it was cut", "[parsers][ami]") {
    const std::string follows = "Response: Follows\r\nPrivilege: Command\r\n";
    const std::string long_line(limits::ami_line_size_max + 1, 'x');
    const std::string huge(2 * limits::slab_size, 'x');
    std::string many_lines = "Event: Many\r\n";
    for (std::size_t i = 0; i < limits::ami_header_count_max; ++i)
        many_lines += "a: b\r\n";
    const std::string text = follows + huge + "\r\n\r\nno end\n" + "--END COMMAND--\r\n\r\n";
    const std::vector<std::string> too_large{
        "Event: A\r\nX: " + long_line + "\r\n\r\n",
        "Event: A\nX: " + long_line + "\n\n",
        "Event: A\r\nX: " + huge + "\r\n\r\n",
        "Event: A\nX: " + huge + "\n\n",
        huge + "\r\nX: " + huge + "\n\n\r\n\r\n",
        huge + "\nX: " + huge + "\n\n",
        many_lines + "\r\n",
        text,
    };
    for (const std::string& message : too_large) {
        INFO(message.substr(0, 20) << " of " << message.size());
        const padded bytes(greeting + message + "Event: B\r\n\r\n");
        const stream_digest whole = digest_of(bytes.view());
        CHECK(whole.rejected == 1);
        CHECK(whole.messages == 1);
        CHECK(whole.torn_size == 0);
        for (const std::size_t piece : {1U, 7U, 1'000U, 70'000U}) {
            stream_reader torn;
            for (std::size_t arrived = 0; arrived < bytes.view().size();) {
                arrived = std::min(bytes.view().size(), arrived + piece);
                torn.read(bytes.view().substr(0, arrived));
                if (torn.digest.torn_size > limits::ami_message_size_max + piece) FAIL("kept");
            }
            CHECK(torn.digest == whole);
        }
    }
}

TEST_CASE("the text of a command may be longer than a line may", "[parsers][ami]") {
    const std::string text(limits::ami_line_size_max + 1'000, 'x');
    const auto read = read_all(greeting + "Response: Follows\r\nPrivilege: Command\r\n" + text +
                               "--END COMMAND--\r\n\r\n");
    CHECK(read.outputs == std::vector<std::string>{text});
}

TEST_CASE("a greeting is known by its beginning, whatever its version", "[parsers][ami]") {
    for (const std::string line : {"Asterisk Call Manager/12.0.0", "Asterisk Call Manager/1.0",
                                   "Asterisk Call Manager Proxy", "Asterisk Call Manager"}) {
        for (const std::string end : {"\r\n", "\n"}) {
            const auto read = read_all(line + end + "Response: Success\r\n\r\n");
            CHECK(read.digest.greetings == 1);
            CHECK(read.events == std::vector<std::string>{"Success"});
        }
    }
}

TEST_CASE("a recording that begins with a message needs no greeting", "[parsers][ami]") {
    const auto read = read_all("Event: A\r\n\r\nEvent: B\r\n\r\n");
    CHECK(read.events == std::vector<std::string>{"A", "B"});
    CHECK(read.digest.greetings == 0);
}

TEST_CASE("who else speaks on the port is told by name, at the first chance", "[parsers][ami]") {
    struct peer {
        std::string bytes;
        std::string_view what;
    };
    const std::vector<peer> peers{
        {"HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP"},
        {"SSH-2.0-OpenSSH_9.2\r\n", "SSH"},
        {"\x15\x03\x03\x00\x02\x02\x46", "TLS alert"},
        {"\x16\x03\x01\x02\x00", "TLS handshake"},
        {"220 mail ESMTP\r\n", "mail"},
        {"-ERR unknown command\r\n", "Redis"},
        {"hello\r\n", "something else"},
        {"Asterisk\r\n", "something else"},
        {"\x01\x02\x03", "binary"},
        {"Asterisk Call Manager/" + std::string(300, '1'), "does not end"},
    };
    for (const auto& [bytes, what] : peers) {
        INFO(bytes);
        const padded stream(bytes);
        ami_framer framer;
        const auto whole = framer.next(stream.view());
        REQUIRE(!whole);
        CHECK(whole.error().code == errc::wrong_protocol);
        CHECK_THAT(std::string(whole.error().what), Catch::Contains(std::string(what)));
        ami_framer torn;
        for (std::size_t size = 1; size <= bytes.size(); ++size) {
            const auto frame = torn.next(stream.view().substr(0, size));
            if (frame) continue;
            CHECK(frame.error().what == whole.error().what);
            break;
        }
        CHECK_FALSE(torn.next(stream.view()));
    }
}

TEST_CASE("after a reset the framer expects another greeting", "[parsers][ami]") {
    ami_framer framer;
    const padded first(greeting + "Event: torn");
    REQUIRE(framer.next(first.view()) == ami_found::greeting);
    REQUIRE(framer.next(first.view().substr(greeting.size())) == ami_found::nothing);
    CHECK(framer.torn());
    framer.reset();
    CHECK_FALSE(framer.torn());
    CHECK(framer.next(first.view()) == ami_found::greeting);
}

TEST_CASE("every set of instructions finds the same lines and headers", "[parsers][ami]") {
    const auto& plain_simd = ami_simd_variants().back();
    CHECK(plain_simd.instructions == "portable");
    for (const std::string name : {"l2_crlf_injection", "g_attended_transfer"}) {
        const capture recorded = load_capture(name);
        for (const ami_simd& simd : ami_simd_variants()) {
            INFO(simd.instructions);
            ami_framer fast(simd);
            ami_message fast_message(charset::guessed, simd);
            ami_framer plain(plain_simd);
            ami_message plain_message(charset::guessed, plain_simd);
            for (std::size_t done = 0;;) {
                const auto found = fast.next(recorded.bytes().substr(done));
                REQUIRE(plain.next(recorded.bytes().substr(done)) == *found);
                const ami_frame& frame = fast.frame();
                const auto feeds = plain.frame().line_feeds;
                REQUIRE(frame.size_wire == plain.frame().size_wire);
                done += frame.size_wire;
                if (found == ami_found::nothing) break;
                if (found != ami_found::message) continue;
                REQUIRE(std::equal(frame.line_feeds.begin(), frame.line_feeds.end(), feeds.begin(),
                                   feeds.end()));
                fast_message.index(frame);
                plain_message.index(plain.frame());
                REQUIRE(fast_message.event() == plain_message.event());
                for (std::size_t i = 0; i < frame.line_feeds.size(); ++i) {
                    REQUIRE(fast_message.key_at(i) == plain_message.key_at(i));
                    REQUIRE(fast_message.headers()[i].name == plain_message.headers()[i].name);
                    REQUIRE(fast_message.headers()[i].value == plain_message.headers()[i].value);
                }
            }
        }
    }
}

TEST_CASE("a message may begin with a bare line feed and hold more", "[parsers][ami]") {
    const auto read = read_all(greeting + "\n\nEvent: A\nX: y\n\n\n\r\nEvent: B\r\nX: \n\r\n\r\n");
    CHECK(read.events == std::vector<std::string>{"A", "B"});
    CHECK(read.digest.empty == 4);
}
