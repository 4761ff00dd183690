/*
 * plan - what is counted: the fixed series and the tracks that rules ask for.
 *
 * Series are the twelve aggregates below. A track is what rules read, per
 * (group, value, audience, aligned sub-window of length W) one of two shapes
 * (design: "Cells"): a span has the first and last event time with their
 * offsets; steps have, for each event time, how many (aggregate/steps.h).
 * `alert` compiles rules into tracks; rules that need the same track share it.
 * A track's id is a hash of what defines it, so a changed rule is a new track.
 *
 * Owner:   immutable after the last vg_plan_add_track(); borrow freely.
 * Threads: any.
 */
#ifndef VG_AGGREGATE_PLAN_H
#define VG_AGGREGATE_PLAN_H

#include "aggregate/field.h"
#include "core/err.h"

/* X(enum suffix, name, field 1, field 2, 1 when kept in 10 s buckets) */
#define VG_SERIES(X)                                                           \
	X(COUNTRY, "country", "country", NULL, 1)                              \
	X(SOURCE, "source_country", "source_country", NULL, 0)                 \
	X(PARTNER, "partner", "partner", NULL, 1)                              \
	X(SENSOR, "sensor", "sensor", NULL, 0)                                 \
	X(ACTOR, "actor", "actor", NULL, 0)                                    \
	X(TECHNIQUE, "technique", "technique", NULL, 0)                        \
	X(CATEGORY, "category", "category", NULL, 0)                           \
	X(SECTOR, "sector", "sector", NULL, 0)                                 \
	X(SEVERITY, "severity", "severity", NULL, 0)                           \
	X(ACTOR_COUNTRY, "actor+country", "actor", "country", 0)               \
	X(SOURCE_PAIR, "source_country+country", "source_country", "country",  \
	  0)                                                                   \
	X(TECHNIQUE_PAIR, "technique+country", "technique", "country", 0)

enum vg_agg {
#define VG_SERIES_ENUM(id, name, f1, f2, fine) VG_AGG_##id,
	VG_SERIES(VG_SERIES_ENUM)
#undef VG_SERIES_ENUM
		VG_AGG_SERIES_N,
	VG_AGG_ACCOUNT = 15, /* the account book of an hour         */
	/* Track i is aggregate VG_AGG_TRACK_0 + i, or VG_AGG_STEPS_0 + i when
	 * its kind is steps. What is at or above VG_AGG_TRACK_0 is a track. */
	VG_AGG_TRACK_0 = 16,
	VG_AGG_STEPS_0 = VG_AGG_TRACK_0 + VG_TRACKS_ALL,
	VG_AGG_END = VG_AGG_STEPS_0 + VG_TRACKS_ALL
};

struct vg_series_info {
	const char *name, *field[2];
	bool fine; /* also kept in 10 s buckets */
};

enum vg_res { VG_RES_10S, VG_RES_1M, VG_RES_1H, VG_RES_1D, VG_RES_N };

/* First and last event time, or occurrences by event time. */
enum vg_track_kind { VG_TRACK_SPAN, VG_TRACK_STEPS };

enum {
	VG_TRACK_GROUP_MAX = 4,
	VG_TRACK_NEED_MAX = 8,
	VG_TRACK_ID = 17,
	VG_TRACK_CLASSES_MAX = 17,
	VG_SERIES_TEXT = 256 /* all names, with their spaces and a NUL */
};

#define VG_TRACK_FIRST_MS (INT64_C(1) << 36) /* what VG_SPAN_BITS hold */

struct vg_match; /* compiled predicate over an event: aggregate/match.h */

struct vg_track {
	char id[VG_TRACK_ID]; /* 16 hex digits: set by vg_plan_add_track() */
	enum vg_track_kind kind;
	int64_t window_ms;
	/* Not 0: firsts, of each group its first event time, in sub-windows of
	 * VG_TRACK_FIRST_MS that never expire; no event may be later. */
	int64_t reach_ms;
	const struct vg_match
		*match; /* NULL: every event. Plan owns it after add, ... */
	bool borrowed;	/* ... but not these: nor the classes; never aliases */
	struct vg_field_ref group[VG_TRACK_GROUP_MAX];
	unsigned n_group;
	/* A tuple when > 1; of steps there may be none. */
	struct vg_field_ref value[VG_TRACK_GROUP_MAX];
	unsigned n_value;
	bool numeric; /* steps: the one value must be a number */
	/* Steps without values (a NULL class: every event): the value is then
	 * the set of classes that the event is of, in decimal, bit i for class
	 * i; what is of none counts only where `classless`. */
	const struct vg_match *class_of[VG_TRACK_CLASSES_MAX];
	unsigned n_class;
	bool classless;
	/* These must be there too, or the event is not counted: a rule with two
	 * distinct conditions needs both of their fields. */
	struct vg_field_ref need[VG_TRACK_NEED_MAX];
	unsigned n_need;
};

struct vg_plan;

/* A plan of all series and no track; freed with _free() (NULL allowed). */
enum vg_rc vg_plan_new(struct vg_plan **out, struct vg_err *err) VG_MUST_CHECK;
/* Free `p`; NULL is allowed. */
void vg_plan_free(struct vg_plan *p);
/* Add a track or find the equal one; its index in *index. The plan takes over
 * `match` and the classes (and frees them when an equal track exists) and
 * copies names. */
enum vg_rc vg_plan_add_track(struct vg_plan *p, const struct vg_track *track,
			     size_t *index, struct vg_err *err) VG_MUST_CHECK;

/* Number of tracks, and track `i`. */
size_t vg_plan_tracks(const struct vg_plan *p);
const struct vg_track *vg_plan_track(const struct vg_plan *p, size_t i);

/* The aggregate of track `i`, and the track of an aggregate that is one. */
unsigned vg_plan_agg(const struct vg_plan *p, size_t i);
size_t vg_agg_track(unsigned agg);

/* Index of the track with this id, or -1; how late what a track counts may be,
 * ms, and the most of it over all tracks, 0 without tracks. */
int vg_plan_find_track(const struct vg_plan *p, struct vg_slice id);
int64_t vg_track_late_ms(const struct vg_track *t);
int64_t vg_plan_longest_ms(const struct vg_plan *p);

/* What is added from here on is for partners' own rules alone, beside
 * VG_TRACKS_MAX; the longest window before; forget tracks from `n` on. */
void vg_plan_seal(struct vg_plan *p);
int64_t vg_plan_shared_ms(const struct vg_plan *p);
void vg_plan_cut(struct vg_plan *p, size_t n);

/* Count only the series of `names`: "all", or names separated by spaces;
 * partner, of which totals are made, always is. NULL is all. VG_INVAL on a
 * name that is none. */
enum vg_rc vg_plan_count_series(struct vg_plan *p, const char *names,
				struct vg_err *err) VG_MUST_CHECK;

/* True when series `agg` is counted; those that are: "all", or their names in
 * the order of the enum with a space between. */
bool vg_plan_counts(const struct vg_plan *p, size_t agg);
void vg_plan_series_text(const struct vg_plan *p, char out[VG_SERIES_TEXT]);

/* Series by enum, and by name (NULL / -1 when none). */
const struct vg_series_info *vg_series_info(size_t agg);
int vg_series_find(struct vg_slice name);

/* Width of a resolution, ms; its name: "10s", ... */
int64_t vg_res_ms(enum vg_res r);
const char *vg_res_name(enum vg_res r);

#endif
