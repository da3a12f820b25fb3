// The table of what becomes of each AMI event: complete, the same as the page made of it, and true.
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include <catch2/catch.hpp>

#include "parsers/ami_catalogue.h"
#include "tests/support/paths.h"
#include "tests/support/replayed_capture.h"

namespace {

using namespace callstream;
using namespace callstream::parsers;
using namespace callstream::test;

// By its path from tests/data.
std::string content_of(const std::string& name) {
    const auto path = data_folder() / name;
    std::ifstream file(path);
    INFO(path.string());
    REQUIRE(file.good());
    return {std::istreambuf_iterator<char>(file), {}};
}

std::map<ami_event, const ami_catalogue_row*> rows_by_event() {
    std::map<ami_event, const ami_catalogue_row*> rows;
    for (const ami_catalogue_row& row : ami_catalogue())
        rows[row.event] = &row;
    return rows;
}

std::set<std::string> types_of(const ami_catalogue_row& row) {
    std::istringstream words{std::string(row.about)};
    std::set<std::string> types;
    for (std::string word; words >> word;)
        types.insert(word.back() == ',' ? word.substr(0, word.size() - 1) : word);
    return types;
}

// What any event may bring with it that shows a channel, or who it belongs to now.
const std::set<std::string> always_possible{"vendor.event",  "call.initiated", "call.merged",
                                            "leg.created",   "leg.ringing",    "leg.answered",
                                            "call.ringing",  "call.answered",  "call.transferred",
                                            "call.diverted", "leg.ended",      "call.ended"};

std::vector<std::string> all_captures() {
    std::vector<std::string> names = capture_names();
    names.push_back("m_mixed");
    return names;
}

}  // namespace

TEST_CASE("every event that Asterisk documents has a row with a reason", "[catalogue]") {
    const auto rows = rows_by_event();
    std::istringstream documented(content_of("asterisk/documented-events.txt"));
    std::size_t count = 0;
    for (std::string name; documented >> name; ++count) {
        INFO(name);
        const auto row = rows.find(ami_event_named(name));
        REQUIRE(row != rows.end());
        if (row->second->use != ami_use::answer) CHECK_FALSE(row->second->about.empty());
    }
    CHECK(count == 214);
}

TEST_CASE("a row that says typed names event types", "[catalogue]") {
    for (const ami_catalogue_row& row : ami_catalogue()) {
        if (row.use != ami_use::typed) continue;
        INFO(name_of(row.event));
        for (const std::string& type : types_of(row)) {
            INFO(type);
            CHECK(event_type_named(type).has_value());
        }
    }
}

TEST_CASE("docs/ami-events.md is what `callstream schema --ami-events` prints", "[catalogue]") {
    // Not CHECK: it would print the page twice.
    const bool is_same = content_of("../../docs/ami-events.md") == ami_catalogue_page();
    CHECK(is_same);
}

TEST_CASE("recorded events become what the table says", "[catalogue]") {
    const auto rows = rows_by_event();
    std::map<std::string, std::set<std::string>> told_of;
    for (const std::string& name : all_captures()) {
        const replayed_capture replayed(name);
        for (const event& told : replayed.events.all())
            told_of[std::string(told.origin.said.event)].insert(
                std::string(info_of(told.type).name));
    }
    std::size_t typed_count = 0;
    for (const auto& [name, types] : told_of) {
        const auto found = rows.find(ami_event_named(name));
        if (found == rows.end()) continue;  // not known by name: passed on
        const ami_catalogue_row& row = *found->second;
        INFO(name);
        const std::set<std::string> named =
            row.use == ami_use::typed ? types_of(row) : std::set<std::string>();
        bool has_named = false;
        for (const std::string& type : types) {
            INFO(type);
            has_named |= named.count(type) == 1;
            CHECK((named.count(type) == 1 || always_possible.count(type) == 1));
        }
        if (row.use != ami_use::typed) continue;
        CHECK(has_named);
        ++typed_count;
    }
    CHECK(typed_count > 50);
}
