# vg_module(NAME PUBLIC libs... PRIVATE libs...): one static library a folder,
# from every .c in it. PUBLIC is what its headers need, PRIVATE the rest: a
# third-party library is always PRIVATE, so that its headers stay inside.
function(vg_module name)
    cmake_parse_arguments(ARG "" "" "PUBLIC;PRIVATE" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
    if(NOT sources)
        message(FATAL_ERROR "${name}: no sources in ${CMAKE_CURRENT_SOURCE_DIR}")
    endif()
    add_library(vg_${name} STATIC ${sources})
    target_link_libraries(vg_${name}
        PUBLIC vg_flags ${ARG_PUBLIC} PRIVATE vg_warnings ${ARG_PRIVATE})
endfunction()
