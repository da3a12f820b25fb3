// Where the tests' files stand in the source tree. Only paths.cpp knows, so that a compiler's cache
// serves every clone.
#pragma once

#include <filesystem>

namespace callstream::test {

std::filesystem::path data_folder();
std::filesystem::path support_folder();

}  // namespace callstream::test
