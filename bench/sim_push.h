// `callstream-sim push`: a PBX that pushes call reports and repeats what is not answered 200.
#pragma once

namespace callstream::sim {

// With the words behind `push`. Returns the exit code.
int run_push(int argc, char** argv);

}  // namespace callstream::sim
