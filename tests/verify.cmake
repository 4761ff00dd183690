# The oracle of law 1, against core and ingest, and by hand.
vg_test(strict verify)
vg_test(second verify)
vg_test(recount verify)
