/*
 * precision - how often the alerts of a rule were what they said, by people's
 * verdicts: for each rule, and for each country of the alerts judged.
 *
 * Counted are the alerts that the asker sees and their last verdict, so that
 * a number tells of nothing else (law 3).
 *
 * Owner:   the caller. Threads: pure; the book's and the people's locks are
 *          held while it is made.
 */
#ifndef VG_API_PRECISION_H
#define VG_API_PRECISION_H

#include "api/service.h"

struct vg_precision;

/* Count for the readers called `viewer`; NULL when memory is out. Freed with
 * _free(), NULL allowed. */
struct vg_precision *vg_precision_new(const struct vg_service *s,
				      const char *viewer);
void vg_precision_free(struct vg_precision *p);

/* Write {"true","false","known","share","countries"} of `rule`. */
void vg_precision_write(struct vg_jout *j, const struct vg_precision *p,
			const char *rule);

#endif
