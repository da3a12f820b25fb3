// Telephone numbers as a sink gets them.
#include <string>

#include <catch2/catch.hpp>

#include "core/digest.h"
#include "core/json_reader.h"
#include "sinks/number_shaper.h"
#include "sinks/phone_number.h"

using namespace callstream;
using namespace callstream::sinks;

namespace {

number_settings masked(std::size_t shorter_than = 0) {
    number_settings settings;
    settings.form = number_form::masked;
    settings.shorter_than = shorter_than;
    return settings;
}

number_settings hashed() {
    number_settings settings;
    settings.form = number_form::hashed;
    settings.key = secret("a key of sixteen characters");
    return settings;
}

std::string hash_of(std::string_view number) {
    return to_hmac_sha256_hex("a key of sixteen characters", number).substr(0, 32);
}

std::string shaped(const number_settings& settings, std::string_view data) {
    number_shaper shaper(settings, {{"hq", "DE"}, {"ny", "US"}});
    const std::string first(shaper.shape(data, "hq"));
    CHECK(shaper.shape(data, "hq") == first);  // the same each time
    CHECK(json_document().parse(first));
    return first;
}

}  // namespace

TEST_CASE("HMAC-SHA256 is that of RFC 4231", "[core]") {
    CHECK(to_hmac_sha256_hex("Jefe", "what do ya want for nothing?") ==
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST_CASE("numbers of parties are masked but for their last digits", "[numbers]") {
    CHECK(shaped(masked(),
                 R"({"calling":{"number":"+49301234567","name":"Alice 12","device":null},)"
                 R"("called":{"number":"200"},"answering":{"number":null}})") ==
          R"({"calling":{"number":"+********567","name":"Alice 12","device":null},)"
          R"("called":{"number":"200"},"answering":{"number":null}})");
    number_settings all = masked();
    all.keep_last = 0;
    CHECK(shaped(all, R"({"called":{"number":"200"}})") == R"({"called":{"number":"***"}})");
    CHECK(shaped(masked(5), R"({"a":{"number":"2001"},"b":{"number":"20012"}})") ==
          R"({"a":{"number":"2001"},"b":{"number":"**012"}})");
}

TEST_CASE("numbers within names, channels and arguments are found", "[numbers]") {
    CHECK(shaped(masked(), R"({"calling":{"name":"0301234567","device":"SIP/0301234567"}})") ==
          R"({"calling":{"name":"*******567","device":"SIP/*******567"}})");
    CHECK(
        shaped(masked(),
               R"({"channel":"Local/0301234567@out-00000012;1",)"
               R"("application_data":"SIP/trunk/+49301234567,60","recording":"0301234567.wav"})") ==
        R"({"channel":"Local/*******567@out-*****012;1",)"
        R"("application_data":"SIP/trunk/+********567,60","recording":"0301234567.wav"})");
}

TEST_CASE("headers that are named after numbers are changed, others not", "[numbers]") {
    CHECK(
        shaped(masked(),
               R"({"headers":[["Event","Newexten"],["CallerIDNum","0301234567"],)"
               R"(["callerid","\"Bob\" <0301234567>"],["Exten","s"],["Uniqueid","1795228097.42"],)"
               R"(["Channel","PJSIP/0301234567-1"],["Timestamp","1795228097.372826"],)"
               R"(["DNID","\u0041030123"]]})") ==
        R"({"headers":[["Event","Newexten"],["CallerIDNum","*******567"],)"
        R"(["callerid","\"Bob\" <*******567>"],["Exten","s"],["Uniqueid","1795228097.42"],)"
        R"(["Channel","PJSIP/*******567-1"],["Timestamp","1795228097.372826"],)"
        R"(["DNID","\u0041***123"]]})");
}

TEST_CASE("a keyed hash is the same for one number, however it was written", "[numbers]") {
    number_settings settings = hashed();
    settings.e164 = true;
    const std::string hash = hash_of("+49301234567");
    CHECK(shaped(settings, R"({"a":{"number":"+49 30 1234567"},"b":{"number":"0301234567"},)"
                           R"("c":{"number":"0049301234567"},"d":{"number":"200"}})") ==
          R"({"a":{"number":")" + hash + R"("},"b":{"number":")" + hash + R"("},"c":{"number":")" +
              hash + R"("},"d":{"number":")" + hash_of("200") + R"("}})");
    CHECK(shaped(hashed(), R"({"a":{"number":"0301234567"}})") ==
          R"({"a":{"number":")" + hash_of("0301234567") + R"("}})");
}

TEST_CASE("numbers go to E.164 where the country makes them certain", "[numbers]") {
    CHECK(to_e164("030 1234567", "DE") == "+49301234567");
    CHECK(to_e164("+1 (212) 555-2368", "DE") == "+12125552368");
    CHECK(to_e164("0012125552368", "DE") == "+12125552368");
    CHECK(to_e164("2125552368", "US") == "+12125552368");
    CHECK(to_e164("12125552368", "US") == "+12125552368");
    CHECK(to_e164("13800138000", "CN") == "+8613800138000");
    for (const char* number : {"200", "1234567", "30 1234567", "49301234567", "s", "", "*97",
                               "+4930", "00301234567", "030x1234567", "+4930123456789012345"})
        CHECK_FALSE(to_e164(number, "DE"));
    CHECK_FALSE(to_e164("0301234567", ""));
    CHECK(to_e164("+49301234567", "") == "+49301234567");
    CHECK(is_country("DE"));
    CHECK_FALSE(is_country("de"));
    CHECK_FALSE(is_country("Germany"));
}

TEST_CASE("plain E.164 leaves names of channels alone", "[numbers]") {
    number_settings settings;
    settings.e164 = true;
    CHECK(shaped(settings, R"({"calling":{"number":"0301234567"},"channel":"SIP/0301234567"})") ==
          R"({"calling":{"number":"+49301234567"},"channel":"SIP/0301234567"})");
}

TEST_CASE("an event full of numbers stays within its bounds", "[numbers]") {
    std::string data = "{\"headers\":[[\"Exten\",\"1\"]";
    for (int i = 0; i < 20'000; ++i)
        data += ",[\"Exten\",\"2\"]";
    data += "]}";
    number_shaper shaper(hashed(), {});
    const std::string_view out = shaper.shape(data, "hq");
    CHECK(out.size() == data.size());
    CHECK(out.find('2') == std::string_view::npos);
}
