// Judges what lies in a Kafka topic against what the journal held.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sinks/murmur2.h"
#include "tests/sinks/journal_feed.h"

namespace callstream::sinks::test {

struct stored_record {
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    std::string key;
    std::string value;
};

struct delivery_check {
    std::size_t missing_count = 0;     // in the journal and not in the topic
    std::size_t foreign_count = 0;     // in the topic and not, byte for byte, in the journal
    std::size_t misplaced_count = 0;   // not on the partition of its key
    std::size_t disordered_count = 0;  // behind a later event of its key, repeats left aside
    std::size_t repeated_count = 0;

    bool faultless() const {
        return missing_count + foreign_count + misplaced_count + disordered_count == 0;
    }
};

// `stored` in the order of offsets within each partition.
inline delivery_check check_delivery(const std::vector<expected_record>& expected,
                                     const std::vector<stored_record>& stored,
                                     std::int32_t partition_count) {
    std::map<std::string_view, std::size_t> index_of;
    for (std::size_t i = 0; i < expected.size(); ++i)
        index_of[expected[i].payload] = i;

    delivery_check check;
    std::vector<bool> seen(expected.size());
    std::map<std::string_view, std::size_t> next_of;  // key: the least index that may come first
    for (const stored_record& one : stored) {
        if (one.partition != partition_of(one.key, partition_count)) ++check.misplaced_count;
        const auto found = index_of.find(one.value);
        if (found == index_of.end() || expected[found->second].key != one.key) {
            ++check.foreign_count;
            continue;
        }
        const std::size_t index = found->second;
        if (seen[index]) {
            ++check.repeated_count;
            continue;
        }
        seen[index] = true;
        std::size_t& next = next_of[one.key];
        if (index < next) ++check.disordered_count;
        next = std::max(next, index + 1);
    }
    for (const bool one : seen)
        if (!one) ++check.missing_count;
    return check;
}

inline std::ostream& operator<<(std::ostream& out, const delivery_check& check) {
    return out << "missing " << check.missing_count << ", foreign " << check.foreign_count
               << ", misplaced " << check.misplaced_count << ", disordered "
               << check.disordered_count << ", repeated " << check.repeated_count;
}

}  // namespace callstream::sinks::test
