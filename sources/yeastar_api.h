// The requests of Yeastar's APIs, and what their answers mean. Two generations: that of the
// S-Series (also K2 and Cloud PBX; a token that heartbeats keep alive) and the OpenAPI of the
// P-Series (an access token that is refreshed).
//
// Threads: any; the settings are borrowed for the call only.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/http_client.h"
#include "core/json_reader.h"
#include "core/result.h"
#include "core/secret.h"

namespace callstream::sources {

enum class yeastar_generation : std::uint8_t { s_series, p_series };

// Where the PBX is told to send its reports; only the S-Series is told so by its API.
struct yeastar_receiver {
    std::string host{};  // ours, as the PBX reaches it; empty: where the login came from
    std::uint16_t port = 8260;
    std::string path{};  // such as /push/branch
};

struct yeastar_api_settings {
    yeastar_generation generation = yeastar_generation::s_series;
    std::string url{};             // such as https://192.0.2.10:8088
    std::string version{"1.1.0"};  // of the S-Series' API: 1.0.0 to 2.0.0
    std::string username{};        // the P-Series' client ID
    secret password{};             // the P-Series' client secret
    yeastar_receiver receiver{};
};

enum class yeastar_refusal : std::uint8_t {
    none,
    locked,       // too many wrong passwords came from this address
    credentials,  // username or password is wrong
    token,        // unknown, empty or over
    request,      // anything else
};

struct yeastar_answer {
    yeastar_refusal refusal = yeastar_refusal::none;
    std::string_view code{};       // the PBX's own number of the error
    std::string_view message{};    // and its words, where it has any
    std::string_view token{};      // of a login or a refresh
    std::string_view refresh{};    // the P-Series' other token
    std::chrono::seconds life{0};  // of the token; 0: not said
    std::string_view random{};     // of get_random
    std::string_view location{};   // the P-Series' place of a recording
};

// Where an answer's text lives; valid until the next answer is read.
class yeastar_answer_reader {
public:
    // Fails with wrong_protocol when this is no answer of such an API, a login page for example.
    result<yeastar_answer> read(std::string_view body);

private:
    yeastar_answer read_s_series(json_value answer);
    yeastar_answer read_p_series(json_value answer, double code);

    json_document document_;
    std::string code_;
};

// Fails with bad_config where the system's OpenSSL forbids MD5.
result<http_call_request> make_login(const yeastar_api_settings& settings);
// Extends the token's life (S-Series), or asks for the next one (P-Series, with its refresh token).
http_call_request make_heartbeat(const yeastar_api_settings& settings, std::string_view token);
http_call_request make_logout(const yeastar_api_settings& settings, std::string_view token);

// The way to a recording: a first answer names its place, which is valid for a short time, once.
http_call_request make_recording_question(const yeastar_api_settings& settings,
                                          std::string_view token, std::string_view file);
// Fails with not_found when the answer names no place.
result<http_call_request> make_recording_download(const yeastar_api_settings& settings,
                                                  std::string_view token, std::string_view file,
                                                  const yeastar_answer& answer);

// `text` as a value in a query: what has a meaning there is percent-encoded.
std::string percent_encoded(std::string_view text);

}  // namespace callstream::sources
