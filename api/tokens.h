/*
 * tokens - who may ask: a file of hashed bearer tokens.
 *
 * One token a line, "<sha256 hex> <viewer>", then key=value words. "#" starts a
 * comment line. Known keys are role, expires, name, scopes, from and rate. The
 * file is read whole or not at all: a bad one at start is VG_INVAL, and later
 * leaves the set that is in force.
 *
 * Threads: any; a lock guards the set. Time: now_ms is the wall clock.
 */
#ifndef VG_API_TOKENS_H
#define VG_API_TOKENS_H

#include "api/token_file.h"

enum {
	VG_TOKEN_TEXT_MAX = 256,   /* bytes of a presented token          */
	VG_TOKEN_RECHECK_MS = 1000 /* how often the file's mtime is asked */
};

struct vg_tokens;

/* The token that somebody sent last, and its hash, which costs more than the
 * rest of finding him. Zeroed: none. It is a secret, to be wiped. */
struct vg_token_memo {
	uint8_t hash[VG_TOKEN_HASH];
	uint32_t n;
	char text[VG_TOKEN_TEXT_MAX];
};

/* Who asks. */
struct vg_asker {
	unsigned viewer; /* slot */
	enum vg_role role;
	unsigned scopes;     /* bits of api/scopes.h            */
	bool is_here;	     /* asks from where the token may be used */
	int64_t expires_ms;  /* INT64_MAX: never                */
	int64_t rate, burst; /* of its own; rate -1: none       */
	char id[17];	     /* of the token: 16 hex digits of its hash */
	/* The token's name, or "token:" and 16 hex digits of its hash. */
	char name[VG_TOKEN_NAME_MAX + 1];
};

/* Read the file cfg->http_token_file; without one there are no tokens, and
 * nobody gets data. VG_INVAL with "file:line: what; remedy". */
enum vg_rc vg_tokens_new(struct vg_tokens **out, const struct vg_config *cfg,
			 struct vg_err *err) VG_MUST_CHECK;

/* Free `t`; NULL is allowed. */
void vg_tokens_free(struct vg_tokens *t);

/* Read the file again if it changed since (asked at most once a second unless
 * `force`). VG_INVAL once for each bad change; the old set stays. */
enum vg_rc vg_tokens_refresh(struct vg_tokens *t, int64_t now_ms, bool force,
			     struct vg_err *err) VG_MUST_CHECK;

/* Whose a presented token is; false when it is none, or has expired. Takes
 * equally long whether and where it is found. `address` is the 16 bytes of who
 * asks (aggregate/net.h), NULL when he has none. */
bool vg_tokens_find(struct vg_tokens *t, struct vg_slice token,
		    const uint8_t *address, int64_t now_ms,
		    struct vg_asker *who);

/* The same, with what it costs to hash a token once: `memo` is of nobody but
 * the one who sent this one. */
bool vg_tokens_find_again(struct vg_tokens *t, struct vg_slice token,
			  struct vg_token_memo *memo, const uint8_t *address,
			  int64_t now_ms, struct vg_asker *who);

/* The same of a name of a certificate that was found to be the asker's. */
bool vg_tokens_find_certificate(struct vg_tokens *t, struct vg_slice name,
				const uint8_t *address, int64_t now_ms,
				struct vg_asker *who);

/* How often the file was read since the start, when it had changed and was
 * good. */
uint64_t vg_tokens_reads(struct vg_tokens *t);

/* How many tokens are in force. */
size_t vg_tokens_count(struct vg_tokens *t);

#endif
