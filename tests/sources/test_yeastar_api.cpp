#include <catch2/catch.hpp>

#include "sources/yeastar_api.h"

using namespace callstream;
using namespace callstream::sources;

namespace {

yeastar_api_settings s_series(const std::string& version) {
    yeastar_api_settings settings;
    settings.url = "https://192.168.5.150:8088/";
    settings.version = version;
    settings.username = "api";
    settings.password = secret("password");
    return settings;
}

yeastar_api_settings p_series() {
    yeastar_api_settings settings = s_series("");
    settings.generation = yeastar_generation::p_series;
    settings.username = "UEnH9Dmv6uBJ";
    settings.password = secret("ZLcXl63S9Et\"");
    return settings;
}

}  // namespace

TEST_CASE("an S-Series login is the documented one", "[yeastar]") {
    const auto request = make_login(s_series("1.0.0"));
    REQUIRE(request.has_value());
    CHECK(request->method == "POST");
    CHECK(request->url == "https://192.168.5.150:8088/api/v1.0.0/login");
    CHECK(request->body ==
          R"({"username":"api","password":"5f4dcc3b5aa765d61d8327deb882cf99","port":"8260"})");
}

TEST_CASE("a login says where reports go, as far as that version understands", "[yeastar]") {
    auto settings = s_series("1.1.0");
    settings.receiver = {"110.22.2.3", 8261, "/report"};
    const auto request = make_login(settings);
    REQUIRE(request.has_value());
    CHECK(request->url == "https://192.168.5.150:8088/api/v1.1.0/login");
    CHECK(request->body ==
          R"({"username":"api","password":"5f4dcc3b5aa765d61d8327deb882cf99","port":"8261",)"
          R"("version":"1.0.2","url":"110.22.2.3:8261/report","urltag":"1"})");
    settings.version = "1.0.1";
    CHECK(make_heartbeat(settings, "48a7d7481a53").url ==
          "https://192.168.5.150:8088/api/v1.0.1/heartbeat?token=48a7d7481a53");
    CHECK(make_heartbeat(settings, "48a7d7481a53").body ==
          R"({"ipaddr":"110.22.2.3","port":"8261","url":"110.22.2.3:8261/report"})");
    settings.version = "2.0.0";
    CHECK(make_heartbeat(settings, "t").body.find(R"("version":"2.0.0")") != std::string::npos);
    CHECK(make_logout(settings, "t&u").url ==
          "https://192.168.5.150:8088/api/v2.0.0/logout?token=t%26u");
}

TEST_CASE("a recording is asked for and fetched as documented", "[yeastar]") {
    const std::string file = "20170901181806-1504261084.7-1001-1003-Internal.wav";
    const auto settings = s_series("1.0.1");
    const http_call_request question = make_recording_question(settings, "3efd4cd64e0d", file);
    CHECK(question.url ==
          "https://192.168.5.150:8088/api/v1.0.1/recording/get_random?token=3efd4cd64e0d");
    CHECK(question.body == R"({"recording":")" + file + R"("})");
    yeastar_answer_reader reader;
    const auto answer = reader.read(R"({"status":"Success","recording":")" + file +
                                    R"(","random":"120732c546381fb020f17fba676b0ea0"})");
    REQUIRE(answer.has_value());
    const auto download = make_recording_download(settings, "3efd4cd64e0d", file, *answer);
    REQUIRE(download.has_value());
    CHECK(download->method == "GET");
    CHECK(download->url ==
          "https://192.168.5.150:8088/api/v1.0.1/recording/download?recording=" + file +
              "&random=120732c546381fb020f17fba676b0ea0&token=3efd4cd64e0d");
    CHECK_FALSE(make_recording_download(settings, "3efd4cd64e0d", file, {}).has_value());
}

TEST_CASE("the P-Series' requests carry its tokens and its secret as it is", "[yeastar]") {
    const auto settings = p_series();
    const auto login = make_login(settings);
    REQUIRE(login.has_value());
    CHECK(login->url == "https://192.168.5.150:8088/openapi/v1.0/get_token");
    CHECK(login->body == R"({"username":"UEnH9Dmv6uBJ","password":"ZLcXl63S9Et\""})");
    CHECK(make_heartbeat(settings, "SCduGecw").url ==
          "https://192.168.5.150:8088/openapi/v1.0/refresh_token");
    CHECK(make_heartbeat(settings, "SCduGecw").body == R"({"refresh_token":"SCduGecw"})");
    CHECK(make_logout(settings, "EXZM").url ==
          "https://192.168.5.150:8088/openapi/v1.0/del_token?access_token=EXZM");
    CHECK(make_recording_question(settings, "EXZM", "a b.wav").url ==
          "https://192.168.5.150:8088/openapi/v1.0/recording/download?access_token=EXZM"
          "&file=a%20b.wav");
}

TEST_CASE("a P-Series recording is fetched from the PBX only", "[yeastar]") {
    yeastar_answer_reader reader;
    const auto answer = reader.read(R"({"errcode":0,"errmsg":"SUCCESS","file":"a.wav",)"
                                    R"("download_resource_url":"/api/d/a.wav"})");
    REQUIRE(answer.has_value());
    const auto download = make_recording_download(p_series(), "EXZM", "a.wav", *answer);
    REQUIRE(download.has_value());
    CHECK(download->url == "https://192.168.5.150:8088/api/d/a.wav?access_token=EXZM");
    const auto location =
        GENERATE("", "http://evil.example/a.wav", "//evil.example/a.wav", "@evil.example/a.wav");
    yeastar_answer hostile;
    hostile.location = location;
    CHECK_FALSE(make_recording_download(p_series(), "EXZM", "a.wav", hostile).has_value());
}

TEST_CASE("answers tell what was refused", "[yeastar]") {
    struct refused {
        const char* body;
        yeastar_refusal refusal;
        std::string_view code;
    };
    const auto one = GENERATE(
        refused{R"({"status":"Success","token":"t"})", yeastar_refusal::none, ""},
        refused{R"({"status":"Failed","errno":"20002"})", yeastar_refusal::locked, "20002"},
        refused{R"({"status":"Failed","errno":20003})", yeastar_refusal::credentials, "20003"},
        refused{R"({"status":"Failed","errno":"20004"})", yeastar_refusal::token, "20004"},
        refused{R"({"status":"Failed","errno":"20006"})", yeastar_refusal::token, "20006"},
        refused{R"({"status":"Failed","errno":"20008"})", yeastar_refusal::request, "20008"},
        refused{R"({"status":"Failed","errno":1e300})", yeastar_refusal::request, "?"},
        refused{R"({"errcode":0,"errmsg":"SUCCESS"})", yeastar_refusal::none, ""},
        refused{R"({"errcode":10004,"errmsg":"ACCESS TOKEN EXPIRED"})", yeastar_refusal::token,
                "10004"},
        refused{R"({"errcode":70004,"errmsg":"Account locked"})", yeastar_refusal::locked, "70004"},
        refused{R"({"errcode":70003,"errmsg":"USER OR PASSWORD ERROR"})",
                yeastar_refusal::credentials, "70003"},
        refused{R"({"errcode":-1e300,"errmsg":"x"})", yeastar_refusal::request, "?"});
    yeastar_answer_reader reader;
    const auto answer = reader.read(one.body);
    REQUIRE(answer.has_value());
    CHECK(answer->refusal == one.refusal);
    CHECK(answer->code == one.code);
}

TEST_CASE("a P-Series login gives both tokens and their life", "[yeastar]") {
    yeastar_answer_reader reader;
    const auto answer = reader.read(
        R"({"errcode":0,"errmsg":"SUCCESS","access_token_expire_time":1800,)"
        R"("access_token":"EXZM","refresh_token_expire_time":86400,"refresh_token":"SCdu"})");
    REQUIRE(answer.has_value());
    CHECK(answer->token == "EXZM");
    CHECK(answer->refresh == "SCdu");
    CHECK(answer->life == std::chrono::seconds(1800));
}

TEST_CASE("what is no answer of such an API is told apart", "[yeastar]") {
    const auto body = GENERATE("", "<html><body>Login</body></html>", "[]", "7", "{}",
                               R"({"status":5})", R"({"errcode":"0"})");
    yeastar_answer_reader reader;
    const auto answer = reader.read(body);
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().code == errc::wrong_protocol);
}
