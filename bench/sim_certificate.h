// A self-signed certificate such as appliances show.
//
// Threads: any.
#pragma once

#include <string>

namespace callstream::sim {

// Writes certificate and key as PEM; false if a file cannot be written. Valid for 127.0.0.1 and
// localhost, from yesterday on for that many days; none: it has expired.
bool write_certificate(const std::string& certificate, const std::string& key, long days);

}  // namespace callstream::sim
