# The decoder and admission.
vg_test(indicator ingest)
vg_test(dedup ingest)
vg_test(decode ingest)
vg_test(decode_list ingest)
vg_test(decode_hostile ingest)
vg_test(admit ingest)
vg_test(event_schema ingest)
