/*
 * kinds - what receivers there are: a row for each type, each in a file of its
 * own (kind_*.c).
 *
 * Sending is repeated until it succeeds or was tried often enough, so a
 * receiver may get a notification more than once, always with the same id.
 *
 * Threads: a way belongs to one sender's thread.
 */
#ifndef VG_NOTIFY_KINDS_H
#define VG_NOTIFY_KINDS_H

#include "core/clock.h"
#include "core/config.h"

enum { VG_NOTIFY_SECRET_MAX = 1024 };

/* One record for a Kafka topic. */
struct vg_topic_record {
	const char *topic;
	struct vg_slice key, value;
	const char *id; /* goes into the header vigie-notification */
};

/* Where such records go: given by who owns the Kafka client. `send` comes back
 * when all `n` are acknowledged. */
struct vg_topic_sink {
	enum vg_rc (*send)(void *ctx, const struct vg_topic_record *record,
			   size_t n, int64_t timeout_ms, struct vg_err *err);
	void *ctx;
};

/* The way to one receiver. */
struct vg_way {
	const struct vg_receiver *to;
	const char *viewer;
	const struct vg_topic_sink *topics;
	void *curl; /* NULL until it is needed */
	const _Atomic bool *stop;
	int64_t wait_ms; /* what the receiver asked for, 0 when nothing */
};

/* One notification on its way. */
struct vg_sending {
	const char *id;
	struct vg_slice body; /* JSON: notify/notice.h */
	int64_t now_ms;
};

struct vg_receiver_kind {
	const char *type;
	/* VG_INVAL with what is missing or wrong, and the remedy. */
	enum vg_rc (*check)(const struct vg_receiver *to, struct vg_err *err);
	enum vg_rc (*send)(struct vg_way *w, const struct vg_sending *s,
			   struct vg_err *err);
};

/* The row for `type`, or NULL. */
const struct vg_receiver_kind *vg_receiver_kind(const char *type);

/* Check every receiver of `cfg`: its type, what the type needs, its language,
 * its stages, that its secrets can be read. */
enum vg_rc vg_receivers_check(const struct vg_config *cfg,
			      struct vg_err *err) VG_MUST_CHECK;

/* Free what `w` has opened. */
void vg_way_term(struct vg_way *w);

/* True when `text` is set. */
static inline bool vg_is_set(const char *text)
{
	return text != NULL && text[0] != '\0';
}

/* The kinds' functions. */
enum vg_rc vg_webhook_check(const struct vg_receiver *to, struct vg_err *err);
enum vg_rc vg_webhook_send(struct vg_way *w, const struct vg_sending *s,
			   struct vg_err *err);
enum vg_rc vg_alertmanager_check(const struct vg_receiver *to,
				 struct vg_err *err);
enum vg_rc vg_alertmanager_send(struct vg_way *w, const struct vg_sending *s,
				struct vg_err *err);
enum vg_rc vg_topic_check(const struct vg_receiver *to, struct vg_err *err);
enum vg_rc vg_topic_send(struct vg_way *w, const struct vg_sending *s,
			 struct vg_err *err);
enum vg_rc vg_smtp_check(const struct vg_receiver *to, struct vg_err *err);
enum vg_rc vg_smtp_send(struct vg_way *w, const struct vg_sending *s,
			struct vg_err *err);
enum vg_rc vg_syslog_check(const struct vg_receiver *to, struct vg_err *err);
enum vg_rc vg_syslog_send(struct vg_way *w, const struct vg_sending *s,
			  struct vg_err *err);

#endif
