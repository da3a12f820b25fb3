# Writes the files of a folder into a C++ file, so that the program carries them.
#
#   cmake -D FOLDER=sinks/web -D FILES="a.html|a.css" -D OUTPUT=web_assets.cpp -P embed_assets.cmake
#
# What it writes implements sinks/web_assets.h. An asset's ETag is of its bytes.
set(type_html "text/html; charset=utf-8")
set(type_css "text/css; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")

set(arrays "")
set(rows "")
string(REPLACE "|" ";" FILES "${FILES}")
foreach(name IN LISTS FILES)
    string(REGEX REPLACE ".*[.]" "" ending "${name}")
    if(NOT type_${ending})
        message(FATAL_ERROR "${name}: no content type is known for .${ending}")
    endif()
    file(READ "${FOLDER}/${name}" bytes HEX)
    file(SHA256 "${FOLDER}/${name}" digest)
    string(SUBSTRING "${digest}" 0 16 digest)
    string(REGEX REPLACE "[^a-z0-9]" "_" symbol "${name}")
    string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${bytes}")
    string(APPEND arrays "constexpr char ${symbol}[] = {${bytes}};\n")
    string(APPEND rows "    {\"${name}\", \"${type_${ending}}\", \"\\\"${digest}\\\"\",\n"
                       "     {${symbol}, sizeof(${symbol})}},\n")
endforeach()
file(WRITE "${OUTPUT}"
"#include \"sinks/web_assets.h\"

namespace callstream::sinks {

namespace {

${arrays}
constexpr web_asset assets[] = {
${rows}};

}  // namespace

std::span<const web_asset> web_assets() noexcept { return assets; }

}  // namespace callstream::sinks
")
