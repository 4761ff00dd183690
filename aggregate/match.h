/*
 * match - a compiled predicate over one event: tests of fields, combined.
 *
 * A test passes when any value of its field does (a list field has several); a
 * missing field passes none. Tests and groups stand under the group that is
 * open, at first the whole, of which all must pass. A negated group passes
 * where it does not, a missing field included.
 *
 * A test whose regular expression reaches a bound of core/regex.h has no
 * answer; the predicate then passes only if it does so either way. The order in
 * which tests were added changes nothing.
 *
 * Owner:   the caller, until a plan takes it over. Threads: immutable, any.
 */
#ifndef VG_AGGREGATE_MATCH_H
#define VG_AGGREGATE_MATCH_H

#include "aggregate/field.h"
#include "aggregate/glob.h"
#include "core/err.h"

struct vg_buf;
struct vg_match;
struct vg_value_list;

enum {
	VG_MATCH_TESTS_MAX = 256,   /* tests and groups          */
	VG_MATCH_DEPTH_MAX = 8,	    /* groups within groups      */
	VG_MATCH_VALUES_MAX = 4096, /* values of one test        */
	VG_MATCH_PATTERNS_MAX = 64, /* patterns of one test      */
	VG_MATCH_REGEX_MAX = 64	    /* regular expressions in all */
};

enum vg_match_op {
	VG_OP_GT,
	VG_OP_GTE,
	VG_OP_LT,
	VG_OP_LTE,
	VG_OP_EQ,
	VG_OP_NEQ
};

enum vg_match_group { VG_MATCH_ALL, VG_MATCH_ANY, VG_MATCH_NOT /* not all */ };

/* Several texts that one test of a field compares with. */
struct vg_match_texts {
	const struct vg_slice *text;
	size_t n;
	bool ignore_case; /* of ASCII letters; of all in regular expressions */
};

/* A predicate without tests: true for every event. */
enum vg_rc vg_match_new(struct vg_match **out,
			struct vg_err *err) VG_MUST_CHECK;

/* Free `m`; NULL is allowed. */
void vg_match_free(struct vg_match *m);

/* Open a group within the open one; close the one that was opened last. What
 * was opened must be closed before the predicate is used. */
enum vg_rc vg_match_open(struct vg_match *m, enum vg_match_group group,
			 struct vg_err *err) VG_MUST_CHECK;
void vg_match_close(struct vg_match *m);

/* Add "field is one of values" (copied). Values of severity, confidence and
 * count are compared as numbers. */
enum vg_rc vg_match_add_values(struct vg_match *m, struct vg_slice field,
			       const struct vg_slice *values, size_t n,
			       struct vg_err *err) VG_MUST_CHECK;

/* Add "field `op` bound". What is no number passes none. */
enum vg_rc vg_match_add_bound(struct vg_match *m, struct vg_slice field,
			      enum vg_match_op op, double bound,
			      struct vg_err *err) VG_MUST_CHECK;

/* Add "field is there". */
enum vg_rc vg_match_add_exists(struct vg_match *m, struct vg_slice field,
			       struct vg_err *err) VG_MUST_CHECK;

/* Add "field is an address in one of these networks". VG_INVAL with the text
 * that is none. */
enum vg_rc vg_match_add_nets(struct vg_match *m, struct vg_slice field,
			     const struct vg_match_texts *texts,
			     struct vg_err *err) VG_MUST_CHECK;

/* Add "field fits one of these patterns of `form`". */
enum vg_rc vg_match_add_globs(struct vg_match *m, struct vg_slice field,
			      enum vg_glob_form form,
			      const struct vg_match_texts *texts,
			      struct vg_err *err) VG_MUST_CHECK;

/* Add "one of these patterns with wildcards fits a value of the event",
 * whichever field has it. */
enum vg_rc vg_match_add_anywhere(struct vg_match *m,
				 const struct vg_match_texts *texts,
				 struct vg_err *err) VG_MUST_CHECK;

/* Add "a value of field is (begins with, ...: `form`) one of `other`"; a field
 * that is missing passes none. */
enum vg_rc vg_match_add_same(struct vg_match *m,
			     const struct vg_slice field_other[2],
			     enum vg_glob_form form, bool ignore_case,
			     struct vg_err *err) VG_MUST_CHECK;

/* Add "one of these regular expressions is found in field". */
enum vg_rc vg_match_add_regexes(struct vg_match *m, struct vg_slice field,
				const struct vg_match_texts *texts,
				struct vg_err *err) VG_MUST_CHECK;

/* Add "field is in `list`", which is closed and held by the predicate, too. */
enum vg_rc vg_match_add_list(struct vg_match *m, struct vg_slice field,
			     struct vg_value_list *list,
			     struct vg_err *err) VG_MUST_CHECK;

/* True when `m` passes; `values` is scratch, and its `is_limited` says whether
 * the answer is false for want of one. */
bool vg_match_test(const struct vg_match *m, const struct vg_event *e,
		   struct vg_slice partner, struct vg_field_values *values);

/* A canonical text (tests and values sorted), for hashing and comparing. */
void vg_match_print(const struct vg_match *m, struct vg_buf *out);

#endif
