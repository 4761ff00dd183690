# The oracle of law 1, against core and ingest, and by hand.
vg_test(strict verify)
vg_test(second verify)
vg_test(recount verify)
vg_test(recount_steps verify)
vg_test(hear verify)
target_compile_definitions(test_recount PRIVATE
    VG_VOCABULARY="${PROJECT_BINARY_DIR}/vocabulary.bin")
vg_test(resolve verify)
target_compile_definitions(test_resolve PRIVATE
    VG_VOCABULARY="${PROJECT_BINARY_DIR}/vocabulary.bin"
    VG_GEO="${VG_GEO_FILE}")
vg_test(compare verify part_fix.c redis_server.c)
