/*
 * tls - the certificate and key that the server speaks TLS with.
 *
 * Owner:   the caller embeds it; zero bytes are one that has none.
 * Threads: pure, but for the files.
 */
#ifndef VG_API_TLS_H
#define VG_API_TLS_H

#include "core/config.h"

enum { VG_TLS_FILE_MAX = 1 << 20 };

/* TLS 1.2 and later, what GnuTLS holds for good of them. */
#define VG_TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

struct vg_tls {
	char *certificate, *key; /* PEM */
	char *clients; /* PEM of who signs clients' certificates, or NULL */
};

/* Read the configured files; nothing when none are. VG_INVAL with the remedy
 * when they cannot be read, are no PEM, do not belong together, or others may
 * read the key. */
enum vg_rc vg_tls_read(struct vg_tls *out, const struct vg_config *cfg,
		       struct vg_err *err) VG_MUST_CHECK;

/* Forget them. */
void vg_tls_term(struct vg_tls *t);

#endif
