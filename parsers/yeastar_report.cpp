#include "parsers/yeastar_report.h"

#include <algorithm>
#include <utility>

#include <simdjson.h>

#include "core/limits.h"
#include "parsers/folded_table.h"
#include "parsers/json_scalar.h"
#include "parsers/json_text.h"
#include "parsers/text_repair.h"

namespace callstream::parsers {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr unsigned depth_max = 8;
constexpr std::size_t member_count_usual = 32;
constexpr std::size_t member_count_max = 256;  // a conference, a queue that rings all
constexpr std::size_t field_count_usual = 512;
constexpr std::size_t field_count_max = 4096;

using action_name = folded_row<yeastar_action>;
using member_field = folded_row<text yeastar_member::*>;
using report_field = folded_row<text yeastar_report::*>;
using cdr_field = folded_row<text yeastar_cdr::*>;

constexpr folded_table action_names({
    action_name{"ring", yeastar_action::ring},
    action_name{"ri", yeastar_action::ring},
    action_name{"alert", yeastar_action::ring_back},
    action_name{"answer", yeastar_action::answer},
    action_name{"answered", yeastar_action::answered},
    action_name{"bye", yeastar_action::bye},
    action_name{"hold", yeastar_action::hold},
    action_name{"transfer", yeastar_action::transfer},
    action_name{"tranfer", yeastar_action::transfer},
    action_name{"calltransfer", yeastar_action::transfer},
    action_name{"callforward", yeastar_action::forward},
    action_name{"callfailed", yeastar_action::failed},
    action_name{"invite", yeastar_action::invite},
    action_name{"incoming", yeastar_action::incoming},
    action_name{"dtmf", yeastar_action::dtmf},
    action_name{"newcdr", yeastar_action::cdr},
    action_name{"playpromptend", yeastar_action::prompt_end},
    action_name{"satisfaction", yeastar_action::survey},
    action_name{"satisfactionsurvey", yeastar_action::survey},
    action_name{"callstatus", yeastar_action::call_status},
    action_name{"extensionstatus", yeastar_action::extension_status},
    action_name{"trunkstatus", yeastar_action::trunk_status},
    action_name{"configchange", yeastar_action::config_change},
    action_name{"bootup", yeastar_action::boot},
    action_name{"30007", yeastar_action::extension_status},
    action_name{"30008", yeastar_action::extension_status},
    action_name{"30009", yeastar_action::extension_status},
    action_name{"30010", yeastar_action::trunk_status},
    action_name{"30011", yeastar_action::call_status},
    action_name{"30012", yeastar_action::cdr},
    action_name{"30013", yeastar_action::transfer},
    action_name{"30014", yeastar_action::forward},
    action_name{"30015", yeastar_action::failed},
    action_name{"30016", yeastar_action::invite},
    action_name{"30017", yeastar_action::dtmf},
    action_name{"30018", yeastar_action::prompt_end},
    action_name{"30019", yeastar_action::survey},
    action_name{"30022", yeastar_action::config_change},
    action_name{"30023", yeastar_action::config_change},
});

constexpr folded_table member_fields({
    member_field{"extid", &yeastar_member::number},
    member_field{"number", &yeastar_member::number},
    member_field{"ext", &yeastar_member::number},
    member_field{"from", &yeastar_member::from},
    member_field{"to", &yeastar_member::to},
    member_field{"trunk", &yeastar_member::trunk},
    member_field{"trunkname", &yeastar_member::trunk},
    member_field{"channelid", &yeastar_member::channel},
    member_field{"inboundid", &yeastar_member::channel},
    member_field{"outboundid", &yeastar_member::channel},
    member_field{"memberstatus", &yeastar_member::status},
    member_field{"status", &yeastar_member::status},
});

constexpr folded_table report_fields({
    report_field{"callid", &yeastar_report::call_id},
    report_field{"reason", &yeastar_report::reason},
    report_field{"info", &yeastar_report::info},
    report_field{"infos", &yeastar_report::info},
    report_field{"digit", &yeastar_report::info},
    report_field{"prompt", &yeastar_report::prompt},
    report_field{"extension", &yeastar_report::extension},
    report_field{"ext", &yeastar_report::extension},
    report_field{"extid", &yeastar_report::extension},
    report_field{"trunk", &yeastar_report::trunk},
    report_field{"trunkname", &yeastar_report::trunk},
    report_field{"status", &yeastar_report::status},
    report_field{"type", &yeastar_report::type},
    report_field{"operation", &yeastar_report::operation},
    report_field{"surveyresult", &yeastar_report::survey},
    report_field{"satisfaction", &yeastar_report::survey},
    report_field{"result", &yeastar_report::survey},
    report_field{"score", &yeastar_report::survey},
});

constexpr folded_table cdr_fields({
    cdr_field{"cdrid", &yeastar_cdr::id},
    cdr_field{"uid", &yeastar_cdr::id},
    cdr_field{"timestart", &yeastar_cdr::start},
    cdr_field{"callfrom", &yeastar_cdr::from},
    cdr_field{"callto", &yeastar_cdr::to},
    cdr_field{"callduration", &yeastar_cdr::duration},
    cdr_field{"callduraction", &yeastar_cdr::duration},
    cdr_field{"talkduration", &yeastar_cdr::talk},
    cdr_field{"talkduraction", &yeastar_cdr::talk},
    cdr_field{"srctrunkname", &yeastar_cdr::source_trunk},
    cdr_field{"desttrunkname", &yeastar_cdr::destination_trunk},
    cdr_field{"dstrunkname", &yeastar_cdr::destination_trunk},
    cdr_field{"dsttrunkname", &yeastar_cdr::destination_trunk},
    cdr_field{"dsttrcunkname", &yeastar_cdr::destination_trunk},
    cdr_field{"pincode", &yeastar_cdr::pin},
    cdr_field{"recording", &yeastar_cdr::recording},
});

// Puts `value` where its name belongs, if nothing is there yet.
template <class Fields, class Target>
bool assign(const Fields& fields, Target& target, const folded_name& name, text value) noexcept {
    const auto* const member = fields.find(name);
    if (member == nullptr) return false;
    if ((target.**member).empty()) target.** member = value;
    return true;
}

bool is_member_name(text name) noexcept {
    return name == "ext" || name == "extension" || name == "inbound" || name == "outbound";
}

yeastar_side side_named(text name) noexcept {
    if (name == "inbound") return yeastar_side::inbound;
    return name == "outbound" ? yeastar_side::outbound : yeastar_side::extension;
}

text trimmed(text value) noexcept {
    while (!value.empty() && value.front() == ' ')
        value.remove_prefix(1);
    while (!value.empty() && value.back() == ' ')
        value.remove_suffix(1);
    return value.empty() ? text() : value;
}

}  // namespace

class yeastar_reader::state {
public:
    explicit state(charset from) : decoder_(from) {
        members_.reserve(member_count_usual);
        fields_.reserve(field_count_usual);
    }

    report_verdict read(std::string_view body) {
        report_ = {};
        members_.clear();
        fields_.clear();
        arena_.clear();
        body_ = body;
        if (!decoder_.keeps(body)) {
            repaired_.resize(body.size() * repair_growth_max + limits::slab_spare_size);
            const char* const end = decoder_.decode(body, repaired_.data());
            body_ = {repaired_.data(), static_cast<std::size_t>(end - repaired_.data())};
        }
        problem_ = {};
        if (body_.find_first_not_of(" \t\r\n") == std::string_view::npos)
            return {"the report is empty", 0};
        walk(outer_, body_, false);
        if (!problem_.accepted()) return problem_;
        finish();
        if (report_.said.empty()) return {"the report names no action, event or type", 0};
        return {};
    }

    const yeastar_report& report() const noexcept { return report_; }

private:
    void fail(std::string_view why, std::size_t offset) {
        if (problem_.accepted()) problem_ = {why, offset};
    }

    // One document: the body, or a message that is a text within it.
    void walk(ondemand::parser& parser, std::string_view json, bool is_inner) {
        ondemand::document document;
        auto failed =
            parser.iterate(json.data(), json.size(), json.size() + limits::slab_spare_size)
                .get(document);
        ondemand::object root;
        if (!failed) failed = document.get_object().get(root);
        if (!failed) failed = walk_object(root, 0, nullptr);
        if (failed) {
            const char* at = nullptr;
            const bool knows = !is_inner && document.is_alive() &&
                               document.current_location().get(at) == simdjson::SUCCESS;
            if (knows) return fail(words_of(failed), static_cast<std::size_t>(at - json.data()));
            const bool is_cut = failed == simdjson::UNCLOSED_STRING ||
                                failed == simdjson::INCOMPLETE_ARRAY_OR_OBJECT;
            return fail(words_of(failed), is_cut && !is_inner ? json.size() : 0);
        }
        const char* rest = nullptr;
        if (document.current_location().get(rest) == simdjson::SUCCESS)
            fail("something stands behind the report",
                 static_cast<std::size_t>(rest - json.data()));
    }

    static std::string_view words_of(simdjson::error_code failed) noexcept {
        switch (failed) {
            case simdjson::INCORRECT_TYPE:
                return "the report is no JSON object";
            case simdjson::DEPTH_ERROR:
                return "the report is nested too deeply";
            case simdjson::CAPACITY:
                return "the report has too many values";
            default:
                return "the report is not valid JSON";
        }
    }

    simdjson::error_code walk_object(ondemand::object& object, unsigned depth,
                                     yeastar_member* member) {
        if (depth == depth_max) return simdjson::DEPTH_ERROR;
        for (auto each : object) {
            ondemand::field field;
            if (const auto failed = std::move(each).get(field)) return failed;
            std::string_view key;
            if (const auto failed = field.unescaped_key().get(key)) return failed;
            ondemand::value value = field.value();
            if (const auto failed = walk_value(key, value, depth, member)) return failed;
        }
        return simdjson::SUCCESS;
    }

    simdjson::error_code walk_value(std::string_view key, ondemand::value& value, unsigned depth,
                                    yeastar_member* member) {
        ondemand::json_type type;
        if (const auto failed = value.type().get(type)) return failed;
        const std::size_t path_size = path_.size();
        if (type == ondemand::json_type::object || type == ondemand::json_type::array) {
            if (depth + 1 >= depth_max) return simdjson::DEPTH_ERROR;
            if (!path_.empty()) path_ += '.';
            path_ += key.size() <= limits::name_size_max ? key : std::string_view("...");
        }
        simdjson::error_code failed = simdjson::SUCCESS;
        if (type == ondemand::json_type::object) {
            failed = walk_member(key, value, depth, member);
        } else if (type == ondemand::json_type::array) {
            failed = walk_array(key, value, depth, member);
        } else {
            failed = take_scalar(key, value, type, member);
        }
        path_.resize(path_size);
        return failed;
    }

    simdjson::error_code walk_member(std::string_view key, ondemand::value& value, unsigned depth,
                                     yeastar_member* member) {
        ondemand::object object;
        if (const auto failed = value.get_object().get(object)) return failed;
        const folded_name name(key);
        if (is_member_name(name.view())) {
            member = add_member(side_named(name.view()));
            if (member == nullptr) return simdjson::CAPACITY;
        }
        return walk_object(object, depth + 1, member);
    }

    simdjson::error_code walk_array(std::string_view key, ondemand::value& value, unsigned depth,
                                    yeastar_member* member) {
        ondemand::array array;
        if (const auto failed = value.get_array().get(array)) return failed;
        bool is_first = true;
        for (auto each : array) {
            ondemand::value element;
            if (const auto failed = std::move(each).get(element)) return failed;
            ondemand::json_type type;
            if (const auto failed = element.type().get(type)) return failed;
            if (type == ondemand::json_type::array) return simdjson::DEPTH_ERROR;
            if (type == ondemand::json_type::object) {
                if (const auto failed = walk_member(key, element, depth, member)) return failed;
                continue;
            }
            // OpenVox: one member with several numbers is several members.
            report_.caller_first = true;
            const auto side = member == nullptr ? yeastar_side::extension : member->side;
            if (!is_first || member == nullptr) member = add_member(side);
            if (member == nullptr) return simdjson::CAPACITY;
            is_first = false;
            if (const auto failed = take_scalar(key, element, type, member)) return failed;
        }
        return simdjson::SUCCESS;
    }

    yeastar_member* add_member(yeastar_side side) {
        if (members_.size() == member_count_max) return nullptr;
        yeastar_member& added = members_.emplace_back();
        added.side = side;
        return &added;
    }

    simdjson::error_code take_scalar(std::string_view key, ondemand::value& value,
                                     ondemand::json_type type, yeastar_member* member) {
        text token = value.raw_json_token();
        while (!token.empty() && (token.back() == ' ' || token.back() == '\n' ||
                                  token.back() == '\r' || token.back() == '\t'))
            token.remove_suffix(1);
        if (!is_whole_scalar(value, type)) return simdjson::TAPE_ERROR;
        const bool is_text = type == ondemand::json_type::string;
        if (is_text && !take_json_text(token, arena_)) return simdjson::STRING_ERROR;
        const folded_name name(key);
        if (is_text && name.view() == "msg" && token.starts_with('{')) return take_message(token);
        if (fields_.size() == field_count_max) return simdjson::CAPACITY;
        fields_.push_back({path_of(key), token});
        if (type != ondemand::json_type::null) place(name, trimmed(token), member, is_text);
        return simdjson::SUCCESS;
    }

    simdjson::error_code take_message(text json) {
        if (is_inside_) return simdjson::DEPTH_ERROR;
        is_inside_ = true;
        walk(inner_, json, true);
        is_inside_ = false;
        return simdjson::SUCCESS;
    }

    text path_of(std::string_view key) {
        const std::size_t size = path_.size() + 1 + key.size();
        return arena_.add(size, [&](char* out) {
            if (!path_.empty()) {
                out = std::copy(path_.begin(), path_.end(), out);
                *out++ = '.';
            }
            return std::copy(key.begin(), key.end(), out);
        });
    }

    void place(const folded_name& name, text value, yeastar_member* member, bool is_text) {
        if (value.empty()) return;
        if (member != nullptr) {
            assign(member_fields, *member, name, value);
            return;
        }
        const bool names_it = name.view() == "action" || name.view() == "event";
        if (names_it || (name.view() == "type" && !is_text && report_.said.empty())) {
            if (report_.said.empty()) report_.said = value;
            return;
        }
        if (!assign(report_fields, report_, name, value))
            assign(cdr_fields, report_.cdr, name, value);
    }

    // A P-series type may also be a text: it is the action where nothing else names one.
    void finish() {
        if (report_.said.empty()) std::swap(report_.said, report_.type);
        const auto* const action = action_names.find(folded_name(report_.said));
        if (action != nullptr) report_.action = *action;
        // An extension beside the members of a report about a call is one of them.
        const bool of_call = !report_.call_id.empty() && report_.action != yeastar_action::cdr;
        if (of_call && members_.empty() && !report_.extension.empty()) {
            yeastar_member* member = add_member(yeastar_side::extension);
            member->number = report_.extension;
        }
        if (report_.status.empty() && report_.action == yeastar_action::extension_status &&
            !members_.empty())
            report_.status = members_.front().status;
        if (report_.extension.empty() && !members_.empty())
            report_.extension = members_.front().number;
        report_.members = members_;
        report_.fields = fields_;
    }

    yeastar_report report_;
    std::vector<yeastar_member> members_;
    std::vector<header> fields_;
    text_arena arena_;
    std::string path_;
    std::string repaired_;
    std::string_view body_;
    report_verdict problem_;
    text_decoder decoder_;
    bool is_inside_ = false;
    ondemand::parser outer_;
    ondemand::parser inner_;
};

yeastar_reader::yeastar_reader(charset from) : state_(std::make_unique<state>(from)) {}
yeastar_reader::~yeastar_reader() = default;

report_verdict yeastar_reader::read(std::string_view body) {
    return state_->read(body);
}

const yeastar_report& yeastar_reader::report() const noexcept {
    return state_->report();
}

}  // namespace callstream::parsers
