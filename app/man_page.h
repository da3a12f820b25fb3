// The program's manual page, section 1, in troff's man macros.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace callstream::app {

std::string man_page(const CLI::App& program);

}  // namespace callstream::app
