/*
 * release - an alert shown to more viewers, once every partner that hides a
 * part of it from them has agreed with four eyes.
 *
 * Asking makes a copy of the alert as its class reads it then. The copy is an
 * alert like any other: stored, kept, purged and forgotten as one, but of a
 * class that nobody is of, VG_RELEASE_NOBODY. What is said about it stands in
 * its member "_release", which readers of alerts never get. An analyst of each
 * partner that hides something agrees and another one confirms; with the last
 * of them the copy's class becomes the viewers that were asked for, and from
 * then on it is theirs. What happens afterwards to the alert it was made of
 * changes nothing in it: agreed is to what was seen, which the digest in an
 * action pins down, not to what hidden events may make of it.
 *
 * Threads: pure, but for vg_release_look(): with the evaluator.
 */
#ifndef VG_ALERT_RELEASE_H
#define VG_ALERT_RELEASE_H

#include "alert/action.h"
#include "alert/model.h"
#include "core/buf.h"

struct cJSON;
struct vg_config;
struct vg_evaluator;
struct vg_store;

enum {
	VG_RELEASE_DAYS = 30,  /* who has not answered by then is not asked
				* any more */
	VG_RELEASES_MAX = 100, /* one viewer's that are open           */
	VG_RELEASES_WAIT_MAX = 1000, /* actions on their way to the evaluator */
};

#define VG_RELEASE_NOBODY "~"
#define VG_KEY_RELEASES	  "vg:{vg}:releases"

/* The copy that an action asks for. */
struct vg_release_copy {
	char id[VG_ALERT_ID];
	int64_t start_ms;
	struct vg_buf doc;
};

/* What the copy's identity is made with, and who and what there is. */
struct vg_release_world {
	const struct vg_config *cfg;
	const struct vg_rules *rules;
	const uint8_t *hash_key;
};

/* Make the copy of `doc` that `a`, a VG_ACT_RELEASE, asks for. VG_DROP says why
 * it is none that can be released so; out->doc is the caller's to free. */
enum vg_rc vg_release_ask(struct vg_release_copy *out,
			  const struct vg_action *a, struct vg_slice doc,
			  const struct vg_release_world *w,
			  struct vg_err *err) VG_MUST_CHECK;

/* What an action about a copy comes to. The words for a partner's analyst
 * follow from what its own people did, from who asked, and from time alone. */
enum vg_release_said {
	VG_RELEASE_NOTED,
	VG_RELEASE_REPEATED,  /* the same action was noted before        */
	VG_RELEASE_NOT_ASKED, /* the viewer has no say in it             */
	VG_RELEASE_OVER,      /* refused by its own, by who asked; lapsed */
	VG_RELEASE_OTHER,     /* it was another copy that was seen        */
	VG_RELEASE_TWICE,     /* its people have said this already        */
	VG_RELEASE_FIRST,     /* confirmed before anybody agreed          */
	VG_RELEASE_SAME	      /* by the one who agreed: two eyes are two  */
};

/* What `a` (agree, confirm, refuse) makes of the copy `doc`, changed in place
 * when it is VG_RELEASE_NOTED. */
enum vg_release_said vg_release_say(struct cJSON *doc,
				    const struct vg_action *a,
				    const struct vg_config *cfg);

/* True when `doc` is such a copy. */
bool vg_release_is(const struct cJSON *doc);

/* Its "_release", and members of it that readers ask for. */
const struct cJSON *vg_release_of(const struct cJSON *doc);

/* True when `viewer` hides a part of it, so is asked. */
bool vg_release_asks(const struct cJSON *release, const char *viewer);

/* True when nothing more can be said about it, as far as `viewer`, who asked or
 * is asked, may know. */
bool vg_release_is_over(const struct cJSON *release, const char *viewer,
			int64_t now_ms);

/* When nobody is asked any more. */
int64_t vg_release_lapse_ms(const struct cJSON *release);

/* Apply the next waiting action, if there is one: at most one is looked at, and
 * it leaves the list when what it did is stored. The evaluator leads and has
 * loaded. */
enum vg_rc vg_release_look(struct vg_evaluator *e, struct vg_store *store,
			   struct vg_err *err) VG_MUST_CHECK;

#endif
