#include "sources/recording_upload.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "sources/repeated_failure.h"

namespace callstream::sources {

namespace {

constexpr std::size_t refusal_size_max = 16 * 1024;
constexpr std::size_t code_size_max = 64;

// As S3 encodes a key: what is signed is what is sent.
std::string encoded(std::string_view key) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : key) {
        const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                           (c >= 'a' && c <= 'z') ||
                           std::string_view("-_.~/").find(c) != std::string_view::npos;
        const auto byte = static_cast<unsigned char>(c);
        if (plain)
            out.push_back(c);
        else
            out.append({'%', digits[byte >> 4U], digits[byte & 15U]});
    }
    return out;
}

// <Code>NoSuchBucket</Code>: the refusal in one word.
std::string code_in(std::string_view body) {
    constexpr std::string_view begin = "<Code>";
    const std::size_t at = body.find(begin);
    if (at == body.npos) return {};
    body.remove_prefix(at + begin.size());
    std::string code(body.substr(0, std::min(body.find('<'), code_size_max)));
    for (const char c : code)
        if ((c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '0' || c > '9')) return {};
    return code;
}

}  // namespace

std::string address_in(const recording_bucket& bucket, const std::string& key) {
    return "s3://" + bucket.name + '/' + key;
}

http_call_request make_upload(const recording_bucket& bucket, const std::string& key,
                              const stored_recording& stored) {
    http_call_request request;
    request.method = "PUT";
    request.url = bucket.endpoint;
    const std::size_t at = request.url.find(bucket_placeholder);
    if (at == request.url.npos)
        request.url.append("/").append(bucket.name);
    else
        request.url.replace(at, bucket_placeholder.size(), bucket.name);
    request.url.append("/").append(encoded(key));
    request.headers = {"x-amz-content-sha256: " + stored.sha256};
    request.login = http_login::aws_v4;
    request.username = bucket.access_key;
    request.password = bucket.secret_key;
    request.signed_for = "aws:amz:" + bucket.region + ":s3";
    request.body_file = stored.path;
    request.offers_gzip = false;
    request.total_timeout = std::chrono::milliseconds(0);
    return request;
}

void recording_upload::start(const std::string& key, const stored_recording& stored,
                             handler on_done) {
    status_ = 0;
    body_.clear();
    detail_.clear();
    address_ = address_in(bucket_, key);
    on_done_ = std::move(on_done);
    call_.start(make_upload(bucket_, key, stored));
}

result<void> recording_upload::on_head(const http_answer_head& head) {
    status_ = head.status();
    return {};
}

result<void> recording_upload::on_body(std::string_view piece) {
    body_.append(piece.substr(0, refusal_size_max - std::min(refusal_size_max, body_.size())));
    return {};
}

void recording_upload::on_done(const result<void>& outcome) {
    const handler told = std::exchange(on_done_, nullptr);
    if (!outcome) {
        status_ = 0;
        detail_ = with_hint(address_, call_.detail());
        return told(outcome);
    }
    if (status_ >= 200 && status_ < 300) return told({});
    detail_ = address_ + "; HTTP status " + std::to_string(status_);
    if (const std::string code = code_in(body_); !code.empty()) detail_ += ", " + code;
    told(tl::unexpected(refusal()));
}

// A wrong key, a bucket that is not there yet, and too many requests pass, as an outage does.
bool recording_upload::refuses_this_one() const noexcept {
    constexpr std::array passing{401, 403, 404, 408, 429};
    return status_ >= 400 && status_ < 500 &&
           std::find(passing.begin(), passing.end(), status_) == passing.end();
}

error recording_upload::refusal() const {
    if (status_ == 404) return {errc::not_found, "there is no such bucket"};
    if (status_ == 401 || status_ == 403)
        return {errc::refused, "the bucket refused our key, or its signature"};
    if (status_ == 507) return {errc::full, "the bucket has no room"};
    if (status_ >= 500) return {errc::disconnected, "the bucket answered with an error"};
    return {errc::refused, "the bucket did not take the recording"};
}

}  // namespace callstream::sources
