// `callstream-sim api`: the API of an S-Series PBX, which says where the PBX pushes to.
#pragma once

namespace callstream::sim {

// With the words behind `api`. Returns the exit code.
int run_api(int argc, char** argv);

}  // namespace callstream::sim
