/*
 * token_file - reading the token file's text.
 *
 * Threads: pure, but for the file.
 */
#ifndef VG_API_TOKEN_FILE_H
#define VG_API_TOKEN_FILE_H

#include "core/config.h"

#include <sys/stat.h>

enum { VG_TOKEN_HASH = 32 };

struct vg_token {
	uint8_t hash[VG_TOKEN_HASH];
	unsigned viewer; /* slot */
};

struct vg_token_set {
	struct vg_token *token; /* freed with free() */
	size_t n;
};

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
