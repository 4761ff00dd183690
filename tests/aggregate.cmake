# The pure parts, then those that need a redis-server.
vg_test(keys aggregate)
vg_test(plan aggregate)
vg_test(match aggregate)
vg_test(delta aggregate)
vg_test(cells aggregate)
vg_test(cap aggregate)
vg_test(part aggregate part_fix.c redis_server.c)
vg_test(view aggregate view_fix.c redis_server.c)
