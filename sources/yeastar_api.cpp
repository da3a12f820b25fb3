#include "sources/yeastar_api.h"

#include <array>
#include <cctype>
#include <initializer_list>
#include <utility>

#include "core/digest.h"
#include "core/json_output.h"

namespace callstream::sources {

namespace {

constexpr std::size_t answer_size_max = 64 * 1024;

using json_member = std::pair<std::string_view, std::string_view>;

// An object of texts; members without a value are left out.
std::string to_json(std::initializer_list<json_member> members) {
    constexpr std::size_t escaped_size_max = 6;  // of one byte: \u001f
    std::size_t size_max = 2;
    for (const json_member& member : members)
        size_max += member.first.size() + escaped_size_max * member.second.size() + 6;
    std::string text(size_max, '\0');
    json_writer writer;
    writer.begin(text);
    writer.StartObject();
    for (const json_member& member : members) {
        if (member.second.empty()) continue;
        writer.key(member.first);
        writer.text(member.second);
    }
    writer.EndObject();
    text.resize(writer.size());
    return text;
}

bool is_p_series(const yeastar_api_settings& settings) {
    return settings.generation == yeastar_generation::p_series;
}

std::string url_of(const yeastar_api_settings& settings, std::string_view call) {
    std::string url = settings.url;
    while (!url.empty() && url.back() == '/')
        url.pop_back();
    url += is_p_series(settings) ? "/openapi/v1.0/" : "/api/v" + settings.version + '/';
    return url.append(call);
}

std::string with_token(const yeastar_api_settings& settings, std::string_view call,
                       std::string_view token) {
    return url_of(settings, call) + (is_p_series(settings) ? "?access_token=" : "?token=") +
           percent_encoded(token);
}

http_call_request post(std::string url, std::string body) {
    http_call_request request;
    request.method = "POST";
    request.url = std::move(url);
    request.headers = {"Content-Type: application/json; charset=utf-8"};
    request.body = std::move(body);
    request.answer_size_max = answer_size_max;
    return request;
}

http_call_request get(std::string url) {
    http_call_request request;
    request.url = std::move(url);
    request.answer_size_max = answer_size_max;
    return request;
}

// The format of the reports. 1.0.2 is 1.0 as valid JSON; PBXes of 1.0.x know no such wish.
std::string_view report_version_of(const yeastar_api_settings& settings) {
    if (settings.version.starts_with("2")) return "2.0.0";
    return settings.version.starts_with("1.0") ? "" : "1.0.2";
}

// With the tag 1 it is absolute: address, port and path.
std::string report_url_of(const yeastar_receiver& receiver) {
    if (receiver.host.empty()) return {};
    return receiver.host + ':' + std::to_string(receiver.port) + receiver.path;
}

std::string_view report_url_tag_of(const yeastar_api_settings& settings) {
    const bool absolute = !settings.receiver.host.empty() && !report_version_of(settings).empty();
    return absolute ? "1" : "";
}

// A number beyond these bounds is none of the API's, and a cast of it is undefined.
std::string text_of_code(double code) {
    return code > 0 && code < 1e9 ? std::to_string(static_cast<long>(code)) : "?";
}

yeastar_refusal refusal_of_code(std::string_view code) {
    if (code == "20002") return yeastar_refusal::locked;
    if (code == "20003") return yeastar_refusal::credentials;
    if (code == "20004" || code == "20005" || code == "20006") return yeastar_refusal::token;
    return yeastar_refusal::request;
}

bool holds(std::string_view text, std::string_view word) {
    const auto upper = [](char c) { return std::toupper(static_cast<unsigned char>(c)); };
    for (std::size_t at = 0; at + word.size() <= text.size(); ++at) {
        std::size_t same = 0;
        while (same < word.size() && upper(text[at + same]) == word[same])
            ++same;
        if (same == word.size()) return true;
    }
    return false;
}

// The P-Series' numbers differ between its firmwares; its words do not.
yeastar_refusal refusal_of_message(std::string_view message) {
    if (holds(message, "LOCK")) return yeastar_refusal::locked;
    if (holds(message, "TOKEN")) return yeastar_refusal::token;
    if (holds(message, "USER") || holds(message, "PASSWORD") || holds(message, "CLIENT"))
        return yeastar_refusal::credentials;
    return yeastar_refusal::request;
}

}  // namespace

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                           (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_' || c == '~';
        if (plain)
            out += c;
        else
            out.append({'%', digits[byte >> 4], digits[byte & 15]});
    }
    return out;
}

result<yeastar_answer> yeastar_answer_reader::read(std::string_view body) {
    const auto parsed = document_.parse(body);
    if (!parsed) return failure(errc::wrong_protocol, "the answer is no JSON of a Yeastar API");
    const json_value answer = *parsed;
    if (!answer["status"].text().empty()) return read_s_series(answer);
    if (const auto code = answer["errcode"].number()) return read_p_series(answer, *code);
    return failure(errc::wrong_protocol, "the answer is not that of a Yeastar API");
}

yeastar_answer yeastar_answer_reader::read_s_series(json_value answer) {
    yeastar_answer read;
    if (answer["status"].text() != "Success") {
        const json_value code = answer["errno"];
        code_ = code.text();
        if (const auto number = code.number()) code_ = text_of_code(*number);
        read.code = code_;
        read.refusal = refusal_of_code(code_);
    }
    read.token = answer["token"].text();
    read.random = answer["random"].text();
    return read;
}

yeastar_answer yeastar_answer_reader::read_p_series(json_value answer, double code) {
    constexpr double life_max_s = 7 * 24 * 3600;
    yeastar_answer read;
    read.message = answer["errmsg"].text();
    if (code != 0) {
        code_ = text_of_code(code);
        read.code = code_;
        read.refusal = refusal_of_message(read.message);
    }
    read.token = answer["access_token"].text();
    read.refresh = answer["refresh_token"].text();
    const double life = answer["access_token_expire_time"].number().value_or(0);
    if (life > 0 && life < life_max_s)
        read.life = std::chrono::seconds(static_cast<std::int64_t>(life));
    read.location = answer["download_resource_url"].text();
    return read;
}

result<http_call_request> make_login(const yeastar_api_settings& settings) {
    const std::string& password = settings.password.reveal();
    if (is_p_series(settings))
        return post(url_of(settings, "get_token"),
                    to_json({{"username", settings.username}, {"password", password}}));
    const auto digest = to_md5_hex({password});
    if (!digest) return failure(errc::bad_config, "this system's OpenSSL forbids MD5");
    return post(url_of(settings, "login"),
                to_json({{"username", settings.username},
                         {"password", *digest},
                         {"port", std::to_string(settings.receiver.port)},
                         {"version", report_version_of(settings)},
                         {"url", report_url_of(settings.receiver)},
                         {"urltag", report_url_tag_of(settings)}}));
}

http_call_request make_heartbeat(const yeastar_api_settings& settings, std::string_view token) {
    if (is_p_series(settings))
        return post(url_of(settings, "refresh_token"), to_json({{"refresh_token", token}}));
    return post(with_token(settings, "heartbeat", token),
                to_json({{"ipaddr", settings.receiver.host},
                         {"port", std::to_string(settings.receiver.port)},
                         {"version", report_version_of(settings)},
                         {"url", report_url_of(settings.receiver)},
                         {"urltag", report_url_tag_of(settings)}}));
}

http_call_request make_logout(const yeastar_api_settings& settings, std::string_view token) {
    if (is_p_series(settings)) return get(with_token(settings, "del_token", token));
    return post(with_token(settings, "logout", token), "{}");
}

http_call_request make_recording_question(const yeastar_api_settings& settings,
                                          std::string_view token, std::string_view file) {
    if (is_p_series(settings))
        return get(with_token(settings, "recording/download", token) +
                   "&file=" + percent_encoded(file));
    return post(with_token(settings, "recording/get_random", token),
                to_json({{"recording", file}}));
}

result<http_call_request> make_recording_download(const yeastar_api_settings& settings,
                                                  std::string_view token, std::string_view file,
                                                  const yeastar_answer& answer) {
    if (!is_p_series(settings)) {
        if (answer.random.empty())
            return failure(errc::not_found, "the PBX gave no ticket for the recording");
        return get(url_of(settings, "recording/download") + "?recording=" + percent_encoded(file) +
                   "&random=" + percent_encoded(answer.random) +
                   "&token=" + percent_encoded(token));
    }
    // Another server's place would be shown our token.
    if (!answer.location.starts_with('/') || answer.location.starts_with("//"))
        return failure(errc::not_found, "the PBX named no place of its own for the recording");
    std::string url = settings.url;
    while (!url.empty() && url.back() == '/')
        url.pop_back();
    return get(url + std::string(answer.location) + "?access_token=" + percent_encoded(token));
}

}  // namespace callstream::sources
