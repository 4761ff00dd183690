/*
 * place - a place in rows that are by a number, largest first, then by their
 * keys: where the next page of them begins.
 *
 * Its cursor is "<number>.<key>", or "<number>.<key>US<key>": a place in the
 * order and no row of it, so that nothing is missed or told twice while rows
 * come and go before it.
 *
 * Owner:   the caller; it borrows the text of the request.
 * Threads: pure.
 */
#ifndef VG_API_PLACE_H
#define VG_API_PLACE_H

#include "api/answer.h"

struct vg_place {
	bool is_given; /* else it is the beginning */
	int64_t number;
	struct vg_slice keys; /* joined, as in the cursor */
};

/* What the order of a row goes by. */
struct vg_place_row {
	int64_t number; /* 0 or more */
	const struct vg_slice *key;
	unsigned n_keys;
};

/* Read `after`. False, with a problem in `a`, when it is no cursor. */
bool vg_place_read(const struct vg_request *r, struct vg_answer *a,
		   struct vg_place *out);

/* Is `row` behind the place? When memory is out it is, so that a row is told
 * twice rather than never. */
bool vg_place_is_past(const struct vg_place *p, const struct vg_place_row *row);

/* Say that there is more behind `last`: the member `next` of `j` (NULL: none)
 * and the header Link, of the same range. */
void vg_place_next(const struct vg_request *r, struct vg_answer *a,
		   struct vg_jout *j, const struct vg_place_row *last,
		   const int64_t range[2]);

#endif
