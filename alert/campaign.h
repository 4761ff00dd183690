/*
 * campaign - the stage of the alerts of one fingerprint, at a time T.
 *
 * A campaign is a chain of episodes with gaps of less than `gap_ms` between
 * them. Its stage is a pure function of the episodes as stored, of what people
 * closed, and of T: what lies after T does not count.
 *
 * emerging   since less than W (the window of the last episode), no country but
 * those that it began with spreading  a country that it did not begin with was
 * first seen within W sustained  it goes on, and neither is so resumed    a
 * later episode, since less than W dormant    the last episode is resolved
 * closed     a person closed the last episode, or the gap has passed
 *
 * Time:    ms since 1970; T is an argument. Threads: pure.
 */
#ifndef VG_ALERT_CAMPAIGN_H
#define VG_ALERT_CAMPAIGN_H

#include "alert/book.h"

enum { VG_CAMPAIGN_COUNTRIES = 256 };

enum vg_campaign_stage {
	VG_STAGE_EMERGING,
	VG_STAGE_SPREADING,
	VG_STAGE_SUSTAINED,
	VG_STAGE_DORMANT,
	VG_STAGE_RESUMED,
	VG_STAGE_CLOSED
};

/* The stages in the order of the enum. */
#define VG_STAGES "emerging spreading sustained dormant resumed closed"

struct vg_campaign_part {
	int64_t start_ms, end_ms;	     /* INT64_MAX: without end */
	int64_t resolve_after_ms, window_ms; /* of its rule as it was */
	const struct vg_book_country *country;
	size_t n_country;
	int64_t closed_ms; /* by a person; INT64_MAX: not */
	size_t tag;	   /* the caller's */
};

struct vg_campaign_ask {
	struct vg_campaign_part *part; /* of one fingerprint; sorted here */
	size_t n;
	int64_t of_ms; /* start of an episode of the campaign */
	int64_t gap_ms, at_ms;
};

struct vg_campaign {
	enum vg_campaign_stage stage;
	int64_t since_ms, end_ms; /* of the first and the last episode */
	size_t first, n;	  /* its episodes, in the sorted parts  */
	struct vg_book_country country[VG_CAMPAIGN_COUNTRIES]; /* by time */
	size_t n_country;
	/* Countries an hour, from the first to the last; 0 when they are fewer
	 * than two, or all of one instant. */
	double velocity;
};

/* The campaign that has the episode which starts at ask->of_ms; false when it
 * has none by T. */
bool vg_campaign_at(struct vg_campaign *out, const struct vg_campaign_ask *ask);

/* Name of a stage, and the stage of that name; -1 when it is none. */
const char *vg_stage_name(enum vg_campaign_stage stage);
int vg_stage_find(struct vg_slice name);

/* The stages in a list of names, separated by commas: bit s for stage s; none
 * of NULL. False when one is no stage. */
bool vg_stages_parse(const char *text, unsigned *out);

#endif
