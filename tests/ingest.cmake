# The decoder and admission.
vg_test(indicator ingest)
vg_test(dedup ingest)
