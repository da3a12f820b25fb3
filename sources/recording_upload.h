// A stored recording's way into a bucket that speaks S3: a PUT that is signed (AWS Signature V4)
// and carries the checksum, so that the bucket takes nothing else than what was stored.
//
// Lifetime: the client and the bucket's settings outlive it.
// Threads:  the loop's, which waits for the disk: not the home loop.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/http_client.h"
#include "core/secret.h"
#include "sources/recording_file.h"

namespace callstream::sources {

// Where in an endpoint the bucket's name stands, if the name of the host has it.
inline constexpr std::string_view bucket_placeholder = "{bucket}";

struct recording_bucket {
    std::string endpoint{};  // https://s3.example.com, or https://{bucket}.s3.example.com
    std::string name{};
    std::string region{"us-east-1"};
    std::string access_key{};
    secret secret_key{};
    http_client_settings http{};
};

// Of an object: s3://BUCKET/KEY for people, and where it is put.
std::string address_in(const recording_bucket& bucket, const std::string& key);
http_call_request make_upload(const recording_bucket& bucket, const std::string& key,
                              const stored_recording& stored);

class recording_upload final : http_receiver {
public:
    using handler = std::function<void(const result<void>& outcome)>;

    recording_upload(http_client& client, const recording_bucket& bucket)
        : bucket_(bucket), call_(client, *this) {}

    void start(const std::string& key, const stored_recording& stored, handler on_done);
    // After a failure: the bucket answers, and what it says is about this recording alone.
    bool refuses_this_one() const noexcept;
    // Where it should go, and the bucket's or the system's words about a failure.
    const std::string& detail() const noexcept { return detail_; }

private:
    result<void> on_head(const http_answer_head& head) override;
    result<void> on_body(std::string_view piece) override;
    void on_done(const result<void>& outcome) override;
    error refusal() const;

    const recording_bucket& bucket_;
    http_call call_;
    handler on_done_;
    int status_ = 0;
    std::string body_;
    std::string address_;
    std::string detail_;
};

}  // namespace callstream::sources
