// Records to CDR rows: what a PBX's columns say, in the words that all share.
//
// Threads: one.
#pragma once

#include <bitset>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/cdr_row.h"
#include "parsers/ami_cdr.h"
#include "parsers/cdr_columns.h"
#include "parsers/cdr_record.h"
#include "parsers/zone_clock.h"

namespace callstream::parsers {

// A record that is no CDR, or cannot be read.
struct cdr_problem {
    std::size_t place = 0;  // its line, or its number among the records
    std::string_view what;  // static
};

using cdr_unread = std::bitset<static_cast<std::size_t>(cdr_column::count)>;

class cdr_rows final : public cdr_record_handler {
public:
    // `calls_by_channel`: a UCM's calls have the id of their first channel, not their session: of
    // the first that the records since begin() tell of.
    cdr_rows(cdr_dialect dialect, const std::string& zone, bool calls_by_channel = false)
        : dialect_(dialect), calls_by_channel_(calls_by_channel), known_(dialect), clock_(zone) {}

    // Rows are appended to `rows` from now on; local times that a clock showed twice are those
    // nearer to `about`.
    void begin(std::vector<cdr_row>& rows, timestamp about);
    void on_record(const cdr_record& record) override;

    std::size_t rejected() const noexcept { return rejected_; }
    const std::vector<cdr_problem>& problems() const noexcept { return problems_; }  // the first

private:
    // A call whose records have been read so far, of which more may come.
    struct named_call {
        std::string id{};  // of its first channel
        std::vector<std::size_t> rows{};
    };

    void reject(const cdr_record& record, std::string_view why);
    std::string_view fill(const cdr_record& record, const cdr_columns& from, cdr_row& row);
    std::string_view fill_times(const cdr_record& record, const cdr_columns& from, cdr_row& row);
    void fill_parties(const cdr_columns& from, cdr_row& row);
    void fill_outcome(const cdr_columns& from, cdr_row& row);
    void fill_identity(const cdr_record& record, const cdr_columns& from, cdr_row& row);
    void fill_further(const cdr_record& record, cdr_row& row);
    std::string content_key(const cdr_row& row);
    std::string numbered_key(const cdr_row& row);
    void name_by_channel(std::size_t at);
    void complete_call(const cdr_row& leg);

    cdr_dialect dialect_;
    bool calls_by_channel_;
    column_memory known_;
    std::span<const cdr_column> meant_;  // the columns of the record at hand
    zone_clock clock_;
    cdr_key key_;
    std::vector<header> headers_;
    std::vector<cdr_row>* rows_ = nullptr;
    timestamp about_{};
    std::optional<std::size_t> call_at_;  // the row of the call whose legs come now
    bool call_end_said_ = false;
    std::unordered_map<std::string, named_call> calls_;  // by session
    cdr_unread unread_;  // columns whose value is not what the row can hold
    // Keys and numbers of the records of the call that comes now.
    std::vector<std::pair<std::string, std::string>> of_call_;
    std::string call_before_;
    std::size_t rejected_ = 0;
    std::vector<cdr_problem> problems_;
};

}  // namespace callstream::parsers
