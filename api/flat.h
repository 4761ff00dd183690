/*
 * flat - the list of an answer as a table, for spreadsheets and pipes, where
 * the JSON has more around it.
 *
 * CSV has the columns that are one value, or a short list of them; a line of
 * NDJSON is the whole object that the JSON list has. What stands beside the
 * list is left out; its marking is the header Vigie-Marking.
 *
 * Threads: pure.
 */
#ifndef VG_API_FLAT_H
#define VG_API_FLAT_H

#include "api/answer.h"
#include "api/negotiate.h"

/* The format that the asker of route `path` wants; JSON for a route without a
 * list, and for a request that writes. False with a 406 when it takes none. */
bool vg_flat_format(const char *path, const struct vg_request *r,
		    struct vg_answer *a, enum vg_format *out);

/* Put the list of `a`, which has answered `path`, in the place of its body. An
 * answer that is no 200 stays as it is. */
void vg_flat_answer(const char *path, enum vg_format format,
		    struct vg_answer *a);

#endif
