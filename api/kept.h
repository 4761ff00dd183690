/*
 * kept - answers that still stand.
 *
 * A handler claims what it is asked (vg_kept_find()); each query that it runs
 * notes what the answer hangs on; when it is done the answer is kept with its
 * tag. Asked the same again, nothing is computed while all of that stands: a
 * 304 costs no query. What is kept for one viewer is found for no other.
 *
 * What many ask for while its cells change all the time may be held: until
 * then the kept one is given, with the freshness that it was computed at.
 *
 * Bounded: VG_KEPT_SETS times VG_KEPT_WAYS answers, VG_KEPT_BYTES in all; the
 * one unused for longest goes.
 *
 * Owner:   the service. Threads: any; the mutex guards all.
 */
#ifndef VG_API_KEPT_H
#define VG_API_KEPT_H

#include "aggregate/stamp.h"
#include "api/answer.h"
#include "api/negotiate.h"

enum {
	VG_KEPT_STAMPS = 8, /* queries that one answer may hang on */
	VG_KEPT_SETS = 512,
	VG_KEPT_WAYS = 8,
	VG_KEPT_BYTES = 64 << 20,
	VG_KEPT_ONE_MAX = 4 << 20, /* bytes of one answer           */
	VG_KEPT_MS = 60000,	   /* asked anew after this in any case */
	VG_KEPT_HOLD_MS = 250,	   /* the longest that one is held  */
	VG_TAG = 33		   /* hex digits and a NUL          */
};

struct vg_kept;
struct vg_service;

/* What an answer is of, and what it hangs on. Zeroed at first: of nothing. */
struct vg_kept_claim {
	struct vg_buf key; /* empty: not to be kept */
	struct vg_query_stamp stamp[VG_KEPT_STAMPS];
	unsigned n;
	bool has_alerts;     /* hangs on the book too      */
	bool spoilt;	     /* on more than can be noted  */
	bool found;	     /* the answer is a kept one   */
	uint64_t tick, book; /* of view and book, before */
	int64_t until_ms;    /* asked anew from then on    */
	int64_t hold_ms;     /* till then given though its cells have changed;
			      * 0: not so                  */
	bool held;	     /* found that way: it is of `fresh` */
	struct vg_view_freshness fresh; /* when it was computed */
	int64_t note[2];  /* what its handler wants back with it */
	char tag[VG_TAG]; /* of the answer, once known  */
};

/* Nothing kept; freed with _free() (NULL is allowed). */
enum vg_rc vg_kept_new(struct vg_kept **out, struct vg_err *err) VG_MUST_CHECK;
void vg_kept_free(struct vg_kept *k);

/* Claim request `r`, whose answer is in `format` and of the range: it may say
 * "now". True when `a` now is the answer, but for the headers of freshness; an
 * answer that the asker has already, by r->if_none_match, has no body. */
bool vg_kept_find(struct vg_service *s, const struct vg_request *r,
		  struct vg_answer *a, enum vg_format format,
		  const int64_t range[2]);

/* Note that the claimed answer hangs on `q`; before it runs. */
void vg_kept_note(struct vg_service *s, const struct vg_request *r,
		  const struct vg_query *q);

/* Keep `a`, if it was claimed and is whole. */
void vg_kept_put(struct vg_service *s, const struct vg_request *r,
		 const struct vg_answer *a);

/* Let `whole` hang on what `part`, found or computed for it, hangs on. */
void vg_kept_hang(struct vg_kept_claim *whole,
		  const struct vg_kept_claim *part);

/* Keep, or append to `out`, the answer's body in a coding; _coded() is false
 * when there is none. */
void vg_kept_code(struct vg_service *s, const struct vg_request *r,
		  enum vg_coding c, const struct vg_buf *body);
bool vg_kept_coded(struct vg_service *s, const struct vg_request *r,
		   enum vg_coding c, struct vg_buf *out);

/* Free what a claim owns. */
void vg_kept_claim_term(struct vg_kept_claim *c);

#endif
