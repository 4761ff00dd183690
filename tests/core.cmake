# The core library's suites.
