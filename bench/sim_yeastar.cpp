#include "bench/sim_yeastar.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "core/digest.h"

namespace callstream::sim {

namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t wrong_count_max = 5;
constexpr milliseconds lock_time = std::chrono::minutes(10);
constexpr milliseconds ticket_life = std::chrono::seconds(30);

constexpr unsigned code_parameters = 10003;
constexpr unsigned code_locked = 20002;
constexpr unsigned code_credentials = 20003;
constexpr unsigned code_token = 20004;

constexpr std::string_view success = R"({"status":"Success"})";

}  // namespace

std::string yeastar_pbx::answer(std::string_view call, std::string_view token,
                                std::string_view body, milliseconds now) {
    const auto parsed = document_.parse(body.empty() ? "{}" : body);
    if (!parsed) return refuse(code_parameters);
    if (call == "login") return log_in(*parsed, now);
    if (!is_valid(token, now)) return refuse(code_token);
    if (call == "heartbeat") {
        ++counters_.heartbeats;
        tokens_.find(token)->second = now + settings_.token_life;
        set_receiver(*parsed);
        return std::string(success);
    }
    if (call == "logout") {
        tokens_.erase(tokens_.find(token));
        return std::string(success);
    }
    if (call != "recording/get_random") return refuse(code_parameters);
    const std::string_view file = (*parsed)["recording"].text();
    const std::string made = make_token();
    tickets_[made] = {std::string(file), now + ticket_life};
    ++counters_.tickets;
    return fmt::format(R"({{"status":"Success","recording":"{}","random":"{}"}})", file, made);
}

std::string yeastar_pbx::log_in(const json_value& body, milliseconds now) {
    if (now < locked_until_) return refuse(code_locked);
    const auto wanted = to_md5_hex({settings_.password});
    if (body["username"].text() != settings_.username || !wanted ||
        body["password"].text() != *wanted) {
        if (++wrong_count_ >= wrong_count_max) locked_until_ = now + lock_time;
        return refuse(code_credentials);
    }
    wrong_count_ = 0;
    ++counters_.logins;
    set_receiver(body);
    const std::string made = make_token();
    tokens_[made] = now + settings_.token_life;
    return fmt::format(R"({{"status":"Success","token":"{}"}})", made);
}

// A login that names a port alone means the address it came from.
void yeastar_pbx::set_receiver(const json_value& body) {
    receiver_ = body["url"].text();
    if (receiver_.empty()) receiver_ = fmt::format("127.0.0.1:{}/", body["port"].text());
}

std::string yeastar_pbx::refuse(unsigned code) {
    ++counters_.refused;
    return fmt::format(R"({{"status":"Failed","errno":"{}"}})", code);
}

bool yeastar_pbx::is_valid(std::string_view token, milliseconds now) const {
    const auto found = tokens_.find(token);
    return found != tokens_.end() && now < found->second;
}

std::string yeastar_pbx::make_token() {
    return fmt::format("{:016x}{:016x}", random_(), random_());
}

bool yeastar_pbx::try_download(std::string_view file, std::string_view ticket_text,
                               std::string_view token, milliseconds now, std::string& bytes) {
    const auto found = tickets_.find(ticket_text);
    const bool fine = found != tickets_.end() && found->second.file == file &&
                      now < found->second.until && is_valid(token, now);
    if (found != tickets_.end()) tickets_.erase(found);
    const std::filesystem::path name = std::filesystem::path(file).filename();
    std::ifstream stored(std::filesystem::path(settings_.recordings) / name, std::ios::binary);
    if (!fine || !stored) {
        bytes = refuse(code_parameters);
        return false;
    }
    bytes.assign(std::istreambuf_iterator<char>(stored), {});
    return true;
}

}  // namespace callstream::sim
