// The events for people and tools beside the JSON Schema: a page of Markdown, and an AsyncAPI
// document of the topics and streams. Made from the same field lists that write the events.
#pragma once

#include <string>

namespace callstream {

std::string event_page();
std::string event_asyncapi();  // 3.0, YAML; refers to events.schema.json, which stands beside it

}  // namespace callstream
