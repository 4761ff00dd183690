/*
 * doc_labels - an alert's document in the words of Prometheus and its
 * Alertmanager: labels that say which alert it is, annotations that say more.
 *
 * Threads: pure.
 */
#ifndef VG_ALERT_DOC_LABELS_H
#define VG_ALERT_DOC_LABELS_H

#include "core/buf.h"

struct cJSON;

/* Add `labels` of `alert` to `to`: alertname, severity, viewer, vigie_id and
 * the values of the rule's group. */
void vg_doc_labels(struct cJSON *to, const struct cJSON *alert,
		   const char *viewer);

/* Add `annotations`: summary, countries, marking, replay, and of the document's
 * `campaign`, if it has one: stage, spread, velocity. */
void vg_doc_notes(struct cJSON *to, const struct cJSON *alert);

/* Append the countries of `campaign`, each with the time to it: "MA +0s, IL
 * +1h". */
void vg_doc_spread(struct vg_buf *out, const struct cJSON *campaign);

#endif
