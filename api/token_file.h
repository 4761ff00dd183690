/*
 * token_file - reading the token file's text.
 *
 * Threads: pure, but for the file. Time: ms since 1970, wall clock.
 */
#ifndef VG_API_TOKEN_FILE_H
#define VG_API_TOKEN_FILE_H

#include "aggregate/net.h"
#include "core/config.h"

#include <sys/stat.h>

enum {
	VG_TOKEN_HASH = 32,
	VG_TOKEN_NAME_MAX = 64,
	VG_TOKEN_NETS_MAX = 8,
	VG_CERT_NAME_MAX = 200
};

/* What a token may do, each more than the one before: read; say what an alert
 * is; run the deployment; all. */
enum vg_role {
	VG_ROLE_READER,
	VG_ROLE_ANALYST,
	VG_ROLE_OPERATOR,
	VG_ROLE_ADMIN
};

struct vg_token {
	bool is_certificate; /* the hash is of "cert:" and one of its names */
	uint8_t hash[VG_TOKEN_HASH];
	unsigned viewer; /* slot */
	enum vg_role role;
	int64_t expires_ms; /* in force before this; INT64_MAX: for ever */
	unsigned scopes;    /* bits of api/scopes.h */
	int64_t rate; /* requests a second; 0: no limit, -1: as configured */
	int64_t burst;
	struct vg_net net[VG_TOKEN_NETS_MAX]; /* from where; joined */
	size_t n_nets;			      /* 0: from anywhere   */
	char name[VG_TOKEN_NAME_MAX + 1];     /* "" when it has none         */
};

struct vg_token_set {
	struct vg_token *token; /* freed with free() */
	size_t n;
};

/* The role called `word`, or -1; the name of `role`. */
int vg_role_find(struct vg_slice word);
const char *vg_role_name(enum vg_role role);

/* True for 1 to 64 of A-Z a-z 0-9 . _ @ -, which a token's name is made of. */
bool vg_token_name_ok(struct vg_slice name);

/* True for a name of a certificate: URI:, DNS:, EMAIL:, CN: or SHA256:, and 1
 * to VG_CERT_NAME_MAX printable bytes in all, without spaces. */
bool vg_cert_name_ok(struct vg_slice name);

/* The hash that stands for it among those of tokens. */
void vg_cert_hash(struct vg_slice name, uint8_t out[VG_TOKEN_HASH]);

/* Take the next word of `rest`, a line; an empty one at its end. */
struct vg_slice vg_token_word(struct vg_slice *rest);

/* Parse `len` bytes of text; `name` stands for the file in messages. */
enum vg_rc vg_token_parse(struct vg_token_set *out, const struct vg_config *cfg,
			  const char *name, struct vg_slice text,
			  struct vg_err *err) VG_MUST_CHECK;

/* Read and parse the file `path`; *stamp is how it was when read, set even
 * when its content is bad. VG_INVAL also when others may write to it. */
enum vg_rc vg_token_read(struct vg_token_set *out, const struct vg_config *cfg,
			 const char *path, struct stat *stamp,
			 struct vg_err *err) VG_MUST_CHECK;

#endif
