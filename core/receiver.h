/*
 * receiver - what the configuration says of one receiver of alerts.
 *
 * What its type needs of it is checked where the type is (notify/).
 *
 * Owner:   struct vg_config. Immutable after loading.
 * Threads: any reader.
 */
#ifndef VG_CORE_RECEIVER_H
#define VG_CORE_RECEIVER_H

#include <stdbool.h>
#include <stdint.h>

enum { VG_RECEIVERS_MAX = 64 };

/* Texts are owned; NULL counts as empty. */
struct vg_receiver {
	char *name, *type, *viewer;
	char *url, *topic, *from, *to, *user;
	char *secret_file, *password_file, *ca_file;
	char *language;	   /* en, fr, ar, he */
	char *send_stages; /* names of stages, comma-separated */
	char *group_by;	   /* names of labels, comma-separated */
	bool send_resolved, insecure;
	int64_t group_wait_ms, group_interval_ms, repeat_interval_ms;
	int64_t timeout_ms, attempts, resend_ms;
	int64_t watchdog_ms; /* 0: not told of it */
	int viewer_slot;
};

/* Its viewer, as labels have it. */
const char *vg_receiver_viewer(const struct vg_receiver *r);

/* Free the texts of `r`. */
void vg_receiver_term(struct vg_receiver *r);

#endif
