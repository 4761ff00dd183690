/*
 * mute - why an alert is kept from people though it fires: silences that a
 * person set, and inhibition by another alert.
 *
 * A muted alert is neither firing nor resolved for whoever is notified; its
 * state over the API is untouched.
 *
 * Owner:   each object owns its texts. Time: ms, an argument. Threads: pure.
 */
#ifndef VG_NOTIFY_MUTE_H
#define VG_NOTIFY_MUTE_H

#include "notify/labels.h"

/* Acts for from <= t < to on what its conditions hold for. */
struct vg_silence {
	char *id, *author, *reason;
	struct vg_matchers on;
	int64_t from_ms, to_ms;
};

/* True when `s` acts on `l` at `at_ms`. */
bool vg_silence_acts(const struct vg_silence *s, const struct vg_labels *l,
		     int64_t at_ms);

/* Free what `s` holds; it is then empty. */
void vg_silence_term(struct vg_silence *s);

/* A firing source mutes a target that has the same values of `equal`. */
struct vg_inhibit {
	struct vg_matchers source, target;
	char **equal;
	size_t n_equal;
};

/* True when, by `r`, the firing alert `by` mutes `l`. An alert that is source
 * and target is not muted by one that is both too, hence never by itself. */
bool vg_inhibit_acts(const struct vg_inhibit *r, const struct vg_labels *l,
		     const struct vg_labels *by);

/* Add a label name to `equal`; false when memory is out. */
bool vg_inhibit_equal(struct vg_inhibit *r, const char *name);

/* Free what `r` holds; it is then empty. */
void vg_inhibit_term(struct vg_inhibit *r);

#endif
