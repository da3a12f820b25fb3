// What an S-Series PBX knows of its API's users: who is logged in until when, where each wants his
// reports, which recordings may be fetched. Five wrong passwords lock an address out for ten
// minutes; a token ends without heartbeats; a download's ticket is valid once, for 30 seconds.
//
// Threads: the loop's.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "core/json_reader.h"

namespace callstream::sim {

struct yeastar_settings {
    std::string username = "api";
    std::string password = "secret";
    std::string recordings;  // a directory; empty: none
    std::chrono::seconds token_life{1800};
};

struct yeastar_counters {
    std::uint64_t logins = 0;
    std::uint64_t heartbeats = 0;
    std::uint64_t refused = 0;
    std::uint64_t tickets = 0;
};

class yeastar_pbx {
public:
    using milliseconds = std::chrono::milliseconds;

    explicit yeastar_pbx(const yeastar_settings& settings) : settings_(settings) {}

    // The answer to a call such as "login", as JSON.
    std::string answer(std::string_view call, std::string_view token, std::string_view body,
                       milliseconds now);
    // Takes the ticket. False, and an answer, if there is no such recording or right to it.
    bool try_download(std::string_view file, std::string_view ticket, std::string_view token,
                      milliseconds now, std::string& bytes);

    void forget_tokens() { tokens_.clear(); }
    // Where the last login or heartbeat wants its reports: ADDRESS:PORT/PATH; empty before it.
    const std::string& receiver() const noexcept { return receiver_; }
    std::size_t token_count() const noexcept { return tokens_.size(); }
    std::uint64_t wrong_count() const noexcept { return wrong_count_; }
    const yeastar_counters& counters() const noexcept { return counters_; }

private:
    struct ticket {
        std::string file;
        milliseconds until;
    };

    std::string log_in(const json_value& body, milliseconds now);
    std::string refuse(unsigned code);
    void set_receiver(const json_value& body);
    bool is_valid(std::string_view token, milliseconds now) const;
    std::string make_token();

    const yeastar_settings& settings_;
    std::mt19937_64 random_{std::random_device{}()};
    json_document document_;
    std::map<std::string, milliseconds, std::less<>> tokens_;  // until when
    std::map<std::string, ticket, std::less<>> tickets_;
    std::string receiver_;
    std::uint64_t wrong_count_ = 0;  // in a row
    milliseconds locked_until_{0};
    yeastar_counters counters_;
};

}  // namespace callstream::sim
