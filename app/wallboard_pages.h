// The wallboard as pages of the web server: / and its files. They need no token; what they ask the
// server for does.
//
// Threads: any.
#pragma once

#include <memory>
#include <vector>

#include "core/web_page.h"

namespace callstream::app {

std::vector<std::unique_ptr<web_page>> wallboard_pages();

}  // namespace callstream::app
