/*
 * doc_public - what of an alert's document is for its readers.
 *
 * Threads: pure.
 */
#ifndef VG_ALERT_DOC_PUBLIC_H
#define VG_ALERT_DOC_PUBLIC_H

struct cJSON;

/* Drop the members of `node` whose name starts with "_", at every depth, which
 * is bounded as cJSON bounds it when it parses. */
void vg_doc_public(struct cJSON *node);

#endif
