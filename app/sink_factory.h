// The one place that knows every kind of sink.
#pragma once

#include <memory>

#include "app/settings.h"
#include "core/journal_reader.h"
#include "core/loop.h"
#include "core/sink.h"

namespace callstream::app {

std::unique_ptr<sink> build_sink(const sink_settings& settings, loop& own_loop,
                                 journal_reader& reader);

}  // namespace callstream::app
