#include <fstream>

#include <catch2/catch.hpp>

#include "sources/recording_upload.h"
#include "tests/sources/source_fixture.h"
#include "tests/support/loopback_server.h"
#include "tests/support/temporary_directory.h"

using namespace callstream;
using namespace callstream::sources;
using namespace callstream::test;

namespace {

recording_bucket bucket_at(const std::string& endpoint) {
    recording_bucket bucket;
    bucket.endpoint = endpoint;
    bucket.name = "sounds";
    bucket.region = "eu-central-1";
    bucket.access_key = "AKID";
    bucket.secret_key = secret("key");
    return bucket;
}

const stored_recording stored{"/spool/one.wav", std::string(64, 'a'), 5};

struct uploading : source_fixture {
    bool put(const recording_bucket& bucket, const stored_recording& what) {
        http_client client(home, {});
        recording_upload upload(client, bucket);
        outcome.reset();
        upload.start("hq/a b.wav", what, [&](const result<void>& ended) {
            outcome.emplace(ended);
            detail = upload.detail();
            refuses = upload.refuses_this_one();
        });
        return run_until([&] { return outcome.has_value(); });
    }

    std::optional<result<void>> outcome;
    std::string detail;
    bool refuses = false;
};

}  // namespace

TEST_CASE("an object's address is a path of the endpoint, or its name is in the host", "[s3]") {
    CHECK(make_upload(bucket_at("https://s3.example.com"), "hq/1+2@3 4.wav", stored).url ==
          "https://s3.example.com/sounds/hq/1%2B2%403%204.wav");
    CHECK(make_upload(bucket_at("https://{bucket}.s3.example.com:9000"), "a.wav", stored).url ==
          "https://sounds.s3.example.com:9000/a.wav");
    CHECK(address_in(bucket_at(""), "hq/a.wav") == "s3://sounds/hq/a.wav");
    const auto request = make_upload(bucket_at("https://s3.example.com"), "a.wav", stored);
    CHECK(request.headers ==
          std::vector<std::string>{"x-amz-content-sha256: " + std::string(64, 'a')});
    CHECK(request.signed_for == "aws:amz:eu-central-1:s3");
    CHECK(request.body_file == "/spool/one.wav");
}

TEST_CASE("a stored recording is put with its checksum under the signature", "[s3]") {
    const temporary_directory directory;
    const std::string path = directory / "one.wav";
    std::ofstream(path, std::ios::binary) << "sound";
    std::string heard;
    loopback_server server([&](peer& client) {
        heard = client.read_until("\r\n\r\n");
        heard += client.read_size(5);
        client.send("HTTP/1.1 200 OK\r\nETag: \"x\"\r\nContent-Length: 0\r\n\r\n");
    });
    uploading one;
    const recording_bucket bucket = bucket_at("http://127.0.0.1:" + std::to_string(server.port()));
    REQUIRE(one.put(bucket, {path, std::string(64, 'b'), 5}));
    CHECK(one.outcome->has_value());
    server.wait();
    CHECK(heard.starts_with("PUT /sounds/hq/a%20b.wav HTTP/1.1\r\n"));
    CHECK(heard.find("x-amz-content-sha256: " + std::string(64, 'b')) != std::string::npos);
    CHECK(heard.find("SignedHeaders=host;x-amz-content-sha256;x-amz-date") != std::string::npos);
    CHECK(heard.find("key\r\n") == std::string::npos);
    CHECK(heard.ends_with("sound"));
}

TEST_CASE("what a bucket says against it is told in its own word", "[s3]") {
    struct refusal {
        std::string status;
        std::string code;
        errc expected;
        std::string what;
    };
    const auto given = GENERATE(
        refusal{"403 Forbidden", "SignatureDoesNotMatch", errc::refused,
                "the bucket refused our key, or its signature"},
        refusal{"404 Not Found", "NoSuchBucket", errc::not_found, "there is no such bucket"},
        refusal{"503 Slow Down", "SlowDown", errc::disconnected,
                "the bucket answered with an error"},
        refusal{"400 Bad Request", "XAmzContentSHA256Mismatch", errc::refused,
                "the bucket did not take the recording"},
        refusal{"507 Insufficient Storage", "QuotaExceeded", errc::full, "the bucket has no room"});
    const temporary_directory directory;
    const std::string path = directory / "one.wav";
    std::ofstream(path, std::ios::binary) << "sound";
    loopback_server server([&](peer& client) {
        client.read_until("\r\n\r\n");
        client.read_size(5);
        const std::string body =
            "<?xml version=\"1.0\"?><Error><Code>" + given.code + "</Code></Error>";
        client.send("HTTP/1.1 " + given.status +
                    "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    });
    uploading one;
    const recording_bucket bucket = bucket_at("http://127.0.0.1:" + std::to_string(server.port()));
    REQUIRE(one.put(bucket, {path, std::string(64, 'b'), 5}));
    REQUIRE_FALSE(one.outcome->has_value());
    CHECK(one.outcome->error().code == given.expected);
    CHECK(one.outcome->error().what == given.what);
    CHECK(one.refuses == (given.code == "XAmzContentSHA256Mismatch"));
    CHECK(one.detail ==
          "s3://sounds/hq/a b.wav; HTTP status " + given.status.substr(0, 3) + ", " + given.code);
}
