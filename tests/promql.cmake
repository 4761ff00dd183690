# The query language alone, over a fake source.
vg_test(promql_parse promql)
vg_test(promql_eval promql)
