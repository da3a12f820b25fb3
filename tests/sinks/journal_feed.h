// A journal in memory and a publisher that fills it with call events, for the tests of sinks.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "core/journal.h"
#include "core/journal_reader.h"
#include "core/publisher.h"

namespace callstream::sinks::test {

// What a sink has to deliver.
struct expected_record {
    std::string key;
    std::string payload;
};

class journal_feed {
public:
    explicit journal_feed(std::string path = ":memory:") {
        journal_settings settings;
        settings.path = std::move(path);
        settings.fsync = fsync_mode::never;
        auto opened = journal::open(settings);
        REQUIRE(opened);
        journal_ = std::move(*opened);
        auto publishing = publisher::open(*journal_, clock_, "hq");
        REQUIRE(publishing);
        publisher_ = std::move(*publishing);
    }

    journal& target() noexcept { return *journal_; }

    std::unique_ptr<journal_reader> reader(std::string_view name = "") {
        auto opened = journal_reader::open(*journal_, name, start_at::oldest);
        REQUIRE(opened);
        return std::move(*opened);
    }

    // `count` more events, spread over `call_count` calls.
    void publish(std::size_t count, std::size_t call_count = 100) {
        for (std::size_t i = 0; i < count; ++i)
            add("call-" + std::to_string(published_count_++ % call_count));
        journal_->publish();
    }

    // One event whose payload is at least `size` long.
    void publish_large(std::size_t size) {
        const std::string padding(size, 'x');
        add("call-large", padding);
        journal_->publish();
    }

    void publish_call(std::string_view call) {
        add(call);
        journal_->publish();
    }

    // Everything published, read back from the journal.
    std::vector<expected_record> expected() {
        std::vector<expected_record> all;
        const auto from_start = reader();
        while (true) {
            const auto read = from_start->next();
            REQUIRE(read);
            if (!*read) return all;
            const record& found = **read;
            all.push_back(
                {std::string(found[attribute::partitionkey]), std::string(found.payload)});
        }
    }

private:
    void add(std::string_view call, std::string_view padding = {}) {
        event made;
        made.type = event_type::call_initiated;
        made.time = timestamp{std::chrono::microseconds{1785415401512345}};
        made.subject = made.partition = call;
        call_event_data data;
        data.call_id = call;
        data.calling.name = padding;
        made.data = data;
        publisher_->publish(made);
    }

    batch_clock clock_;
    std::unique_ptr<journal> journal_;
    std::unique_ptr<publisher> publisher_;
    std::size_t published_count_ = 0;
};

}  // namespace callstream::sinks::test
