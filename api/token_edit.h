/*
 * token_edit - changing the token file: tokens are listed, replaced, withdrawn.
 *
 * A token is called by its name (name=) or by the first 16 hex digits of its
 * hash. The file is replaced whole, so that a server reads the old or the new
 * one; who changes it holds a lock on it.
 *
 * Threads: commands alone. Time: ms since 1970.
 * Errors:  VG_INVAL with the remedy; the file is then as it was.
 */
#ifndef VG_API_TOKEN_EDIT_H
#define VG_API_TOKEN_EDIT_H

#include "api/api.h"

enum { VG_TOKEN_SHOWN = 48 }; /* bytes of a new token, with a NUL */

/* Make a token and the hex of its hash. */
void vg_token_make(char token[VG_TOKEN_SHOWN], char hash[65]);

/* Wait for the lock on the file; *fd is closed to let go. It stays -1 when
 * there is no such file. */
enum vg_rc vg_token_lock(const char *path, int *fd,
			 struct vg_err *err) VG_MUST_CHECK;

/* Print what is in the file, a line for each: no secrets. */
enum vg_rc vg_token_list(const struct vg_config *cfg, int64_t now_ms, FILE *out,
			 struct vg_err *err) VG_MUST_CHECK;

/* Put a new token in the place of `which`, with the same words, and print it.
 * The old one is in force until `until_ms`, 0: no more. */
enum vg_rc vg_token_rotate(const struct vg_config *cfg, const char *which,
			   int64_t until_ms, FILE *out,
			   struct vg_err *err) VG_MUST_CHECK;

/* Remove every token called `which`; *n is how many. */
enum vg_rc vg_token_revoke(const struct vg_config *cfg, const char *which,
			   size_t *n, struct vg_err *err) VG_MUST_CHECK;

#endif
