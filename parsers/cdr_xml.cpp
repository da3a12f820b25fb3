#include "parsers/cdr_xml.h"

#include <algorithm>
#include <string>
#include <vector>

#include <pugixml.hpp>

#include "parsers/cdr_text.h"
#include "parsers/text_repair.h"

namespace callstream::parsers {
namespace {

constexpr std::size_t field_count_max = 512;  // of one record

bool is_name(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || c == ':';
}

// Elements that hold elements; any other is a field, and what is in it is text.
bool is_structure(std::string_view name) noexcept {
    return name == "root" || name == "cdr" || name == "cdr_root" || name == "main_cdr" ||
           name.starts_with("sub_cdr");
}

// Whether an & begins something that XML knows.
bool is_entity(std::string_view at) noexcept {
    for (const std::string_view known : {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"})
        if (at.starts_with(known)) return true;
    if (!at.starts_with("&#")) return false;
    const std::size_t end = at.find_first_not_of("0123456789abcdefxABCDEF", 2);
    return end != std::string_view::npos && end > 2 && at[end] == ';';
}

void append_text(std::string_view inside, std::string& out) {
    for (std::size_t i = 0; i < inside.size(); ++i) {
        const char c = inside[i];
        if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else if (c == '&' && !is_entity(inside.substr(i)))
            out += "&amp;";
        else
            out += c;
    }
}

// <cdr session=1461920017104140-1000>: the value is put between quotes.
void append_tag(std::string_view tag, std::string& out) {
    for (std::size_t i = 0; i < tag.size(); ++i) {
        out += tag[i];
        if (tag[i] != '=' || i + 1 >= tag.size() || tag[i + 1] == '"' || tag[i + 1] == '\'')
            continue;
        const std::size_t end = std::min(tag.find_first_of(" />", i + 1), tag.size());
        out += '"';
        out += tag.substr(i + 1, end - i - 1);
        out += '"';
        i = end - 1;
    }
}

// The same document with what is in its fields escaped. What has no end is left to the parser.
void mend(std::string_view body, std::string& out) {
    out.clear();
    out.reserve(body.size() + body.size() / 8);
    while (!body.empty()) {
        const std::size_t open = std::min(body.find('<'), body.size());
        out += body.substr(0, open);
        body.remove_prefix(open);
        std::size_t name_end = 1;
        while (name_end < body.size() && is_name(body[name_end]))
            ++name_end;
        const std::size_t end = body.find('>');
        if (end == std::string_view::npos) {
            out += body;
            return;
        }
        const std::string_view name = body.substr(1, name_end - 1);
        append_tag(body.substr(0, end + 1), out);
        const bool is_field = !name.empty() && body[end - 1] != '/' && !is_structure(name);
        body.remove_prefix(end + 1);
        if (!is_field) continue;
        const std::string closing = "</" + std::string(name) + '>';
        const std::size_t close = body.find(closing);
        if (close == std::string_view::npos) continue;
        const std::string_view inside = body.substr(0, close);
        if (inside.starts_with("<![CDATA["))
            out += inside;
        else
            append_text(inside, out);
        out += closing;
        body.remove_prefix(close + closing.size());
    }
}

}  // namespace

class cdr_xml_reader::state {
public:
    explicit state(charset from) : decoder_(from) {}

    cdr_answer read(std::string_view body, cdr_record_handler& handler) {
        handler_ = &handler;
        place_ = 0;
        const std::size_t first = body.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
        if (first == std::string_view::npos) return fail("the answer is empty", 0);
        if (body[first] != '<') return fail("this is no XML", first);
        if (!decoder_.keeps(body)) {
            decoded_.resize(body.size() * repair_growth_max);
            const char* const end = decoder_.decode(body, decoded_.data());
            body = {decoded_.data(), static_cast<std::size_t>(end - decoded_.data())};
        }
        mend(body, mended_);
        const pugi::xml_parse_result parsed = document_.load_buffer_inplace(
            mended_.data(), mended_.size(), pugi::parse_default, pugi::encoding_utf8);
        if (!parsed) {
            const auto at = static_cast<std::size_t>(std::max<std::ptrdiff_t>(parsed.offset, 0));
            return fail(words_of(parsed.status), std::min(at, body.size()));
        }
        return walk();
    }

private:
    static cdr_answer fail(std::string_view why, std::size_t offset) {
        cdr_answer answer;
        answer.problem = why;
        answer.offset = offset;
        return answer;
    }

    static std::string_view words_of(pugi::xml_parse_status status) noexcept {
        switch (status) {
            case pugi::status_end_element_mismatch:
            case pugi::status_no_document_element:
                return "the answer ends within its XML, or an element is not closed";
            case pugi::status_out_of_memory:
                return "the answer is too large";
            default:
                return "the answer is not valid XML";
        }
    }

    cdr_answer walk() {
        const pugi::xml_node root = document_.document_element();
        const std::string_view name = root.name();
        if (name == "cdr") {
            tell_call(root);
        } else if (name == "main_cdr" || name.starts_with("sub_cdr")) {
            tell_record(root, {}, name == "main_cdr" ? cdr_part::call : cdr_part::leg);
        } else if (name == "root" || name == "cdr_root") {
            for (const pugi::xml_node call : root.children("cdr"))
                tell_call(call);
            const bool is_record = root.child("start") && root.child("src");
            if (is_record && !root.child("cdr")) tell_record(root, {}, cdr_part::only);
        } else if (folded_column(name).view() == "html") {
            return fail("this is HTML where XML was expected; perhaps a login page", 0);
        } else {
            return fail("there is no list of CDRs in it", 0);
        }
        return {};
    }

    void tell_call(const pugi::xml_node& call) {
        ++place_;
        const text id = cdr_value(call.attribute("session").value());
        const auto is_part = [](const pugi::xml_node& each) {
            const std::string_view name = each.name();
            return name == "main_cdr" || name.starts_with("sub_cdr");
        };
        const auto parts = call.children();
        const auto count = std::count_if(parts.begin(), parts.end(), is_part);
        if (count == 0) return tell_record(call, id, cdr_part::only);
        for (const pugi::xml_node each : parts) {
            if (!is_part(each)) continue;
            const bool is_call = std::string_view(each.name()) == "main_cdr";
            // A call's own record without legs is all that there is of it.
            const cdr_part part = is_call ? cdr_part::call : cdr_part::leg;
            tell_record(each, id, count == 1 ? cdr_part::only : part);
        }
    }

    void tell_record(const pugi::xml_node& from, text call_id, cdr_part part) {
        if (place_ == 0) place_ = 1;
        fields_.clear();
        cdr_record record;
        for (const pugi::xml_node each : from.children()) {
            if (each.type() != pugi::node_element) continue;
            if (fields_.size() == field_count_max) {
                record.problem = "it has too many fields";
                break;
            }
            const text value = each.child_value();
            fields_.push_back({each.name(), value.empty() ? text() : value});
        }
        record.fields = fields_;
        record.part = part;
        record.call_id = call_id;
        record.place = place_;
        handler_->on_record(record);
    }

    text_decoder decoder_;
    std::string decoded_;
    std::string mended_;
    pugi::xml_document document_;
    std::vector<header> fields_;
    std::size_t place_ = 0;
    cdr_record_handler* handler_ = nullptr;
};

cdr_xml_reader::cdr_xml_reader(charset from) : state_(std::make_unique<state>(from)) {}
cdr_xml_reader::~cdr_xml_reader() = default;

cdr_answer cdr_xml_reader::read(std::string_view body, cdr_record_handler& handler) {
    return state_->read(body, handler);
}

}  // namespace callstream::parsers
