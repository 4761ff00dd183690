# Rules and episodes are pure; the rest runs on a redis-server.
vg_test(rules alert)
vg_test(rule_match alert)
vg_test(sigma alert)
vg_test(rule_cost alert)
vg_test(rule_names alert)
target_compile_definitions(test_rule_names PRIVATE
    VG_VOCABULARY="${PROJECT_BINARY_DIR}/vocabulary.bin")
vg_test(episodes alert)
vg_test(kinds alert)
vg_test(life alert)
vg_test(exact_sum alert)
vg_test(rule_forms alert)
vg_test(replay alert)
vg_test(groups alert)
vg_test(wake alert)
vg_test(values alert)
vg_test(alert_doc alert)
vg_test(action alert)
vg_test(campaign alert)
vg_test(own alert)
vg_test(desk alert redis_server.c)
foreach(suite own_alerts release chain silence forget purge_alerts evaluator alert_laws alert_say alert_tick alert_store alert_change book)
    vg_test(${suite} alert alert_fix.c redis_server.c)
    target_link_libraries(test_${suite} PRIVATE PkgConfig::CJSON)
endforeach()

# The semantics against an oracle that shares no idea with them.
add_executable(episodes_cli episodes_cli.c)
target_compile_options(episodes_cli PRIVATE -Wall -Wextra)
target_link_libraries(episodes_cli PRIVATE vg_alert)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
add_test(NAME oracle_episodes COMMAND Python3::Interpreter
    ${CMAKE_CURRENT_SOURCE_DIR}/oracle_episodes.py $<TARGET_FILE:episodes_cli> 1000)

# Rules as facts, offline: our own vectors, and those beside the checkout.
set(conformance_orders 50)
set(brute_cases 150)
if(VG_SANITIZE)
    set(brute_cases 40)
    set(conformance_orders 5) # a start of the program takes five times as long
endif()
set(conformance_places ${CMAKE_CURRENT_SOURCE_DIR}/conformance/vectors)
if(EXISTS ${PROJECT_SOURCE_DIR}/../shared/conformance)
    list(APPEND conformance_places ${PROJECT_SOURCE_DIR}/../shared/conformance)
endif()
add_test(NAME conformance COMMAND Python3::Interpreter
    ${CMAKE_CURRENT_SOURCE_DIR}/conformance/run --build ${CMAKE_BINARY_DIR}
    --orders ${conformance_orders} ${conformance_places})
add_test(NAME brute_kinds COMMAND Python3::Interpreter
    ${CMAKE_CURRENT_SOURCE_DIR}/conformance/brute.py $<TARGET_FILE:vigie>
    ${brute_cases})

# The rules that ship: each has tests, that see it fire and see it quiet.
add_test(NAME rule_pack COMMAND vigie test --strict ${PROJECT_SOURCE_DIR}/rules)
