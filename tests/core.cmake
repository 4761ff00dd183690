# The core library's suites.
vg_test(audience core)
vg_test(config core)
vg_test(options core)
vg_test(yaml core)
