/*
 * release_parts - members of documents, for release and release_ask. Private.
 *
 * Threads: pure. What memory is too short for is left out, and printing the
 * document then fails.
 */
#ifndef VG_ALERT_RELEASE_PARTS_H
#define VG_ALERT_RELEASE_PARTS_H

#include "alert/release.h"

#include <cjson/cJSON.h>

/* A member; its text, "" when it has none. */
const cJSON *vg_release_member(const cJSON *o, const char *name);
const char *vg_release_text(const cJSON *o, const char *name);

/* True when list `list` has the text `text`. */
bool vg_release_lists(const cJSON *list, const char *text);

/* Set a member: to a text, an instant, an empty list, which is returned. */
void vg_release_set(cJSON *o, const char *name, const char *text);
void vg_release_set_instant(cJSON *o, const char *name, int64_t ms);
cJSON *vg_release_set_list(cJSON *o, const char *name);

/* Set who did `a` and when, and what was said with it. */
void vg_release_sign(cJSON *o, const struct vg_action *a);

#endif
