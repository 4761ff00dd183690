# The API: parts of their own, then whole calls over a fake view, book and
# store, then the same over sockets; last law 3 over a real Redis and view.
vg_test(json_out api)
vg_test(request api)
vg_test(web api)
vg_test(pool api api_fixture.c fake_world.c)
vg_test(tokens api api_fixture.c fake_world.c)
vg_test(api_dispatch api api_fixture.c fake_world.c)
vg_test(api_series api api_fixture.c fake_world.c)
vg_test(negotiate api)
vg_test(api_query api api_fixture.c fake_world.c)
vg_test(api_kept api api_fixture.c fake_world.c)
target_link_libraries(test_api_kept PRIVATE PkgConfig::ZLIB PkgConfig::BROTLIDEC)
vg_test(api_alerts api api_fixture.c fake_world.c)
vg_test(api_rules api api_fixture.c fake_world.c)
vg_test(api_partners api api_fixture.c fake_world.c)
vg_test(api_server api api_fixture.c fake_world.c)
vg_test(api_law3 api view_fix.c redis_server.c)
vg_test(api_book api alert_fix.c redis_server.c)
vg_test(api_actors api api_fixture.c fake_world.c)
target_compile_definitions(test_api_actors PRIVATE
    VG_VOCABULARY="${PROJECT_BINARY_DIR}/vocabulary.bin")
target_compile_definitions(test_api_query PRIVATE
    VG_DOCS="${PROJECT_SOURCE_DIR}/docs")
