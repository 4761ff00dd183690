/*
 * campaign_of - the campaign that an alert is part of, from the book and what
 * people closed.
 *
 * An alert's fingerprint has its class in it, so a campaign is made of what
 * the alert's own readers see, and of nothing else (law 3).
 *
 * Threads: pure; the book's and the people's locks are held.
 */
#ifndef VG_ALERT_CAMPAIGN_OF_H
#define VG_ALERT_CAMPAIGN_OF_H

#include "alert/campaign.h"

struct cJSON;
struct vg_people;

/* Episodes of one fingerprint that are looked at: the newest. */
enum { VG_CAMPAIGN_PARTS = 512 };

/* Where campaigns are found. */
struct vg_campaign_in {
	const struct vg_book *book;
	const struct vg_people *people; /* NULL: nobody closed anything */
	int64_t gap_ms;
};

/* The campaign of an alert, and its episodes. */
struct vg_campaign_of {
	struct vg_campaign c;
	struct vg_campaign_part part[VG_CAMPAIGN_PARTS];
	const struct vg_book_alert *alert[VG_CAMPAIGN_PARTS]; /* by tag */
	size_t n;
};

/* Find it as of `at_ms`; false for an alert that is merged or withdrawn, or
 * has not begun by then. */
bool vg_campaign_find(struct vg_campaign_of *out,
		      const struct vg_campaign_in *in,
		      const struct vg_book_alert *alert, int64_t at_ms);

/* Its stage, since when, its countries with the time to each, its velocity, as
 * a JSON object that the caller deletes; NULL when memory is out. */
struct cJSON *vg_campaign_doc(const struct vg_campaign *c);

#endif
