#include "parsers/cdr_json.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include <simdjson.h>

#include "core/limits.h"
#include "parsers/cdr_text.h"
#include "parsers/json_scalar.h"
#include "parsers/text_repair.h"

namespace callstream::parsers {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr unsigned depth_max = 8;
constexpr std::size_t field_count_max = 4096;  // of one element of the list, with all its legs

struct refusal {
    int code;
    std::string_view why;
};

// What a UCM's `status` means.
constexpr std::array refusals{
    refusal{-1, "the PBX refuses: invalid parameters"},
    refusal{-6, "the PBX refuses: the session has expired"},
    refusal{-8, "the PBX refuses: a parameter is missing"},
    refusal{-9, "the PBX refuses: it does not know the action"},
    refusal{-10, "the PBX refuses: no permission"},
    refusal{-30, "the PBX refuses: too many sessions"},
    refusal{-37, "the PBX refuses: wrong user or password"},
};

bool is_list_name(text name) noexcept {
    constexpr std::array<text, 7> known{
        "cdr_root", "json_array_astcdrs", "results", "items", "cdr", "cdrs", "records"};
    return std::find(known.begin(), known.end(), name) != known.end();
}

bool is_leg_name(text name) noexcept {
    return name.starts_with("sub_cdr");
}

text value_of(std::span<const header> fields, text name) noexcept {
    for (const header& each : fields)
        if (folded_column(each.name).view() == name) return each.value;
    return {};
}

// Without a list around it: does it look like one?
bool is_record(std::span<const header> fields) noexcept {
    std::size_t found = 0;
    for (const text name : {"src", "dst", "start", "uniqueid", "duration", "disposition"})
        if (value_of(fields, name).data() != nullptr) ++found;
    return found >= 3;
}

}  // namespace

class cdr_json_reader::state {
public:
    explicit state(charset from) : decoder_(from) {}

    cdr_answer read(std::string_view body, cdr_record_handler& handler) {
        answer_ = {};
        handler_ = &handler;
        arena_.clear();
        root_arena_.clear();
        root_fields_.clear();
        has_list_ = false;
        record_count_ = 0;
        path_.clear();
        begin_element();
        const std::size_t first = body.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
        if (first == std::string_view::npos) return fail("the answer is empty", 0);
        if (body[first] == '<')
            return fail("this is HTML or XML where JSON was expected; perhaps a login page", first);
        copy(body);
        ondemand::document document;
        auto failed = parser_.iterate(text_.data(), size_, text_.size()).get(document);
        if (!failed) failed = walk_document(document);
        const char* at = nullptr;
        const bool alive = document.is_alive() && document.current_location().get(at) == 0;
        const std::size_t offset = alive ? static_cast<std::size_t>(at - text_.data()) : 0;
        if (failed) return fail(words_of(failed), alive ? offset : size_);
        if (alive) return fail("something stands behind the list", offset);
        finish();
        return std::move(answer_);
    }

private:
    struct part_range {
        cdr_part part;
        std::size_t begin;
        std::size_t end;
    };

    cdr_answer fail(std::string_view why, std::size_t offset) {
        if (answer_.problem.empty()) answer_.problem = why;
        answer_.offset = offset;
        return std::move(answer_);
    }

    static std::string_view words_of(simdjson::error_code failed) noexcept {
        switch (failed) {
            case simdjson::DEPTH_ERROR:
                return "the answer is nested too deeply";
            case simdjson::CAPACITY:
                return "a record has too many fields, or the answer is too large";
            case simdjson::UNCLOSED_STRING:
            case simdjson::INCOMPLETE_ARRAY_OR_OBJECT:
                return "the answer ends within its JSON";
            default:
                return "the answer is not valid JSON";
        }
    }

    // simdjson reads behind the text, and texts of other character sets grow.
    void copy(std::string_view body) {
        const bool whole = decoder_.keeps(body);
        text_.resize(body.size() * (whole ? 1 : repair_growth_max) + limits::slab_spare_size);
        const char* const end = whole ? std::copy(body.begin(), body.end(), text_.data())
                                      : decoder_.decode(body, text_.data());
        size_ = static_cast<std::size_t>(end - text_.data());
    }

    simdjson::error_code walk_document(ondemand::document& document) {
        ondemand::json_type type;
        if (const auto failed = document.type().get(type)) return failed;
        if (type == ondemand::json_type::array) {
            ondemand::array list;
            if (const auto failed = document.get_array().get(list)) return failed;
            return walk_list(list);
        }
        ondemand::object root;
        if (const auto failed = document.get_object().get(root)) return failed;
        return walk_around(root, 0);
    }

    // What is around the list, and beside it.
    simdjson::error_code walk_around(ondemand::object& object, unsigned depth) {
        if (depth == 4) return simdjson::DEPTH_ERROR;
        for (auto each : object) {
            ondemand::field field;
            if (const auto failed = std::move(each).get(field)) return failed;
            std::string_view key;
            if (const auto failed = field.unescaped_key().get(key)) return failed;
            const text name = keep(key);
            ondemand::value value = field.value();
            ondemand::json_type type;
            if (const auto failed = value.type().get(type)) return failed;
            simdjson::error_code failed = simdjson::SUCCESS;
            if (type == ondemand::json_type::array)
                failed = take_array(name, value);
            else if (type == ondemand::json_type::object)
                failed = take_object(name, value, depth);
            else
                failed = take_field(name, value, root_fields_, root_arena_);
            if (failed) return failed;
        }
        return simdjson::SUCCESS;
    }

    simdjson::error_code take_array(text name, ondemand::value& value) {
        const bool of_records = is_list_name(name) || (name == "data" && !has_list_);
        if (!of_records) return simdjson::SUCCESS;  // passed over
        ondemand::array list;
        if (const auto failed = value.get_array().get(list)) return failed;
        return walk_list(list);
    }

    simdjson::error_code take_object(text name, ondemand::value& value, unsigned depth) {
        ondemand::object object;
        if (const auto failed = value.get_object().get(object)) return failed;
        if (name == "main_cdr" || is_leg_name(name)) return walk_part(name, object);
        if (name == "response" || name == "data" || name == "result" || name == "request" ||
            name == "errors")
            return walk_around(object, depth + 1);
        return simdjson::SUCCESS;
    }

    simdjson::error_code walk_list(ondemand::array& list) {
        has_list_ = true;
        for (auto each : list) {
            ondemand::value element;
            if (const auto failed = std::move(each).get(element)) return failed;
            ondemand::json_type type;
            if (const auto failed = element.type().get(type)) return failed;
            begin_element();
            if (type == ondemand::json_type::object) {
                ondemand::object object;
                if (const auto failed = element.get_object().get(object)) return failed;
                if (const auto failed = walk_record(object, 0, fields_)) return failed;
            } else {
                text unused;
                if (type == ondemand::json_type::array) return simdjson::INCORRECT_TYPE;
                if (const auto failed = read_scalar(element, arena_, unused)) return failed;
            }
            tell_element(fields_, type == ondemand::json_type::object);
            arena_.clear();
        }
        return simdjson::SUCCESS;
    }

    void begin_element() {
        fields_.clear();
        part_fields_.clear();
        parts_.clear();
    }

    simdjson::error_code walk_record(ondemand::object& object, unsigned depth,
                                     std::vector<header>& into) {
        if (depth == depth_max) return simdjson::DEPTH_ERROR;
        for (auto each : object) {
            ondemand::field field;
            if (const auto failed = std::move(each).get(field)) return failed;
            std::string_view key;
            if (const auto failed = field.unescaped_key().get(key)) return failed;
            ondemand::value value = field.value();
            if (const auto failed = walk_value(key, value, depth, into)) return failed;
        }
        return simdjson::SUCCESS;
    }

    simdjson::error_code walk_value(std::string_view key, ondemand::value& value, unsigned depth,
                                    std::vector<header>& into) {
        ondemand::json_type type;
        if (const auto failed = value.type().get(type)) return failed;
        if (type == ondemand::json_type::array) {
            ondemand::array array;
            if (const auto failed = value.get_array().get(array)) return failed;
            if (depth + 1 == depth_max) return simdjson::DEPTH_ERROR;
            for (auto each : array) {
                ondemand::value element;
                if (const auto failed = std::move(each).get(element)) return failed;
                if (const auto failed = walk_value(key, element, depth + 1, into)) return failed;
            }
            return simdjson::SUCCESS;
        }
        if (type != ondemand::json_type::object)
            return take_field(path_of(key), value, into, arena_);
        ondemand::object object;
        if (const auto failed = value.get_object().get(object)) return failed;
        if (depth == 0 && (key == "main_cdr" || is_leg_name(key))) return walk_part(key, object);
        const std::size_t size = path_.size();
        path_.append(key.substr(0, limits::name_size_max)).push_back('.');
        const auto failed = walk_record(object, depth + 1, into);
        path_.resize(size);
        return failed;
    }

    simdjson::error_code walk_part(text name, ondemand::object& object) {
        const std::size_t begin = part_fields_.size();
        const auto part = is_leg_name(name) ? cdr_part::leg : cdr_part::call;
        const auto failed = walk_record(object, 1, part_fields_);
        parts_.push_back({part, begin, part_fields_.size()});
        return failed;
    }

    simdjson::error_code take_field(text name, ondemand::value& value, std::vector<header>& into,
                                    text_arena& arena) {
        if (into.size() == field_count_max) return simdjson::CAPACITY;
        text said;
        if (const auto failed = read_scalar(value, arena, said)) return failed;
        into.push_back({name, said});
        return simdjson::SUCCESS;
    }

    text keep(std::string_view key) {
        return root_arena_.add(key.size(),
                               [key](char* out) { return std::copy(key.begin(), key.end(), out); });
    }

    // Keys are unescaped where the next key will be.
    text path_of(std::string_view key) {
        return arena_.add(path_.size() + key.size(), [&](char* out) {
            return std::copy(key.begin(), key.end(), std::copy(path_.begin(), path_.end(), out));
        });
    }

    // The records of one element: it is one itself, or holds those of a call and its legs.
    void tell_element(std::span<const header> fields, bool is_object) {
        ++record_count_;
        cdr_record record;
        record.place = record_count_;
        if (!is_object) record.problem = "an element of the list is no object";
        record.call_id = cdr_value(value_of(fields, parts_.empty() ? "session" : "cdr"));
        record.fields = fields;
        if (parts_.empty()) return handler_->on_record(record);
        for (const part_range& each : parts_) {
            // A call's own record without legs is all that there is of it.
            record.part = parts_.size() == 1 ? cdr_part::only : each.part;
            record.fields =
                std::span<const header>(part_fields_).subspan(each.begin, each.end - each.begin);
            handler_->on_record(record);
        }
    }

    // An error in words or in a number, beside the list or instead of it.
    bool is_refused() {
        const text status = value_of(root_fields_, "status");
        const text code = value_of(root_fields_, "code");
        const text number = status.empty() ? code : status;
        int value = 0;
        const auto read = std::from_chars(number.data(), number.data() + number.size(), value);
        const bool is_number = !number.empty() && read.ptr == number.data() + number.size();
        if (value_of(root_fields_, "success") == "false" ||
            (is_number && value != 0 && value != 200)) {
            answer_.problem = "the PBX refuses: it answered with an error of its own";
            for (const refusal& known : refusals)
                if (is_number && known.code == value) answer_.problem = known.why;
            for (const text name : {"message", "errormsg", "error", "errors", "msg", "reason"})
                if (answer_.said.empty()) answer_.said = cdr_value(value_of(root_fields_, name));
            if (answer_.said.empty()) answer_.said = number;
        }
        return !answer_.problem.empty();
    }

    void finish() {
        const bool is_alone = !has_list_ && (!parts_.empty() || is_record(root_fields_));
        if (is_alone) return tell_element(root_fields_, true);
        for (const text name : {"total", "count"}) {
            const text said = value_of(root_fields_, name);
            std::size_t total = 0;
            const auto read = std::from_chars(said.data(), said.data() + said.size(), total);
            if (!said.empty() && read.ptr == said.data() + said.size()) answer_.count_total = total;
        }
        if (is_refused() || has_list_) return;
        const text login = value_of(root_fields_, "loginstatus");
        answer_.problem = login.data() != nullptr ? "this is the answer to a login, no list of CDRs"
                                                  : "there is no list of CDRs in it";
    }

    text_decoder decoder_;
    ondemand::parser parser_;
    std::string text_;
    std::size_t size_ = 0;
    text_arena root_arena_;  // what is around the list
    text_arena arena_;       // one element of it
    std::string path_;
    std::vector<header> root_fields_;
    std::vector<header> fields_;
    std::vector<header> part_fields_;
    std::vector<part_range> parts_;
    bool has_list_ = false;
    std::size_t record_count_ = 0;
    cdr_record_handler* handler_ = nullptr;
    cdr_answer answer_;
};

cdr_json_reader::cdr_json_reader(charset from) : state_(std::make_unique<state>(from)) {}
cdr_json_reader::~cdr_json_reader() = default;

cdr_answer cdr_json_reader::read(std::string_view body, cdr_record_handler& handler) {
    return state_->read(body, handler);
}

}  // namespace callstream::parsers
