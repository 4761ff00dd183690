/*
 * tag - the last steps of an answer: its tag (ETag), "you have it" (304), its
 * coding.
 *
 * The tag is a keyed hash of the viewer and the body, and so of the cells that
 * the viewer sees and of the question, and of nothing else (law 3). Every
 * process with the same hash_key_file makes the same tag.
 *
 * Threads: any.
 */
#ifndef VG_API_TAG_H
#define VG_API_TAG_H

#include "api/service.h"

/* Give the answer of a viewer's route to r its tag, keep it if it was claimed,
 * make it a 304 when the asker has it, or code its body. */
void vg_tag_answer(struct vg_service *s, const struct vg_request *r,
		   struct vg_answer *a);

#endif
