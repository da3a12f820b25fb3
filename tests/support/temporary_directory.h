// A directory that is gone with its owner. In memory where the system has such a place: what the
// tests of files want is speed, not a disk.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "core/ensure.h"

namespace callstream::test {

class temporary_directory {
public:
    temporary_directory() {
        const bool has_memory = std::filesystem::is_directory("/dev/shm");
        std::string name = (has_memory ? std::string("/dev/shm")
                                       : std::filesystem::temp_directory_path().string()) +
                           "/callstream.XXXXXX";
        ensure(::mkdtemp(name.data()) != nullptr, "a temporary directory can be made");
        path_ = name;
    }
    ~temporary_directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    temporary_directory(const temporary_directory&) = delete;
    temporary_directory& operator=(const temporary_directory&) = delete;

    const std::string& path() const noexcept { return path_; }
    std::string operator/(const std::string& name) const { return path_ + '/' + name; }

private:
    std::string path_;
};

}  // namespace callstream::test
