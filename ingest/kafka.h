/*
 * kafka - how every client of ours is set up, and what it means when the
 * brokers refuse one. Private to ingest.
 *
 * Threads: all but vg_login_*, which are one thread's for each login.
 */
#ifndef VG_INGEST_KAFKA_H
#define VG_INGEST_KAFKA_H

#include "core/config.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>

struct vg_kafka_option {
	const char *name, *value; /* a NULL or empty value is left out */
};

struct vg_kafka_spec {
	rd_kafka_type_t kind;
	rd_kafka_conf_t *conf; /* taken over in any case; may be NULL */
	const struct vg_kafka_option *option;
	size_t n;
};

/* True when clients log in with tokens that they fetch. */
bool vg_kafka_uses_token(const struct vg_config *cfg);

/* Make a client of the brokers in `cfg`, with its security and the options of
 * `spec`. VG_INVAL when an option or a file is refused, or the library
 * cannot do it. */
enum vg_rc vg_kafka_new(rd_kafka_t **out, const struct vg_config *cfg,
			const struct vg_kafka_spec *spec,
			struct vg_err *err) VG_MUST_CHECK;

/* What to do when a broker answers `e`, with the library's words `why` (or
 * NULL); NULL when that is no refusal of us. */
const char *vg_kafka_remedy(rd_kafka_resp_err_t e, const char *why);

/* The first header of `m` that holds a signature (borrowed), and how many there
 * are. */
void vg_kafka_signature(const rd_kafka_message_t *m, struct vg_slice *first,
			int *n);

/* The first refusal that a tool's client met, and why it last found nobody;
 * zeroed to begin with, but for `tell`. */
struct vg_kafka_refusal {
	const char *remedy; /* NULL: none */
	char why[128];
	char away[128]; /* "": it has found a broker each time */
	FILE *tell;	/* told at once when nobody is found; or NULL */
};

/* Keep `e` when it is a refusal and the first, or says that a broker cannot be
 * reached; `why` may be NULL. */
void vg_kafka_note(struct vg_kafka_refusal *r, rd_kafka_resp_err_t e,
		   const char *why);

/* VG_INVAL with why and what to do when there was a refusal. */
enum vg_rc vg_kafka_refused(const struct vg_kafka_refusal *r,
			    struct vg_err *err) VG_MUST_CHECK;

/* VG_RETRY: `what` failed, with why no broker was found, if none was. */
enum vg_rc vg_kafka_away(const struct vg_kafka_refusal *r, const char *what,
			 struct vg_err *err) VG_MUST_CHECK;

enum { VG_KAFKA_PASSWORD_MAX = 1024 };

/* The password that clients log in with, as it was last read. */
struct vg_login {
	const struct vg_config *cfg;
	char password[VG_KAFKA_PASSWORD_MAX];
};

/* Read the password's file; without one there is nothing to log in with.
 * *changed says whether it is another than the last one. VG_INVAL when it
 * cannot be read: the last one stays. */
enum vg_rc vg_login_read(struct vg_login *l, bool *changed,
			 struct vg_err *err) VG_MUST_CHECK;

/* Have `rk` use the password from its next connection on. */
void vg_login_apply(const struct vg_login *l, rd_kafka_t *rk);

/* Wipe. */
void vg_login_term(struct vg_login *l);

#endif
