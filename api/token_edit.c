#include "api/token_edit.h"

#include "api/scopes.h"
#include "api/sync.h"
#include "api/token_file.h"
#include "api/viewer.h"
#include "core/config_edit.h"
#include "core/hash.h"
#include "core/limits.h"
#include "core/timefmt.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

enum { RANDOM_BYTES = 32, DIGITS = 16, HEX = 65 };

/* The file, as text and as tokens, under its lock. */
struct edit {
	const struct vg_config *cfg;
	const char *path;
	int fd;
	char *text;
	struct vg_token_set set;
	struct vg_buf out; /* what it becomes */
};

/* "vg_" and 43 characters of base64url. */
void vg_token_make(char token[VG_TOKEN_SHOWN], char hash[HEX])
{
	uint8_t secret[RANDOM_BYTES];

	randombytes_buf(secret, sizeof secret);
	memcpy(token, "vg_", 3);
	(void)sodium_bin2base64(token + 3, VG_TOKEN_SHOWN - 3, secret,
				sizeof secret,
				sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(secret, sizeof secret);
	vg_sha256_hex(hash, token, strlen(token));
}

/* The file may be replaced while its lock is waited for. */
static bool is_still(int fd, const char *path)
{
	struct stat mine, there;

	return fstat(fd, &mine) == 0 && stat(path, &there) == 0 &&
	       mine.st_ino == there.st_ino && mine.st_dev == there.st_dev;
}

enum vg_rc vg_token_lock(const char *path, int *fd, struct vg_err *err)
{
	for (;;) {
		*fd = open(path, O_RDWR | O_CLOEXEC);
		if (*fd < 0 && errno == ENOENT)
			return VG_OK;
		if (*fd < 0 || flock(*fd, LOCK_EX) != 0)
			break;
		if (is_still(*fd, path))
			return VG_OK;
		(void)close(*fd);
	}
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
	return vg_err_set(err, VG_INVAL, "token file %.160s: %s", path,
			  strerror(errno));
}

static void edit_term(struct edit *e)
{
	free(e->text);
	free(e->set.token);
	vg_buf_term(&e->out);
	if (e->fd >= 0)
		(void)close(e->fd);
}

static enum vg_rc read_text(struct edit *e, struct vg_err *err)
{
	ssize_t n;

	e->text = calloc(1, VG_TOKEN_FILE_MAX + 1);
	if (e->text == NULL)
		return vg_err_set(err, VG_FATAL, "out of memory");
	n = pread(e->fd, e->text, VG_TOKEN_FILE_MAX, 0);
	return n >= 0 ? VG_OK
		      : vg_err_set(err, VG_INVAL, "token file %.160s: %s",
				   e->path, strerror(errno));
}

/* Lock and read it; a file that a server would not read is not changed. */
static enum vg_rc edit_begin(struct edit *e, const struct vg_config *cfg,
			     struct vg_err *err)
{
	struct stat stamp;
	enum vg_rc rc;

	*e = (struct edit){.cfg = cfg, .path = cfg->http_token_file, .fd = -1};
	if (e->path == NULL || *e->path == '\0')
		return vg_err_set(err, VG_INVAL,
				  "no token file is configured; set "
				  "http.token_file");
	if (sodium_init() < 0)
		return vg_err_set(err, VG_FATAL, "no source of randomness");
	rc = vg_token_lock(e->path, &e->fd, err);
	if (rc == VG_OK)
		rc = vg_token_read(&e->set, cfg, e->path, &stamp, err);
	return rc == VG_OK ? read_text(e, err) : rc;
}

static enum vg_rc edit_end(struct edit *e, struct vg_err *err)
{
	enum vg_rc rc;

	if (e->out.failed)
		return vg_err_set(err, VG_FATAL, "out of memory");
	rc = vg_config_replace(
		e->path,
		(struct vg_slice){e->out.p != NULL ? e->out.p : "",
				  (uint32_t)e->out.n},
		err);
	if (rc == VG_OK)
		vg_sync_folder(e->path);
	return rc;
}

static void digits_of(const struct vg_token *t, char out[DIGITS + 1])
{
	(void)sodium_bin2hex(out, DIGITS + 1, t->hash, DIGITS / 2);
}

static bool is_called(const struct vg_token *t, const char *which)
{
	char digits[DIGITS + 1];

	digits_of(t, digits);
	return strcmp(digits, which) == 0 ||
	       (t->name[0] != '\0' && strcmp(t->name, which) == 0);
}

/* How many there are; VG_INVAL when none, and with `one` when several. */
static enum vg_rc count(const struct edit *e, const char *which, bool one,
			size_t *n, struct vg_err *err)
{
	*n = 0;
	for (size_t i = 0; i < e->set.n; i++)
		*n += is_called(&e->set.token[i], which);
	if (*n == 0)
		return vg_err_set(err, VG_INVAL,
				  "no token is called %.64s; `vigie token "
				  "list` shows them",
				  which);
	if (one && *n > 1)
		return vg_err_set(err, VG_INVAL,
				  "several tokens are called %.64s; name one "
				  "by its 16 digits, as `vigie token list` "
				  "shows them",
				  which);
	for (size_t i = 0; one && i < e->set.n; i++)
		if (is_called(&e->set.token[i], which) &&
		    e->set.token[i].is_certificate)
			return vg_err_set(err, VG_INVAL,
					  "%.64s is a certificate's name: who "
					  "signed it renews it",
					  which);
	return VG_OK;
}

/* Write the line again without its expires=, which becomes `until_ms`. */
static void put_expiring(struct vg_buf *out, struct vg_slice line,
			 int64_t until_ms)
{
	struct vg_slice w;
	char at[VG_TIME_TEXT];

	while ((w = vg_token_word(&line)).n > 0) {
		if (w.n > 8 && memcmp(w.p, "expires=", 8) == 0)
			continue;
		vg_buf_add(out, w.p, w.n);
		vg_buf_str(out, " ");
	}
	vg_time_print_ms(at, until_ms);
	vg_buf_printf(out, "expires=%s\n", at);
}

/* A line of token `t` that is called as was asked: with `hash` its hash is
 * changed and the old line kept until then, without it goes. */
static void replace(struct edit *e, const struct vg_token *t,
		    struct vg_slice line, const char *hash, int64_t until_ms)
{
	struct vg_slice rest = line;

	if (hash == NULL)
		return;
	if (until_ms > 0)
		put_expiring(&e->out, line,
			     t->expires_ms < until_ms ? t->expires_ms
						      : until_ms);
	(void)vg_token_word(&rest);
	vg_buf_str(&e->out, hash);
	vg_buf_add(&e->out, rest.p, rest.n);
	vg_buf_str(&e->out, "\n");
}

/* Copy the text, but for the lines of `which`. Tokens stand in the set in the
 * order of their lines. */
static void rewrite(struct edit *e, const char *which, const char *hash,
		    int64_t until_ms)
{
	size_t at = 0;

	for (const char *p = e->text; *p != '\0';) {
		uint32_t n = (uint32_t)strcspn(p, "\n");
		struct vg_slice line = {p, n}, rest = line,
				first = vg_token_word(&rest);
		bool is_token =
			first.n > 0 && first.p[0] != '#' && first.p[0] != '\r';
		const struct vg_token *t =
			is_token ? &e->set.token[at++] : NULL;

		if (n > 0 && p[n - 1] == '\r')
			line.n--;
		if (t != NULL && is_called(t, which)) {
			replace(e, t, line, hash, until_ms);
		} else {
			vg_buf_add(&e->out, p, n);
			vg_buf_str(&e->out, "\n");
		}
		p += n + (p[n] == '\n');
	}
}

enum vg_rc vg_token_rotate(const struct vg_config *cfg, const char *which,
			   int64_t until_ms, FILE *out, struct vg_err *err)
{
	char token[VG_TOKEN_SHOWN], hash[HEX];
	struct edit e;
	size_t n;
	enum vg_rc rc = edit_begin(&e, cfg, err);

	if (rc == VG_OK)
		rc = count(&e, which, true, &n, err);
	if (rc == VG_OK && until_ms > 0 && e.set.n == VG_TOKENS_MAX)
		rc = vg_err_set(err, VG_INVAL,
				"there are %d tokens already; remove some",
				VG_TOKENS_MAX);
	if (rc == VG_OK) {
		vg_token_make(token, hash);
		rewrite(&e, which, hash, until_ms);
		rc = edit_end(&e, err);
	}
	if (rc == VG_OK &&
	    (fprintf(out, "%s\n", token) < 0 || fflush(out) != 0))
		rc = vg_err_set(err, VG_INVAL,
				"the token was changed but could not be "
				"printed; rotate it again");
	sodium_memzero(token, sizeof token);
	edit_term(&e);
	return rc;
}

enum vg_rc vg_token_revoke(const struct vg_config *cfg, const char *which,
			   size_t *n, struct vg_err *err)
{
	struct edit e;
	enum vg_rc rc = edit_begin(&e, cfg, err);

	if (rc == VG_OK)
		rc = count(&e, which, false, n, err);
	if (rc == VG_OK) {
		rewrite(&e, which, NULL, 0);
		rc = edit_end(&e, err);
	}
	edit_term(&e);
	return rc;
}

static void print_one(FILE *out, const struct vg_config *cfg,
		      const struct vg_token *t, int64_t now_ms)
{
	char digits[DIGITS + 1], at[VG_TIME_TEXT] = "never";
	struct vg_buf scopes = {0};

	digits_of(t, digits);
	if (t->expires_ms <= now_ms)
		(void)snprintf(at, sizeof at, "expired");
	else if (t->expires_ms != INT64_MAX)
		vg_time_print(at, t->expires_ms);
	vg_scopes_write(&scopes, t->scopes, ",");
	(void)fprintf(out, "%-16s  %-9s  %-8s  %-20s  %-24s  %s\n", digits,
		      vg_viewer_name(cfg, t->viewer), vg_role_name(t->role), at,
		      t->name[0] != '\0' ? t->name : "-",
		      t->scopes == VG_SCOPES_ALL ? "all" : scopes.p);
	vg_buf_term(&scopes);
}

enum vg_rc vg_token_list(const struct vg_config *cfg, int64_t now_ms, FILE *out,
			 struct vg_err *err)
{
	struct edit e;
	enum vg_rc rc = edit_begin(&e, cfg, err);

	if (rc == VG_OK)
		(void)fprintf(out, "%-16s  %-9s  %-8s  %-20s  %-24s  %s\n",
			      "TOKEN", "VIEWER", "ROLE", "EXPIRES", "NAME",
			      "SCOPES");
	for (size_t i = 0; rc == VG_OK && i < e.set.n; i++)
		print_one(out, cfg, &e.set.token[i], now_ms);
	edit_term(&e);
	return rc;
}
