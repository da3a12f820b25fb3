// The JSON of CDR APIs: an object with a list of records somewhere in it, or one record alone.
//
//   UCM         {"cdr_root":[{..flat..},{"cdr":"ID","main_cdr":{..},"sub_cdr_1":{..}}]}, older
//               {"cdr":[{..}]}, newer {"response":{"cdr_root":[..]},"status":0}; pushed: one record
//   Nexo        {"json_array_astcdrs":[{..}],"json_obj_filter":{..}}
//   FIBERME     {"code":0,"message":"OK","data":{"items":[{..}],"count":332}}
//   VoIPmonitor {"total":"25","results":[{..}]}
//
// An error that an API tells with a 200 is told as a problem, with its number or its words.
//
// Lifetime: records view the reader.
// Threads:  one.
#pragma once

#include <memory>
#include <string_view>

#include "parsers/cdr_record.h"
#include "parsers/text_decoder.h"

namespace callstream::parsers {

class cdr_json_reader {
public:
    explicit cdr_json_reader(charset from);
    ~cdr_json_reader();
    cdr_json_reader(const cdr_json_reader&) = delete;
    cdr_json_reader& operator=(const cdr_json_reader&) = delete;

    cdr_answer read(std::string_view body, cdr_record_handler& handler);

private:
    class state;
    std::unique_ptr<state> state_;
};

}  // namespace callstream::parsers
