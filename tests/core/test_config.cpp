#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "core/config.h"
#include "core/config_value.h"

using namespace callstream;
using namespace std::chrono_literals;

namespace {

enum class colour : std::uint8_t { red, green, blue };
constexpr std::array<std::string_view, 3> colour_names{"red", "green", "blue"};

struct sample {
    std::string text = "none";
    secret hidden;
    std::string origin;
    bool flag = false;
    std::uint32_t number = 7;
    std::uint64_t size = 1024;
    std::chrono::milliseconds wait{1000};
    std::chrono::seconds age{60};
    colour paint = colour::red;
    std::vector<std::string> list;
    std::map<std::string, std::string> any;
    host_port address;
    bool nested_on = false;
    std::string nested;
    std::vector<std::string> names;
};

void read_sample(config_table& from, sample& out) {
    from.text({"text", "a text"}, out.text);
    from.password({"secret", "a secret"}, out.hidden, out.origin);
    from.flag({"flag", "a flag"}, out.flag);
    from.number<std::uint32_t>({"number", "a number"}, out.number, {1, 100});
    from.size({"size", "a size"}, out.size, {1024, 1 << 20});
    from.duration({"wait", "a wait"}, out.wait, {100ms, 1h});
    from.duration({"age", "an age"}, out.age, {0s, 24h});
    from.choice({"colour", "a colour"}, out.paint, colour_names);
    from.texts({"list", "texts"}, out.list);
    from.properties({"any", "anything"}, out.any);
    from.parsed({"address", "an address"}, out.address,
                [](std::string_view text) { return parse_host_port(text, 0); });
    out.nested_on = from.table_or_flag({"nested", "a table"}, [&out](config_table& nested) {
        nested.text({"inner", "a text"}, out.nested);
        nested.require({"inner"});
    });
    from.tables({"thing", "things"}, [&out](const std::string& name, config_table& thing) {
        out.names.push_back(name);
        std::uint32_t unused = 0;
        thing.number<std::uint32_t>({"n", "a number"}, unused, {0, 9});
    });
    from.not_supported({"later"});
}

struct outcome {
    sample value;
    std::vector<std::string> problems;
};

outcome read(const std::string& toml) {
    const config_document document = parse_config(toml);
    outcome out;
    for (const config_problem& problem : document.problems)
        out.problems.push_back(format_problem("f", problem));
    if (!out.problems.empty()) return out;
    for (const config_problem& problem :
         read_config(document, [&out](config_table& root) { read_sample(root, out.value); }))
        out.problems.push_back(format_problem("f", problem));
    return out;
}

std::vector<std::string> problems_of(const std::string& toml) {
    return read(toml).problems;
}

using lines = std::vector<std::string>;

struct temporary_file {
    explicit temporary_file(const std::string& content) {
        const int file = ::mkstemp(path.data());
        REQUIRE(file >= 0);
        REQUIRE(::write(file, content.data(), content.size()) ==
                static_cast<ssize_t>(content.size()));
        ::close(file);
    }
    ~temporary_file() { std::remove(path.c_str()); }
    temporary_file(const temporary_file&) = delete;
    temporary_file& operator=(const temporary_file&) = delete;

    std::string path = "/tmp/callstream-config-XXXXXX";
};

}  // namespace

TEST_CASE("every kind of option is read", "[core]") {
    const outcome out = read(R"(
text = "word"
secret = "hunter2"
flag = true
number = 42
size = "64KiB"
wait = "250ms"
age = "2h"
colour = "blue"
list = ["a", "b"]
any = { linger.ms = 5, "enable.idempotence" = true, client = { id = "x" } }
address = "[::1]:5038"
nested = { inner = "deep" }
[thing.one]
n = 1
[thing.two]
)");
    CHECK(out.problems == lines{});
    CHECK(out.value.text == "word");
    CHECK(out.value.hidden.reveal() == "hunter2");
    CHECK(out.value.origin == "the configuration file");
    CHECK(out.value.flag);
    CHECK(out.value.number == 42);
    CHECK(out.value.size == 65'536);
    CHECK(out.value.wait == 250ms);
    CHECK(out.value.age == 2h);
    CHECK(out.value.paint == colour::blue);
    CHECK(out.value.list == lines{"a", "b"});
    CHECK(out.value.any == std::map<std::string, std::string>{{"linger.ms", "5"},
                                                              {"enable.idempotence", "true"},
                                                              {"client.id", "x"}});
    CHECK(out.value.address.port == 5038);
    CHECK(out.value.nested_on);
    CHECK(out.value.nested == "deep");
    CHECK(out.value.names == lines{"one", "two"});
}

TEST_CASE("what is not said keeps its default", "[core]") {
    const outcome out = read("");
    CHECK(out.problems == lines{});
    CHECK(out.value.text == "none");
    CHECK(out.value.number == 7);
    CHECK(out.value.wait == 1s);
    CHECK_FALSE(out.value.nested_on);
}

TEST_CASE("a wrong type is named with the one that is wanted", "[core]") {
    CHECK(problems_of("text = 5") == lines{"f:1:8: text: must be a string, not an integer"});
    CHECK(problems_of("secret = true") == lines{"f:1:10: secret: must be a string, not a boolean"});
    CHECK(problems_of("flag = 'yes'") == lines{"f:1:8: flag: must be true or false, not a string"});
    CHECK(problems_of("number = '42'") ==
          lines{"f:1:10: number: must be an integer, not a string"});
    CHECK(problems_of("size = 1.5") == lines{"f:1:8: size: must be a string, not a fraction"});
    CHECK(problems_of("wait = 2026-07-30") ==
          lines{"f:1:8: wait: must be a string, not a date or time"});
    CHECK(problems_of("list = 'a'") ==
          lines{"f:1:8: list: must be a list of strings, not a string"});
    CHECK(problems_of("list = ['a', 5]") ==
          lines{"f:1:14: list[1]: must be a string, not an integer"});
    CHECK(problems_of("any = 'x'") == lines{"f:1:7: any: must be a table, not a string"});
    CHECK(problems_of("any = { a.b = 1.5 }") ==
          lines{"f:1:15: any.a.b: must be a string, not a fraction"});
    CHECK(problems_of("nested = 'x'") == lines{"f:1:10: nested: must be a table, not a string"});
    CHECK(problems_of("thing = ['x']") == lines{"f:1:9: thing: must be a table, not a list"});
    CHECK(problems_of("text = { a = 1 }") == lines{"f:1:8: text: must be a string, not a table"});
}

TEST_CASE("a value out of its range is told the range", "[core]") {
    CHECK(problems_of("number = 0") == lines{"f:1:10: number: must be a number from 1 to 100"});
    CHECK(problems_of("number = 101") == lines{"f:1:10: number: must be a number from 1 to 100"});
    CHECK(problems_of("number = -1") == lines{"f:1:10: number: must be a number from 1 to 100"});
    CHECK(problems_of("size = 1023") == lines{"f:1:8: size: must be from 1KiB to 1MiB"});
    CHECK(problems_of("size = '1GiB'") == lines{"f:1:8: size: must be from 1KiB to 1MiB"});
    CHECK(problems_of("wait = '99ms'") == lines{"f:1:8: wait: must be from 100ms to 1h"});
    CHECK(problems_of("wait = '2h'") == lines{"f:1:8: wait: must be from 100ms to 1h"});
    CHECK(problems_of("age = '1500ms'") == lines{"f:1:7: age: must be a multiple of 1s"});
}

TEST_CASE("a value that does not look like its kind is told how it looks", "[core]") {
    CHECK(problems_of("size = 'big'") ==
          lines{"f:1:8: size: must be a size such as 1000000, \"64MiB\", \"4GiB\" or \"10GB\""});
    CHECK(problems_of("size = -5") ==
          lines{"f:1:8: size: must be a size such as 1000000, \"64MiB\", \"4GiB\" or \"10GB\""});
    CHECK(problems_of("wait = 'soon'") ==
          lines{"f:1:8: wait: must be a duration such as \"500ms\", \"30s\", \"5m\", \"2h\" or "
                "\"7d\""});
    CHECK(problems_of("wait = 30") ==
          lines{"f:1:8: wait: a duration needs its unit, such as \"30s\""});
    CHECK(problems_of("address = '::1:5038'") ==
          lines{"f:1:11: address: must be HOST:PORT, with IPv6 as [::1]:PORT"});
    CHECK(problems_of("text = ''") == lines{"f:1:8: text: must not be empty"});
    CHECK(problems_of("text = \"a\\r\\nAction: Command\"") ==
          lines{"f:1:8: text: must not hold line ends or other control characters"});
    CHECK(problems_of("secret = \"a\\u0000\"") ==
          lines{"f:1:10: secret: must not hold line ends or other control characters"});
}

TEST_CASE("a misspelt choice is told what there is, and what was probably meant", "[core]") {
    CHECK(problems_of("colour = 'gren'") ==
          lines{"f:1:10: colour: must be \"red\", \"green\" or \"blue\"; did you mean 'green'?"});
    CHECK(problems_of("colour = 'mauve'") ==
          lines{"f:1:10: colour: must be \"red\", \"green\" or \"blue\""});
}

TEST_CASE("an unknown key is an error, with what was probably meant", "[core]") {
    CHECK(problems_of("secert = 'x'") ==
          lines{"f:1:1: secert: unknown key; did you mean 'secret'?"});
    CHECK(problems_of("zzz = 1") == lines{"f:1:1: zzz: unknown key"});
    CHECK(problems_of("[nested]\ninner = 'a'\niner = 'b'") ==
          lines{"f:3:1: nested.iner: unknown key; did you mean 'inner'?"});
    CHECK(problems_of("[thing.one]\nm.x = 1") == lines{"f:2:1: thing.one.m: unknown key"});
    CHECK(problems_of("\"a\\u001b[2Jb\" = 1") == lines{"f:1:1: \"a?[2Jb\": unknown key"});
}

TEST_CASE("a key of another version is not called a misspelling", "[core]") {
    CHECK(problems_of("later = 1") == lines{"f:1:1: later: not supported by this version"});
}

TEST_CASE("a missing key is reported at its table", "[core]") {
    CHECK(problems_of("\n[nested]\n") == lines{"f:2:1: nested: 'inner' is missing"});
    CHECK(problems_of("nested = {}") == lines{"f:1:10: nested: 'inner' is missing"});
}

TEST_CASE("a flag may stand for a table without options", "[core]") {
    CHECK(read("nested = true").value.nested_on);
    CHECK_FALSE(read("nested = false").value.nested_on);
    CHECK(problems_of("nested = true") == lines{});
}

TEST_CASE("a name of the operator's is short and plain", "[core]") {
    CHECK(problems_of("[thing.\"a b\"]") ==
          lines{"f:1:8: thing.\"a b\": a name is 1 to 64 letters, digits, '_' or '-'"});
    CHECK(problems_of("[thing." + std::string(64, 'x') + "]") == lines{});
    CHECK(problems_of("[thing." + std::string(65, 'x') + "]").size() == 1);
}

TEST_CASE("what is no TOML is told with its line", "[core]") {
    CHECK(problems_of("a = 'x'\na = 'y'") ==
          lines{"f:2:5: Error while parsing key-value pair: cannot redefine existing string 'a'"});
    CHECK(problems_of("[a]\n[a]") ==
          lines{"f:2:1: Error while parsing table header: cannot redefine existing table 'a'"});
    CHECK(problems_of("text = \n") ==
          lines{"f:1:8: Error while parsing key-value pair: expected value"});
}

TEST_CASE("everything that is wrong is said at once, in the order of the file", "[core]") {
    CHECK(problems_of("number = 0\nzzz = 1\nwait = 5\n[nested]\n") ==
          lines{"f:1:10: number: must be a number from 1 to 100", "f:2:1: zzz: unknown key",
                "f:3:8: wait: a duration needs its unit, such as \"30s\"",
                "f:4:1: nested: 'inner' is missing"});
}

TEST_CASE("a value may come from the environment", "[core]") {
    ::setenv("CALLSTREAM_TEST_WORD", "from outside", 1);
    ::setenv("CALLSTREAM_TEST_NUMBER", "99", 1);
    ::setenv("CALLSTREAM_TEST_TRUE", "true", 1);
    ::unsetenv("CALLSTREAM_TEST_ABSENT");
    const outcome out = read(R"(
text = { env = "CALLSTREAM_TEST_WORD" }
secret = { env = "CALLSTREAM_TEST_WORD" }
number = { env = "CALLSTREAM_TEST_NUMBER" }
flag = { env = "CALLSTREAM_TEST_TRUE" }
any = { sasl.password = { env = "CALLSTREAM_TEST_WORD" } }
)");
    CHECK(out.problems == lines{});
    CHECK(out.value.text == "from outside");
    CHECK(out.value.hidden.reveal() == "from outside");
    CHECK(out.value.origin == "env CALLSTREAM_TEST_WORD");
    CHECK(out.value.number == 99);
    CHECK(out.value.flag);
    CHECK(out.value.any.at("sasl.password") == "from outside");

    CHECK(problems_of("text = { env = 'CALLSTREAM_TEST_ABSENT' }") ==
          lines{"f:1:16: text: environment variable CALLSTREAM_TEST_ABSENT is not set"});
    CHECK(problems_of("number = { env = 'CALLSTREAM_TEST_WORD' }") ==
          lines{"f:1:10: number: must be a number from 1 to 100"});
    CHECK(problems_of("flag = { env = 'CALLSTREAM_TEST_WORD' }") ==
          lines{"f:1:8: flag: must be true or false"});
    CHECK(problems_of("text = { env = 5 }") ==
          lines{"f:1:16: text.env: must be a string, not an integer"});
}

TEST_CASE("a value may come from a file, without its last line end", "[core]") {
    const temporary_file unix_file("word\n");
    const temporary_file dos_file("word\r\n");
    const temporary_file bare_file("word");
    const temporary_file two_lines("word\nmore\n");
    const temporary_file empty_file("\n");
    for (const temporary_file* file : {&unix_file, &dos_file, &bare_file}) {
        const outcome out = read("secret = { file = '" + file->path + "' }");
        CHECK(out.problems == lines{});
        CHECK(out.value.hidden.reveal() == "word");
        CHECK(out.value.origin == "file " + file->path);
    }
    CHECK(problems_of("secret = { file = '" + two_lines.path + "' }") ==
          lines{"f:1:10: secret: must not hold line ends or other control characters"});
    CHECK(problems_of("secret = { file = '" + empty_file.path + "' }") ==
          lines{"f:1:10: secret: must not be empty"});
    CHECK(problems_of("secret = { file = '/nowhere/at/all' }") ==
          lines{"f:1:19: secret: file /nowhere/at/all: No such file or directory"});
    const temporary_file huge(std::string(70'000, 'x'));
    CHECK(problems_of("secret = { file = '" + huge.path + "' }") ==
          lines{"f:1:19: secret: file " + huge.path + ": the file is too large"});
}

TEST_CASE("no problem shows a part of a secret", "[core]") {
    const std::string toml = GENERATE(
        as<std::string>{}, "secret = hunter2", "secret = 12hunter2", "secret = 'x'hunter2",
        "secret = \"hunter2", "secret = tru_hunter2", "secret = 'hunter2'\nsecret = 'hunter2'",
        "secret = \"\\u0000hunter2\"", "secret = ['hunter2']", "secret = 77777777777777777777777",
        "size = 'hunter2'", "number = 'hunter2'", "address = 'hunter2:'",
        "secret = { value = 'hunter2' }", "secret = tru7hunter2");
    CAPTURE(toml);
    const std::vector<std::string> problems = problems_of(toml);
    REQUIRE_FALSE(problems.empty());
    for (const std::string& problem : problems) {
        CHECK(problem.find("hunter") == std::string::npos);
        CHECK(problem.find("tru7") == std::string::npos);
        CHECK(problem.find("7777") == std::string::npos);
    }
}

TEST_CASE("a file that cannot be read is a problem", "[core]") {
    const config_document document = read_config_file("/nowhere/callstream.toml");
    REQUIRE(document.problems.size() == 1);
    CHECK(format_problem("/nowhere/callstream.toml", document.problems[0]) ==
          "/nowhere/callstream.toml: the file cannot be opened: No such file or directory");
}

TEST_CASE("the options describe themselves", "[core]") {
    sample unused;
    const auto options =
        describe_config([&unused](config_table& root) { read_sample(root, unused); });
    std::vector<std::string> shown;
    for (const config_option& option : options)
        shown.push_back(option.path + " | " + option.kind + " | " + option.default_value + " | " +
                        std::string(option.about) + (option.required ? " | required" : ""));
    CHECK(shown == lines{"text | text | none | a text", "secret | secret |  | a secret",
                         "flag | true or false | false | a flag", "number | number | 7 | a number",
                         "size | size | 1KiB | a size", "wait | duration | 1s | a wait",
                         "age | duration | 1m | an age",
                         "colour | \"red\", \"green\" or \"blue\" | red | a colour",
                         "list | list of texts | [] | texts",
                         "any | table of any properties |  | anything",
                         "address | text |  | an address", "nested | table |  | a table",
                         "nested.inner | text |  | a text | required", "thing | table |  | things",
                         "thing.NAME | table |  | things", "thing.NAME.n | number | 0 | a number"});
}
