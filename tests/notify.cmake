# What a conformance vector with a timeline says, and what we make of it.
add_executable(vg_timeline_cli timeline_cli.c)
target_compile_options(vg_timeline_cli PRIVATE -Wall -Wextra)
target_link_libraries(vg_timeline_cli PRIVATE vg_notify PkgConfig::CJSON m)
add_test(NAME oracle_timeline COMMAND Python3::Interpreter
    ${CMAKE_CURRENT_SOURCE_DIR}/oracle_timeline.py $<TARGET_FILE:vg_timeline_cli> 300
    ${CMAKE_CURRENT_SOURCE_DIR}/conformance/vectors/timeline.json)
vg_test(notify_pure notify)
vg_test(notifier notify redis_server.c)
vg_test(outbox notify redis_server.c)
target_link_libraries(test_notifier PRIVATE Threads::Threads)
vg_test(notify_routes notify)
vg_test(notify_parts notify)
vg_test(watchdog notify view_fix.c redis_server.c)
vg_test(renew notify redis_server.c)
