/*
 * campaign_out - the campaign that an alert is part of, for those who read it
 * over the API (alert/campaign_of.h).
 *
 * Threads: pure; the book's and the people's locks are held.
 */
#ifndef VG_API_CAMPAIGN_OUT_H
#define VG_API_CAMPAIGN_OUT_H

#include "alert/campaign_of.h"
#include "api/service.h"

/* vg_campaign_find() among the service's alerts. */
bool vg_campaign_here(struct vg_campaign_of *out, const struct vg_service *s,
		      const struct vg_book_alert *alert, int64_t at_ms);

/* Write its stage, since when, its countries, its velocity, as members. */
void vg_campaign_members(struct vg_jout *j, const struct vg_campaign *c);

/* Append it as one JSON object; nothing when there is none. */
void vg_campaign_text(struct vg_buf *out, const struct vg_service *s,
		      const struct vg_book_alert *alert, int64_t at_ms);

#endif
