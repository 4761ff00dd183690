/*
 * people_out - what people said about an alert, as its readers see it.
 *
 * Threads: pure; the book's and the people's locks are held.
 */
#ifndef VG_API_PEOPLE_OUT_H
#define VG_API_PEOPLE_OUT_H

#include "alert/people_about.h"

/* The last word of each kind about `alert`, NULL where there is none; false
 * when nobody said anything, which costs little to find. */
bool vg_people_words(const struct vg_word *out[VG_ACT_KINDS],
		     const struct vg_people *p, const struct vg_book *book,
		     const struct vg_book_alert *alert);

/* A hash of which word it is. */
uint64_t vg_people_word_hash(const uint8_t *key, const struct vg_word *w);

/* Append them all as one JSON object; nothing when there are none. */
void vg_people_write(struct vg_buf *out, const struct vg_people *p,
		     const struct vg_people_ids *ids);

#endif
