// Digests, as the text that protocols send and operators compare. OpenSSL stays behind this header
// and tls_session.h.
//
// Threads: any.
#pragma once

#include <array>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace callstream {

// MD5 of all parts one behind the other, as 32 lower case hex digits. AMI's login asks for it;
// nothing here relies on its strength. Null where the system's OpenSSL forbids MD5.
std::optional<std::string> to_md5_hex(std::initializer_list<std::string_view> parts);

std::array<unsigned char, 32> to_hmac_sha256(std::string_view key, std::string_view message);
// HMAC-SHA256 as 64 lower case hex digits.
std::string to_hmac_sha256_hex(std::string_view key, std::string_view message);

// Both decode the whole text or nothing; base64 may lack its padding.
std::optional<std::string> from_base64(std::string_view text);
std::optional<std::string> from_hex(std::string_view text);

// Equal, found out in a time that depends on the sizes alone. An empty text equals nothing.
bool same_secret(std::string_view a, std::string_view b) noexcept;

}  // namespace callstream
