#include "cmd/purge_people.h"

#include "alert/action.h"
#include "core/hash.h"
#include "ingest/outgoing.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
	SEND_MS = 10000, /* patience with the brokers                    */
	LOOKS = 200	 /* at whether a leader has come to it, 0.1 s each */
};

/* The record, the same in every run: it counts once. */
static enum vg_rc print_record(const struct vg_desk *d, const char *partner,
			       const char *begun, char id[VG_ACTION_ID + 1],
			       struct vg_buf *out, struct vg_err *err)
{
	struct vg_action a = {.kind = VG_ACT_PURGE, .at_ms = d->now_ms};
	struct vg_buf text = {0};
	char hex[65];

	vg_buf_printf(&text, "purge %s %s", partner, begun);
	if (text.failed)
		return vg_err_set(err, VG_FATAL, "purge: out of memory");
	vg_blake2b_hex(hex, text.p, text.n);
	vg_buf_term(&text);
	(void)snprintf(id, VG_ACTION_ID + 1, "%.*s", VG_ACTION_ID, hex);
	memcpy(a.id, id, sizeof a.id);
	(void)snprintf(a.viewer, sizeof a.viewer, "%s", partner);
	(void)snprintf(a.author, sizeof a.author, "vigie partner purge");
	(void)snprintf(a.target, sizeof a.target, "%s", partner);
	return vg_action_print(out, &a, err);
}

static enum vg_rc send_record(const struct vg_desk *d, const char *partner,
			      const struct vg_buf *text, struct vg_err *err)
{
	const char *topic = d->world.cfg->kafka_actions_topic;
	const struct vg_outgoing_record record = {
		.topic = topic,
		.key = vg_slice_of(partner),
		.value = {text->p, (uint32_t)text->n}};
	struct vg_outgoing *o = NULL;
	enum vg_rc rc = vg_outgoing_new(&o, d->world.cfg, err);

	if (rc == VG_OK)
		rc = vg_outgoing_keep_for_ever(o, topic, SEND_MS, err);
	if (rc == VG_OK)
		rc = vg_outgoing_send(o, &record, 1, SEND_MS, err);
	vg_outgoing_free(o);
	return rc;
}

/* True in *done once a leader has come to the record `id`; it has some seconds
 * for that. */
static enum vg_rc await_leader(const struct vg_desk *d, const char *partner,
			       const char *id, bool *done, struct vg_err *err)
{
	const struct timespec pause = {.tv_nsec = 100000000};
	char field[64];
	enum vg_rc rc = VG_OK;

	(void)snprintf(field, sizeof field, "purged %s", partner);
	*done = false;
	for (int i = 0; i < LOOKS && rc == VG_OK && !*done; i++) {
		struct vg_reply *r = NULL;

		rc = vg_store_callf(d->store, &r, err, "HGET",
				    "vg:{vg}:actions", field, (char *)NULL);
		*done = rc == VG_OK &&
			vg_slice_eq(vg_reply_text(r), vg_slice_of(id));
		vg_reply_free(r);
		if (rc == VG_OK && !*done)
			(void)nanosleep(&pause, NULL);
	}
	return rc;
}

enum vg_rc vg_purge_people(const struct vg_desk *d, const char *partner,
			   const char *begun, bool *done, struct vg_err *err)
{
	char id[VG_ACTION_ID + 1];
	struct vg_buf text = {0};
	enum vg_rc rc = print_record(d, partner, begun, id, &text, err);

	if (rc == VG_OK)
		rc = send_record(d, partner, &text, err);
	if (rc == VG_OK)
		rc = await_leader(d, partner, id, done, err);
	vg_buf_term(&text);
	return rc;
}
