// `callstream-sim pbx-api`: a PBX that answers questions about its calls.
#pragma once

namespace callstream::sim {

// With the words behind `pbx-api`. Returns the exit code.
int run_pbx_api(int argc, char** argv);

}  // namespace callstream::sim
