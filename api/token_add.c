/*
 * Making a token: 32 random bytes that are shown once, of which only the
 * SHA-256 is kept.
 */
#include "api/api.h"
#include "api/sync.h"
#include "api/token_edit.h"
#include "api/token_file.h"
#include "core/buf.h"
#include "core/limits.h"
#include "core/timefmt.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

enum { WORDS = 900 };

static enum vg_rc fail_errno(struct vg_err *err, const char *path)
{
	return vg_err_set(err, VG_INVAL, "token file %s: %s", path,
			  strerror(errno));
}

/* True when the file's last byte is not a line end. */
static bool wants_newline(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char last;

	return size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n';
}

/* One write, so that two commands at once do not mix their lines. */
static enum vg_rc append_line(const char *path, const char *hash,
			      const char *words, struct vg_err *err)
{
	char line[1280];
	int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	enum vg_rc rc = VG_OK;
	int n;

	if (fd < 0 && errno == ENOENT)
		return vg_err_set(err, VG_INVAL,
				  "token file %.120s: its folder is not "
				  "there; make it first",
				  path);
	if (fd < 0)
		return fail_errno(err, path);
	n = snprintf(line, sizeof line, "%s%s %s\n",
		     wants_newline(fd) ? "\n" : "", hash, words);
	if (n < 0 || (size_t)n >= sizeof line)
		rc = vg_err_set(err, VG_INVAL, "viewer name is too long");
	else if (write(fd, line, (size_t)n) != n || fsync(fd) != 0)
		rc = fail_errno(err, path);
	(void)close(fd);
	if (rc == VG_OK)
		vg_sync_folder(path);
	return rc;
}

/* The file must be one that the server will read, before it is added to. */
static enum vg_rc check_file(const struct vg_config *cfg, struct vg_err *err)
{
	struct vg_token_set set = {0};
	struct stat stamp;
	enum vg_rc rc;

	if (access(cfg->http_token_file, F_OK) != 0)
		return VG_OK;
	rc = vg_token_read(&set, cfg, cfg->http_token_file, &stamp, err);
	if (rc == VG_OK && set.n == VG_TOKENS_MAX)
		rc = vg_err_set(err, VG_INVAL,
				"token file %s: holds %d tokens already; "
				"remove some",
				cfg->http_token_file, VG_TOKENS_MAX);
	free(set.token);
	return rc;
}

/* What follows the hash on the line. */
static void write_words(char out[WORDS], const struct vg_token_wish *w)
{
	char at[VG_TIME_TEXT] = "";
	const char *const pairs[][2] = {
		{" role=", w->role},	 {" name=", w->name},
		{" scopes=", w->scopes}, {" from=", w->from},
		{" rate=", w->rate},	 {" expires=", at}};
	size_t n = (size_t)snprintf(out, WORDS, "%s", w->viewer);

	if (w->expires_ms != 0)
		vg_time_print(at, w->expires_ms);
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		if (n < WORDS && pairs[i][1] != NULL && *pairs[i][1] != '\0')
			n += (size_t)snprintf(out + n, WORDS - n, "%s%s",
					      pairs[i][0], pairs[i][1]);
}

/* The line must be one that the server will read: it is read here. */
static enum vg_rc check_words(const struct vg_config *cfg, const char *hash,
			      const char *words, struct vg_err *err)
{
	struct vg_token_set set = {0};
	struct vg_buf line = {0};
	struct vg_err why;
	enum vg_rc rc = VG_INVAL;

	vg_buf_printf(&line, "%s %s", hash, words);
	if (!line.failed)
		rc = vg_token_parse(&set, cfg, "token",
				    (struct vg_slice){line.p, (uint32_t)line.n},
				    &why);
	if (rc == VG_OK && set.n != 1)
		rc = vg_err_set(&why, VG_INVAL, "token:1: not one line");
	if (rc != VG_OK)
		(void)vg_err_set(err, rc, "%s",
				 strncmp(why.text, "token:1: ", 9) == 0
					 ? why.text + 9
					 : why.text);
	free(set.token);
	vg_buf_term(&line);
	return rc;
}

static enum vg_rc check_wish(const struct vg_config *cfg,
			     const struct vg_token_wish *w, struct vg_err *err)
{
	if (vg_config_viewer(cfg, vg_slice_of(w->viewer)) < 0)
		return vg_err_set(err, VG_INVAL,
				  "unknown viewer %.64s; give a partner id of "
				  "the configuration, or coalition",
				  w->viewer);
	if (w->role != NULL && vg_role_find(vg_slice_of(w->role)) < 0)
		return vg_err_set(err, VG_INVAL,
				  "--role: %.20s is not reader, analyst, "
				  "operator or admin",
				  w->role);
	if (w->name != NULL && !vg_token_name_ok(vg_slice_of(w->name)))
		return vg_err_set(err, VG_INVAL,
				  "--name: not 1 to 64 of A-Z a-z 0-9 . _ @ -");
	return VG_OK;
}

/* Add the line under the file's lock. */
static enum vg_rc add_line(const struct vg_config *cfg, const char *hash,
			   const char *words, struct vg_err *err)
{
	int fd = -1;
	enum vg_rc rc = vg_token_lock(cfg->http_token_file, &fd, err);

	if (rc == VG_OK)
		rc = check_file(cfg, err);
	if (rc == VG_OK)
		rc = append_line(cfg->http_token_file, hash, words, err);
	if (fd >= 0)
		(void)close(fd);
	return rc;
}

enum vg_rc vg_token_add(const struct vg_config *cfg,
			const struct vg_token_wish *wish, FILE *out,
			struct vg_err *err)
{
	char token[VG_TOKEN_SHOWN], hash[VG_CERT_NAME_MAX + 8], words[WORDS];
	enum vg_rc rc;

	if (cfg->http_token_file == NULL || *cfg->http_token_file == '\0')
		return vg_err_set(err, VG_INVAL,
				  "no token file is configured; set "
				  "http.token_file");
	if (sodium_init() < 0)
		return vg_err_set(err, VG_FATAL, "no source of randomness");
	rc = check_wish(cfg, wish, err);
	if (rc != VG_OK)
		return rc;

	vg_token_make(token, hash);
	if (wish->certificate != NULL)
		(void)snprintf(hash, sizeof hash, "cert:%.*s",
			       VG_CERT_NAME_MAX + 1, wish->certificate);
	write_words(words, wish);
	rc = check_words(cfg, hash, words, err);
	if (rc == VG_OK)
		rc = add_line(cfg, hash, words, err);
	if (rc == VG_OK && wish->certificate == NULL &&
	    (fprintf(out, "%s\n", token) < 0 || fflush(out) != 0))
		rc = vg_err_set(err, VG_INVAL,
				"the token was added but could not be "
				"printed; remove its line and try again");
	sodium_memzero(token, sizeof token);
	return rc;
}
