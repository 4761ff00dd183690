/*
 * regex - regular expressions over texts from outside, in bounded steps.
 *
 * A pattern is a Perl-compatible one (PCRE2, interpreted) over Unicode text; it
 * is found anywhere unless ^ or $ tie it, and $ is the very end. \d, \w and \s
 * are ASCII. Patterns whose meaning hangs on where a search starts (verbs as
 * in (*PRUNE), recursion into the whole, callouts) are refused.
 *
 * A search may take VG_REGEX_STEPS steps and VG_REGEX_HEAP_KIB of memory; the
 * same text needs the same number of steps on every machine. Past either it
 * has no answer: the caller must take it for neither yes nor no.
 *
 * Threads: immutable, any.
 */
#ifndef VG_CORE_REGEX_H
#define VG_CORE_REGEX_H

#include "core/err.h"
#include "core/slice.h"

enum {
	VG_REGEX_MAX = 512,	/* bytes of a pattern                      */
	VG_REGEX_NEST_MAX = 32, /* nested parentheses                      */
	VG_REGEX_STEPS = 20000,
	VG_REGEX_HEAP_KIB = 4096
};

enum vg_found { VG_FOUND_NO, VG_FOUND_YES, VG_FOUND_LIMIT };

struct vg_regex;

/* Compile. VG_INVAL with what is wrong and where in the pattern. */
enum vg_rc vg_regex_new(struct vg_regex **out, struct vg_slice pattern,
			bool ignore_case, struct vg_err *err) VG_MUST_CHECK;

/* Free; NULL is allowed. */
void vg_regex_free(struct vg_regex *r);

/* Search `text`; what is not UTF-8 has no answer (VG_FOUND_LIMIT). */
enum vg_found vg_regex_find(const struct vg_regex *r, struct vg_slice text);

#endif
