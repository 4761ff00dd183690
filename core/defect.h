/*
 * defect - seeded defects, which a law's test suite must be seen to catch.
 *
 * In a normal build VG_DEFECT("name") is the constant 0 and its branch is
 * compiled away. A build with -DVG_DEFECTS=ON asks the environment variable
 * VIGIE_DEFECT for one name. tests/defects.txt lists every name with the test
 * that catches it; dev/check runs them.
 *
 * Threads: any; the environment is read, never written.
 */
#ifndef VG_CORE_DEFECT_H
#define VG_CORE_DEFECT_H

#ifdef VG_DEFECTS
/* Nonzero when VIGIE_DEFECT equals `name`. */
int vg_defect_on(const char *name);
#define VG_DEFECT(name) vg_defect_on(name)
#else
#define VG_DEFECT(name) 0
#endif

#endif
