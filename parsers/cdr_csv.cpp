#include "parsers/cdr_csv.h"

#include <algorithm>
#include <utility>

#include "parsers/cdr_text.h"
#include "parsers/csv_reader.h"
#include "parsers/text_repair.h"

namespace callstream::parsers {
namespace {

constexpr std::size_t master_count_min = 16;  // without uniqueid and userfield

cdr_answer problem(std::string_view why) {
    cdr_answer answer;
    answer.problem = why;
    return answer;
}

}  // namespace

cdr_csv_reader::cdr_csv_reader(cdr_dialect dialect, charset from, std::vector<std::string> columns)
    : dialect_(dialect), decoder_(from), names_(std::move(columns)) {}

cdr_answer cdr_csv_reader::read(std::string_view body, cdr_record_handler& handler) {
    if (line_ == 0 && body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
    const std::string_view wire = body;
    if (!decoder_.keeps(body)) {
        decoded_.resize(body.size() * repair_growth_max);
        const char* const end = decoder_.decode(body, decoded_.data());
        body = {decoded_.data(), static_cast<std::size_t>(end - decoded_.data())};
    }
    csv_reader rows(body);
    while (const auto row = rows.next()) {
        bool is_header = false;
        if (names_.empty()) {
            cdr_answer answer = take_names(row->fields, is_header);
            if (!answer.problem.empty()) return answer;
        }
        if (is_header) continue;
        cdr_record record;
        record.place = line_ + row->line;
        if (row->torn) record.problem = "it ends within quotes";
        if (row->too_wide) record.problem = "it has too many columns";
        take_row(row->fields, record);
        handler.on_record(record);
    }
    line_ += static_cast<std::size_t>(std::count(wire.begin(), wire.end(), '\n'));
    if (names_.empty()) return problem("the answer is empty: not even the names of the columns");
    return {};
}

cdr_answer cdr_csv_reader::take_names(std::span<const text> fields, bool& is_header) {
    const std::size_t known = static_cast<std::size_t>(std::count_if(
        fields.begin(), fields.end(),
        [this](const text& name) { return column_named(dialect_, name) != cdr_column::none; }));
    const text first = fields.front();
    if (first.starts_with('<'))
        return problem("this is HTML or XML where CSV was expected; perhaps a login page");
    if (first.starts_with('{') || first.starts_with('['))
        return problem("this is JSON where CSV was expected");
    is_header = known >= 3;
    if (is_header) {
        for (const text& name : fields)
            names_.emplace_back(cdr_value(name));
        return {};
    }
    if (dialect_ != cdr_dialect::asterisk)
        return problem("the first row does not name the columns of a CDR");
    if (fields.size() < master_count_min)
        return problem("these are not the columns of Asterisk's Master.csv; name them");
    const auto master = master_columns();
    names_.assign(master.begin(), master.end());
    return {};
}

void cdr_csv_reader::take_row(std::span<const text> fields, cdr_record& record) {
    fields_.clear();
    record.fields = fields_;
    if (!record.problem.empty()) return;
    const bool is_master =
        names_.size() == master_columns().size() && dialect_ == cdr_dialect::asterisk;
    const std::size_t least = is_master ? master_count_min : names_.size();
    if (fields.size() < least) {
        record.problem = "it has too few columns";
        return;
    }
    const auto data = std::find_if(names_.begin(), names_.end(), [this](const std::string& name) {
        return column_named(dialect_, name) == cdr_column::application_data;
    });
    const std::size_t extra = fields.size() - std::min(fields.size(), names_.size());
    if (extra > 0 && data == names_.end()) {
        record.problem = "it has too many columns";
        return;
    }
    const auto joined_at = static_cast<std::size_t>(data - names_.begin());
    for (std::size_t i = 0, column = 0; i < fields.size(); ++i, ++column) {
        text value = fields[i];
        if (extra > 0 && column == joined_at) {
            joined_ = value;
            for (std::size_t more = 0; more < extra; ++more)
                joined_.append(",").append(fields[++i]);
            value = joined_;
        }
        fields_.push_back({names_[column], value.empty() ? text() : value});
    }
    // Asterisk can leave out the Uniqueid and keep the user's field.
    if (is_master && fields.size() == 17 && !time_of_uniqueid(fields[16]))
        fields_.back().name = "userfield";
    record.fields = fields_;
}

std::size_t whole_rows_size(std::string_view text) noexcept {
    bool quoted = false;
    std::size_t size = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') quoted = !quoted;
        if (text[i] == '\n' && !quoted) size = i + 1;
    }
    return size;
}

}  // namespace callstream::parsers
