// What libcurl's codes mean to an operator.
#pragma once

#include <curl/curl.h>

#include "core/error.h"

namespace callstream {

// How far the call had come.
struct http_progress {
    bool connected = false;
    bool answered = false;  // the answer's head came
};

error explain_http_failure(CURLcode code, int system_error, const http_progress& progress) noexcept;

}  // namespace callstream
