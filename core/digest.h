// Digests, as the text that protocols send and operators compare. OpenSSL stays behind this header
// and tls_session.h.
//
// Threads: any.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace callstream {

// MD5 of all parts one behind the other, as 32 lower case hex digits. AMI's login asks for it;
// nothing here relies on its strength. Null where the system's OpenSSL forbids MD5.
std::optional<std::string> to_md5_hex(std::initializer_list<std::string_view> parts);

// HMAC-SHA256 as 64 lower case hex digits.
std::string to_hmac_sha256_hex(std::string_view key, std::string_view text);

}  // namespace callstream
