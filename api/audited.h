/*
 * audited - what goes into the audit log of every request that asks for what
 * is not open to all: who, when, which route and object, and what became of it.
 *
 * No secret and no text of others is written: an object's id when it is plain,
 * else its hash; of a query its hash.
 *
 * Owner:   the service borrows an auditor. Threads: any.
 */
#ifndef VG_API_AUDITED_H
#define VG_API_AUDITED_H

#include "api/service.h"

enum {
	VG_AUDIT_STRANGERS = 60,  /* entries a minute of requests without a
				     token; the next one counts the others */
	VG_AUDIT_OBJECT_MAX = 128 /* bytes of an id that is written as it is */
};

struct vg_auditor;

/* Open the log that `cfg` names; *out is NULL when it names none. Errors as
 * vg_audit_file_open(). */
enum vg_rc vg_auditor_new(struct vg_auditor **out,
			  const struct vg_part_env *env,
			  const struct vg_log *log, const char *writer,
			  int64_t now_ms, struct vg_err *err) VG_MUST_CHECK;
void vg_auditor_free(struct vg_auditor *a);

/* Before the handler of a route that changes something: write that it is asked
 * for. False, with a problem, when it cannot be and must be. */
bool vg_audited_ask(struct vg_service *s, const char *route,
		    const struct vg_request *r, struct vg_answer *a);

/* After it: write what became of it. When that cannot be and must be, the
 * answer becomes a problem. */
void vg_audited_answer(struct vg_service *s, const char *route, bool changes,
		       const struct vg_request *r, struct vg_answer *a);

/* Write that the token file was read anew. */
void vg_audited_tokens(struct vg_service *s, int64_t now_ms);

#endif
