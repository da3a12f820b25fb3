// The call reports of one made-up call, in the words of a kind of PBX.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace callstream::sim {

enum class report_shape : std::uint8_t { v1, v1_array, v2, p_series, openvox };
inline constexpr std::array<std::string_view, 5> report_shape_names{"v1", "v1.1", "v2", "p",
                                                                    "openvox"};

// In the order in which calls have them, one after the other.
enum class push_outcome : std::uint8_t {
    internal,
    inbound,
    outbound,
    transfer,
    hold,
    failed,
    no_answer,
    digits,
    survey,
};
inline constexpr std::size_t push_outcome_count = 9;

// The first report begins the call, the last is its record; of every third call it names a file.
// Every tenth call an extension and a trunk tell of themselves in between.
std::vector<std::string> reports_of_call(std::uint64_t number, push_outcome outcome,
                                         report_shape shape);

}  // namespace callstream::sim
