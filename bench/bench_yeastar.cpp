// Pushed call reports of Yeastar-style PBXes: how long a report of each recorded shape takes to be
// read, beside simdjson walking over the same JSON without keeping anything, which is the least
// that a reader of it does.
//
// Both run in turns; the best round of each counts.
//
//   bench_yeastar REPORTS     a report on each line
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

#include "bench/allocation_count.h"
#include "core/limits.h"
#include "parsers/yeastar_report.h"

namespace callstream::bench {

namespace {

using clock = std::chrono::steady_clock;
namespace ondemand = simdjson::ondemand;

constexpr int round_count = 200;

// Reports that both can read, each with the spare bytes behind it that both may look at.
struct reports {
    std::vector<std::string> bodies;
    std::size_t bytes = 0;

    void take(std::string_view line) {
        bytes += line.size();
        bodies.emplace_back(line).append(limits::slab_spare_size, '\0');
    }
    static std::string_view body_of(const std::string& padded) {
        return std::string_view(padded).substr(0, padded.size() - limits::slab_spare_size);
    }
};

// Every value once; names, numbers and texts are read and dropped.
class walker {
public:
    bool walk(std::string_view body) {
        ondemand::document document;
        if (parser_.iterate(body.data(), body.size(), body.size() + limits::slab_spare_size)
                .get(document) != simdjson::SUCCESS)
            return false;
        ondemand::value root;
        return document.get_value().get(root) == simdjson::SUCCESS && walk(root);
    }
    std::size_t seen() const noexcept { return seen_; }

private:
    bool walk(ondemand::value value) {
        ondemand::json_type type{};
        if (value.type().get(type) != simdjson::SUCCESS) return false;
        if (type == ondemand::json_type::object) return walk_object(value);
        if (type == ondemand::json_type::array) return walk_array(value);
        seen_ += value.raw_json_token().size();
        return true;
    }
    bool walk_object(ondemand::value value) {
        ondemand::object members;
        if (value.get_object().get(members) != simdjson::SUCCESS) return false;
        for (auto each : members) {
            ondemand::field field;
            std::string_view name;
            if (std::move(each).get(field) != simdjson::SUCCESS) return false;
            if (field.unescaped_key().get(name) != simdjson::SUCCESS) return false;
            seen_ += name.size();
            if (!walk(field.value())) return false;
        }
        return true;
    }
    bool walk_array(ondemand::value value) {
        ondemand::array elements;
        if (value.get_array().get(elements) != simdjson::SUCCESS) return false;
        for (auto each : elements) {
            ondemand::value element;
            if (std::move(each).get(element) != simdjson::SUCCESS || !walk(element)) return false;
        }
        return true;
    }

    ondemand::parser parser_;
    std::size_t seen_ = 0;
};

reports load(const std::string& name) {
    parsers::yeastar_reader reader;
    walker floor;
    reports taken;
    std::ifstream source(name);
    for (std::string line; std::getline(source, line);) {
        reports one;
        one.take(line);
        const std::string_view body = reports::body_of(one.bodies.front());
        if (reader.read(body).accepted() && floor.walk(body)) taken.take(line);
    }
    return taken;
}

template <class Each>
clock::duration timed(const reports& all, const Each& each) {
    const auto begin = clock::now();
    for (const std::string& padded : all.bodies)
        each(reports::body_of(padded));
    return clock::now() - begin;
}

int run(const std::string& name) {
    const reports all = load(name);
    if (all.bodies.empty()) {
        std::fprintf(stderr, "bench_yeastar: %s holds no reports\n", name.c_str());
        return 1;
    }
    parsers::yeastar_reader reader;
    walker floor;
    std::size_t fields = 0;
    auto ours = clock::duration::max();
    auto theirs = clock::duration::max();
    std::uint64_t allocations = 0;
    for (int round = 0; round < round_count; ++round) {
        const std::uint64_t before = allocation_count();
        ours = std::min(ours, timed(all, [&](std::string_view body) {
                            if (reader.read(body).accepted())
                                fields += reader.report().fields.size();
                        }));
        allocations = allocation_count() - before;
        theirs = std::min(theirs, timed(all, [&](std::string_view body) { floor.walk(body); }));
    }
    const auto count = static_cast<double>(all.bodies.size());
    const auto ns = [count](clock::duration best) {
        return std::chrono::duration<double, std::nano>(best).count() / count;
    };
    std::printf("%zu reports, %.0f bytes and %.1f values each (%zu)\n", all.bodies.size(),
                static_cast<double>(all.bytes) / count,
                static_cast<double>(fields) / round_count / count, floor.seen() % 10);
    std::printf("callstream %8.1f ns a report  %.2f allocations\n", ns(ours),
                static_cast<double>(allocations) / count);
    std::printf("simdjson   %8.1f ns a report\n", ns(theirs));
    return 0;
}

}  // namespace

}  // namespace callstream::bench

int main(int argument_count, char** arguments) {
    if (argument_count != 2) {
        std::fprintf(stderr, "usage: bench_yeastar REPORTS\n");
        return 1;
    }
    return callstream::bench::run(arguments[1]);
}
