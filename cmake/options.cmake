# One interface target carries what every target of ours compiles with.
add_library(callstream_options INTERFACE)
target_include_directories(callstream_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(callstream_options INTERFACE
    -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wnon-virtual-dtor
    -Wold-style-cast -Woverloaded-virtual -Wnull-dereference -Wimplicit-fallthrough -Werror)
target_compile_definitions(callstream_options INTERFACE SIMDJSON_EXCEPTIONS=0)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 reports these inside the standard library's own inlined code.
    target_compile_options(callstream_options INTERFACE
        -Wno-null-dereference -Wno-maybe-uninitialized -Wno-restrict)
endif()

if(CALLSTREAM_SANITIZE)
    add_compile_options(-fsanitize=${CALLSTREAM_SANITIZE} -fno-omit-frame-pointer
                        -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${CALLSTREAM_SANITIZE})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
        # As a relative path, so that one compiler's cache serves every clone.
        file(RELATIVE_PATH ignored ${CMAKE_BINARY_DIR} ${CMAKE_CURRENT_LIST_DIR}/sanitizer_ignore.txt)
        add_compile_options(-fsanitize-ignorelist=${ignored})
    endif()
endif()

find_program(CALLSTREAM_CCACHE ccache)
if(CALLSTREAM_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CALLSTREAM_CCACHE})
endif()

find_program(CALLSTREAM_LLD ld.lld-14)
if(CALLSTREAM_LLD AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    add_link_options(-fuse-ld=lld-14)
endif()

# A static library of ours: callstream_library(core SOURCES ... LINK ...).
function(callstream_library name)
    cmake_parse_arguments(arg "" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
    add_library(callstream_${name} STATIC ${arg_SOURCES})
    target_link_libraries(callstream_${name}
        PUBLIC callstream_options ${arg_LINK} PRIVATE ${arg_PRIVATE_LINK})
endfunction()
