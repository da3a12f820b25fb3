// Options of [pbx.NAME.recordings.bucket]: the S3-compatible bucket that recordings go on to.
#pragma once

#include "core/config.h"
#include "sources/recording_upload.h"

namespace callstream::app {

void read_bucket(config_table& from, sources::recording_bucket& bucket);

}  // namespace callstream::app
