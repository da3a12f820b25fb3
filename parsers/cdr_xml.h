// The XML of a UCM's CDR API and of what it pushes.
//
//   <root><cdr session="ID"><main_cdr>..</main_cdr><sub_cdr><AcctId>1</AcctId>..</sub_cdr></cdr>
//         <cdr><AcctId>62</AcctId>..</cdr></root>
//
// UCMs write texts as they are: <clid>"John Doe" <1000></clid>, a & in <lastdata>, and attributes
// without quotes. What is within a field is therefore never taken for markup.
//
// Lifetime: records view the reader.
// Threads:  one.
#pragma once

#include <memory>
#include <string_view>

#include "parsers/cdr_record.h"
#include "parsers/text_decoder.h"

namespace callstream::parsers {

class cdr_xml_reader {
public:
    explicit cdr_xml_reader(charset from);
    ~cdr_xml_reader();
    cdr_xml_reader(const cdr_xml_reader&) = delete;
    cdr_xml_reader& operator=(const cdr_xml_reader&) = delete;

    cdr_answer read(std::string_view body, cdr_record_handler& handler);

private:
    class state;
    std::unique_ptr<state> state_;
};

}  // namespace callstream::parsers
