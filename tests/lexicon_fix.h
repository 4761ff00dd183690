/*
 * lexicon_fix - the vocabulary file that the build made (VG_VOCABULARY). A test
 * that needs it skips where there is none, and fails there in CI.
 */
#ifndef VG_TESTS_LEXICON_FIX_H
#define VG_TESTS_LEXICON_FIX_H

#include "core/lexicon.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

static inline struct vg_lexicon *open_lexicon(const char *path)
{
	struct vg_lexicon *l = NULL;
	struct vg_err err = {0};

	if (access(path, R_OK) != 0) {
		cr_assert(getenv("CI") == NULL,
			  "%s was not made; dev/setup fetches what it is made "
			  "of",
			  path);
		cr_skip_test("no vocabulary was made");
	}
	cr_assert(vg_lexicon_open(&l, path, &err) == VG_OK, "%s", err.text);
	return l;
}

#endif
