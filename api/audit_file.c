#include "api/audit_file.h"

#include "api/sync.h"
#include "core/limits.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

enum { DIGITS = 16, PATH_ROOM = 4200 };

struct vg_audit_file {
	pthread_mutex_t lock; /* guards all below */
	struct vg_audit_opts opts;
	struct vg_buf line;
	int fd;
	int64_t n, size, synced_ms;
	char chain[VG_AUDIT_CHAIN];
	struct vg_audit_sum torn;    /* behind the last entry       */
	bool wants_newline;	     /* the last entry has no end   */
	bool is_unsynced, is_opened; /* said so in this file      */
	int64_t here;		     /* entries in this file      */
};

static enum vg_rc fail(const struct vg_audit_file *f, struct vg_err *err,
		       enum vg_rc rc, const char *what)
{
	return vg_err_set(err, rc, "audit log %.120s: %s: %s", f->opts.path,
			  what, strerror(errno));
}

/* How many of the bytes went out. */
static size_t write_some(int fd, const char *p, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t got = write(fd, p + done, n - done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		done += (size_t)got;
	}
	return done;
}

/* Append the entry in f->line, which has no chain yet. */
static enum vg_rc append(struct vg_audit_file *f, struct vg_err *err)
{
	char chain[VG_AUDIT_CHAIN];
	struct vg_buf *b = &f->line;
	size_t lead = f->torn.bytes > 0 || f->wants_newline, n;

	memcpy(chain, f->chain, sizeof chain);
	vg_audit_seal(b, f->opts.key, chain);
	vg_buf_str(b, "\n");
	if (b->failed || b->n > VG_AUDIT_LINE_MAX)
		return vg_err_set(err, VG_RETRY, "audit log: no memory");
	if (lead > 0 && write_some(f->fd, "\n", 1) != 1)
		return fail(f, err, VG_RETRY, "cannot be written");
	if (f->torn.bytes > 0)
		vg_audit_sum_add(&f->torn, "\n", 1);
	f->wants_newline = false;
	n = write_some(f->fd, b->p, b->n);
	f->size += (int64_t)(lead + n);
	if (n + 1 < b->n) {
		if (n > 0)
			vg_audit_sum_add(&f->torn, b->p, n);
		return fail(f, err, VG_RETRY, "cannot be written");
	}
	f->wants_newline = n < b->n;
	f->torn.bytes = 0;
	f->is_unsynced = true;
	f->n++;
	f->here++;
	memcpy(f->chain, chain, sizeof chain);
	return VG_OK;
}

static void begin(struct vg_audit_file *f, const char *kind, int64_t now_ms)
{
	vg_buf_reset(&f->line);
	f->line.failed = false;
	vg_audit_begin(&f->line, f->n + 1, now_ms, kind);
}

static enum vg_rc put_opened(struct vg_audit_file *f, int64_t now_ms,
			     struct vg_err *err)
{
	begin(f, "opened", now_ms);
	vg_buf_printf(&f->line,
		      ",\"writer\":\"%s\",\"keyed\":%s,\"previous\":\"%s\"",
		      f->opts.writer, f->opts.key->n > 0 ? "true" : "false",
		      f->chain);
	return append(f, err);
}

/* Account for a torn line, if there is one. */
static enum vg_rc mend(struct vg_audit_file *f, int64_t now_ms,
		       struct vg_err *err)
{
	char hash[VG_AUDIT_CHAIN];

	if (f->torn.bytes == 0)
		return VG_OK;
	vg_audit_sum_hex(&f->torn, hash);
	begin(f, "torn", now_ms);
	vg_buf_printf(&f->line, ",\"bytes\":%lld,\"hash\":\"%s\"",
		      (long long)f->torn.bytes, hash);
	return append(f, err);
}

/* Have the file end where an entry may follow. */
static enum vg_rc make_ready(struct vg_audit_file *f, int64_t now_ms,
			     struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	if (f->here == 0 && f->torn.bytes > 0) {
		/* No entry in it: the beginning of its first, at most. */
		if (ftruncate(f->fd, 0) != 0)
			return fail(f, err, VG_RETRY, "cannot be cut");
		f->torn.bytes = 0;
		f->size = 0;
	}
	rc = mend(f, now_ms, err);
	if (rc != VG_OK || f->is_opened)
		return rc;
	rc = put_opened(f, now_ms, err);
	f->is_opened = rc == VG_OK;
	return rc;
}

static enum vg_rc sync_now(struct vg_audit_file *f, int64_t now_ms,
			   struct vg_err *err)
{
	if (f->is_unsynced && fdatasync(f->fd) != 0)
		return fail(f, err, VG_RETRY, "cannot be synced");
	f->is_unsynced = false;
	f->synced_ms = now_ms;
	return VG_OK;
}

static int open_file(const char *path, int more)
{
	return open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | more, 0600);
}

/* Name the file that is full after its last entry, and go on in a new one. A
 * failure leaves all as it is: entries go on into the old file. */
static void rotate(struct vg_audit_file *f, int64_t now_ms)
{
	char old[PATH_ROOM];
	struct vg_err err;
	int fd;

	if (mend(f, now_ms, &err) != VG_OK ||
	    sync_now(f, now_ms, &err) != VG_OK)
		return;
	(void)snprintf(old, sizeof old, "%s.%0*lld", f->opts.path, DIGITS,
		       (long long)f->n);
	if (rename(f->opts.path, old) != 0 && errno != ENOENT)
		return;
	fd = open_file(f->opts.path, O_EXCL);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	(void)close(f->fd);
	f->fd = fd;
	f->size = f->here = 0;
	f->wants_newline = f->is_opened = false;
	vg_sync_folder(f->opts.path);
}

/* The newest of the files that were full before; "" when there is none. */
static enum vg_rc find_newest(const struct vg_audit_file *f,
			      char out[PATH_ROOM], struct vg_err *err)
{
	char pattern[PATH_ROOM + 5 * DIGITS];
	glob_t found;
	int n = snprintf(pattern, sizeof pattern, "%s.", f->opts.path);
	int got;

	for (int i = 0; i < DIGITS; i++)
		n += snprintf(pattern + n, sizeof pattern - (size_t)n, "[0-9]");
	out[0] = '\0';
	got = glob(pattern, 0, NULL, &found);
	if (got == 0) /* in the order of their names, hence of age */
		(void)snprintf(out, PATH_ROOM, "%s",
			       found.gl_pathv[found.gl_pathc - 1]);
	globfree(&found);
	return got == 0 || got == GLOB_NOMATCH
		       ? VG_OK
		       : vg_err_set(err, VG_INVAL,
				    "audit log %.120s: its folder cannot be "
				    "read",
				    f->opts.path);
}

static enum vg_rc walk(struct vg_audit_walk *w, const char *path,
		       struct vg_err *err)
{
	enum vg_rc rc = vg_audit_walk_file(w, path, err);

	if (rc == VG_OK)
		rc = vg_audit_walk_end(w, path, err);
	if (rc == VG_DROP)
		return vg_err_set(err, VG_INVAL,
				  "audit log: %.200s; move it away to begin "
				  "anew",
				  err->text);
	return rc;
}

/* Stand where the chain ends: in the file, else in the newest that was full,
 * else at the beginning of all. */
static enum vg_rc find_end(struct vg_audit_file *f, struct vg_err *err)
{
	struct vg_audit_walk w = {.key = f->opts.key};
	char old[PATH_ROOM];
	enum vg_rc rc = walk(&w, f->opts.path, err);

	if (rc != VG_OK)
		return rc;
	f->here = w.begun;
	f->torn = w.rest;
	f->wants_newline = w.wants_newline;
	if (!w.begun) {
		w = (struct vg_audit_walk){.key = f->opts.key};
		rc = find_newest(f, old, err);
		if (rc == VG_OK && old[0] != '\0')
			rc = walk(&w, old, err);
		if (rc != VG_OK)
			return rc;
	}
	f->n = w.n;
	if (w.begun)
		memcpy(f->chain, w.chain, sizeof f->chain);
	else
		memset(f->chain, '0', VG_AUDIT_CHAIN - 1);
	return VG_OK;
}

static enum vg_rc open_end(struct vg_audit_file *f, int64_t now_ms,
			   struct vg_err *err)
{
	off_t size;
	enum vg_rc rc;

	f->fd = open_file(f->opts.path, 0);
	if (f->fd < 0)
		return fail(f, err, VG_INVAL, "cannot be opened");
	if (flock(f->fd, LOCK_EX | LOCK_NB) != 0)
		return vg_err_set(err, VG_INVAL,
				  "audit log %.120s: another process writes "
				  "it; give each its own audit.file",
				  f->opts.path);
	rc = find_end(f, err);
	if (rc != VG_OK)
		return rc;
	size = lseek(f->fd, 0, SEEK_END);
	f->size = size > 0 ? size : 0;
	rc = make_ready(f, now_ms, err);
	if (rc == VG_OK)
		rc = sync_now(f, now_ms, err);
	vg_sync_folder(f->opts.path);
	return rc;
}

enum vg_rc vg_audit_file_open(struct vg_audit_file **out,
			      const struct vg_audit_opts *opts, int64_t now_ms,
			      struct vg_err *err)
{
	/* The hash in it wants to lie on 64 bytes. */
	struct vg_audit_file *f =
		aligned_alloc(_Alignof(struct vg_audit_file), sizeof *f);
	enum vg_rc rc;

	if (f == NULL)
		return vg_err_set(err, VG_FATAL, "audit: out of memory");
	memset(f, 0, sizeof *f);
	f->fd = -1;
	f->opts = *opts;
	if (pthread_mutex_init(&f->lock, NULL) != 0) {
		free(f);
		return vg_err_set(err, VG_FATAL, "audit: no lock");
	}
	rc = open_end(f, now_ms, err);
	if (rc != VG_OK) {
		vg_audit_file_close(f);
		return rc;
	}
	*out = f;
	return VG_OK;
}

static enum vg_rc put_locked(struct vg_audit_file *f, const char *kind,
			     struct vg_slice members, bool sync, int64_t now_ms,
			     struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	assert(members.n < VG_AUDIT_LINE_MAX - 256);
	if (f->size >= f->opts.rotate_bytes)
		rotate(f, now_ms);
	rc = make_ready(f, now_ms, err);
	if (rc != VG_OK)
		return rc;
	begin(f, kind, now_ms);
	vg_buf_add(&f->line, members.p, members.n);
	rc = append(f, err);
	if (rc == VG_OK && (sync || now_ms - f->synced_ms >= f->opts.sync_ms ||
			    now_ms < f->synced_ms))
		rc = sync_now(f, now_ms, err);
	return rc;
}

enum vg_rc vg_audit_file_put(struct vg_audit_file *f, const char *kind,
			     struct vg_slice members, bool sync, int64_t now_ms,
			     struct vg_err *err)
{
	enum vg_rc rc;

	(void)pthread_mutex_lock(&f->lock);
	rc = put_locked(f, kind, members, sync, now_ms, err);
	(void)pthread_mutex_unlock(&f->lock);
	return rc;
}

int64_t vg_audit_file_head(struct vg_audit_file *f, char chain[VG_AUDIT_CHAIN])
{
	int64_t n;

	(void)pthread_mutex_lock(&f->lock);
	n = f->n;
	memcpy(chain, f->chain, VG_AUDIT_CHAIN);
	(void)pthread_mutex_unlock(&f->lock);
	return n;
}

void vg_audit_file_close(struct vg_audit_file *f)
{
	if (f == NULL)
		return;
	if (f->fd >= 0) {
		(void)fsync(f->fd);
		(void)close(f->fd);
	}
	vg_buf_term(&f->line);
	(void)pthread_mutex_destroy(&f->lock);
	free(f);
}
