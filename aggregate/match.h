/*
 * match - a compiled predicate over one event: all of several field tests.
 *
 * A test is a field, and either a list of values it may equal (as text) or
 * numeric bounds gt gte lt lte eq neq. A list field passes when any of its
 * values does. A missing field never passes.
 *
 * Owner:   the caller, until a plan takes it over. Threads: immutable, any.
 */
#ifndef VG_AGGREGATE_MATCH_H
#define VG_AGGREGATE_MATCH_H

#include "aggregate/field.h"
#include "core/err.h"

struct vg_buf;
struct vg_match;

enum vg_match_op {
	VG_OP_GT,
	VG_OP_GTE,
	VG_OP_LT,
	VG_OP_LTE,
	VG_OP_EQ,
	VG_OP_NEQ
};

/* A predicate without tests: true for every event. */
enum vg_rc vg_match_new(struct vg_match **out,
			struct vg_err *err) VG_MUST_CHECK;

/* Free `m`; NULL is allowed. */
void vg_match_free(struct vg_match *m);

/* Add "field is one of values" (copied). */
enum vg_rc vg_match_add_values(struct vg_match *m, struct vg_slice field,
			       const struct vg_slice *values, size_t n,
			       struct vg_err *err) VG_MUST_CHECK;

/* Add "field `op` bound". */
enum vg_rc vg_match_add_bound(struct vg_match *m, struct vg_slice field,
			      enum vg_match_op op, double bound,
			      struct vg_err *err) VG_MUST_CHECK;

/* True when every test passes; `values` is scratch. */
bool vg_match_test(const struct vg_match *m, const struct vg_event *e,
		   struct vg_slice partner, struct vg_field_values *values);

/* A canonical text (tests and values sorted), for hashing and comparing. */
void vg_match_print(const struct vg_match *m, struct vg_buf *out);

#endif
