/*
 * alert_doc - an alert as the JSON document that Redis keeps and readers get,
 * and back. docs/data-model.md lists its members.
 *
 * Threads: pure.
 */
#ifndef VG_ALERT_ALERT_DOC_H
#define VG_ALERT_ALERT_DOC_H

#include "aggregate/part.h"
#include "alert/model.h"
#include "core/buf.h"

/* What a document says about its group. */
struct vg_doc_place {
	const struct vg_part_env *env;
	const struct vg_slot *slot;
	struct vg_slice group; /* packed group bytes: aggregate/keys.h */
};

/* Append `a` as one JSON object. VG_FATAL when memory is out. */
enum vg_rc vg_alert_doc(struct vg_buf *out, const struct vg_alert *a,
			const struct vg_doc_place *at,
			struct vg_err *err) VG_MUST_CHECK;

/* Append the entry for the alert's history: what the change left it at. */
enum vg_rc vg_alert_history(struct vg_buf *out, const struct vg_alert *a,
			    const char *change,
			    struct vg_err *err) VG_MUST_CHECK;

/* A stored document, read back: whose it is, and the alert. */
struct vg_doc_read {
	char rule[65];
	char class_name[VG_CLASS_NAME_MAX];
	struct vg_buf group; /* packed, in the order of the rule's group_by */
	struct vg_alert *alert;
};

/* Read `text`. VG_DROP when it is not a document of a rule and class that there
 * are now: it then stays as it is. Free with vg_doc_read_term(). */
enum vg_rc vg_alert_read(struct vg_doc_read *out, struct vg_slice text,
			 const struct vg_part_env *env,
			 const struct vg_rules *rules,
			 struct vg_err *err) VG_MUST_CHECK;

/* Free what a read left in `d`. */
void vg_doc_read_term(struct vg_doc_read *d);

#endif
