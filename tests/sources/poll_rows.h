// A decoder of rows for tests of what asks: "id started_at lasted", as a list would have them.
#pragma once

#include <charconv>
#include <string>
#include <string_view>

#include "core/cdr_row.h"

namespace callstream::test {

// Reads `ID@SECONDS` or `ID@SECONDS+LASTED` words behind `rows:`; `count:N` is the number of all.
class word_decoder final : public cdr_row_decoder {
public:
    cdr_decoding decode(std::string_view body, timestamp, std::vector<cdr_row>& rows) override {
        cdr_decoding told;
        const auto number_at = [](std::string_view text) {
            std::size_t number = 0;
            std::from_chars(text.data(), text.data() + text.size(), number);
            return number;
        };
        const std::size_t count = body.find("count:");
        if (count != std::string_view::npos) told.count_total = number_at(body.substr(count + 6));
        std::size_t at = body.find("rows:");
        if (at == std::string_view::npos) return {"there are no rows", 0};
        for (at += 5; at < body.size() && body[at] == ' ';) {
            const std::string_view word = body.substr(at + 1, body.find(' ', at + 1) - at - 1);
            cdr_row row;
            row.cdr_id = row.key = word.substr(0, word.find('@'));
            row.started_at =
                timestamp(std::chrono::seconds(number_at(word.substr(word.find('@') + 1))));
            const std::size_t plus = word.find('+');
            if (plus != std::string_view::npos)
                row.duration_seconds = std::chrono::seconds(number_at(word.substr(plus + 1)));
            rows.push_back(row);
            at += 1 + word.size();
        }
        return told;
    }
};

}  // namespace callstream::test
