// A real Apache Kafka for one test; see tests/support/kafka/kafka.py.
//
// Lifetime: the broker is killed, and its directory removed, with the object.
// Threads:  one; each call waits for the script.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <catch2/catch.hpp>

#include "tests/sinks/kafka_check.h"
#include "tests/support/paths.h"

namespace callstream::sinks::test {

class real_kafka {
public:
    real_kafka() {
        std::string pattern = std::filesystem::temp_directory_path() / "callstream-kafka-XXXXXX";
        REQUIRE(mkdtemp(pattern.data()) != nullptr);
        directory_ = pattern;
        REQUIRE(start());
    }
    ~real_kafka() {
        run("kill");
        std::filesystem::remove_all(directory_);
    }
    real_kafka(const real_kafka&) = delete;
    real_kafka& operator=(const real_kafka&) = delete;

    [[nodiscard]] bool start() { return run("start"); }  // again: with the same data
    [[nodiscard]] bool kill() { return run("kill"); }
    void create_topic(const std::string& topic, int partition_count) {
        REQUIRE(run("create-topic", topic + ' ' + std::to_string(partition_count)));
    }

    std::string address() const {
        std::string port;
        std::ifstream(directory_ / "port") >> port;
        return "127.0.0.1:" + port;
    }

    // All records of `topic`, read by Kafka's own console consumer.
    std::vector<stored_record> read(const std::string& topic) {
        const std::string file = directory_ / "consumed";
        REQUIRE(run("consume", topic + ' ' + file));
        std::vector<stored_record> stored;
        std::ifstream lines(file);
        stored_record one;
        while (lines >> one.partition >> one.offset && lines.get() == '\t' &&
               std::getline(lines, one.key, '\t') && std::getline(lines, one.value))
            stored.push_back(one);
        return stored;
    }

private:
    bool run(const std::string& command, const std::string& arguments = "") const {
        const std::string script = callstream::test::support_folder() / "kafka/kafka.py";
        const std::string line =
            "python3 " + script + ' ' + command + ' ' + directory_.string() + ' ' + arguments;
        return std::system(line.c_str()) == 0;
    }

    std::filesystem::path directory_;
};

}  // namespace callstream::sinks::test
