/*
 * campaign_out - the campaign that an alert is part of, from the book and what
 * people closed.
 *
 * An alert's fingerprint has its class in it, so a campaign is made of what
 * the alert's own readers see, and of nothing else (law 3).
 *
 * Threads: pure; the book's and the people's locks are held.
 */
#ifndef VG_API_CAMPAIGN_OUT_H
#define VG_API_CAMPAIGN_OUT_H

#include "alert/campaign.h"
#include "api/service.h"

/* Episodes of one fingerprint that are looked at: the newest. */
enum { VG_CAMPAIGN_PARTS = 512 };

/* The campaign of an alert, and the ids of its episodes. */
struct vg_campaign_of {
	struct vg_campaign c;
	struct vg_campaign_part part[VG_CAMPAIGN_PARTS];
	const struct vg_book_alert *alert[VG_CAMPAIGN_PARTS]; /* by tag */
	size_t n;
};

/* Find it as of `at_ms`; false for an alert that is merged or withdrawn, or
 * has not begun by then. */
bool vg_campaign_find(struct vg_campaign_of *out, const struct vg_service *s,
		      const struct vg_book_alert *alert, int64_t at_ms);

/* Write its stage, since when, its countries, its velocity, as members. */
void vg_campaign_members(struct vg_jout *j, const struct vg_campaign *c);

/* Append it as one JSON object; nothing when there is none. */
void vg_campaign_text(struct vg_buf *out, const struct vg_service *s,
		      const struct vg_book_alert *alert, int64_t at_ms);

#endif
