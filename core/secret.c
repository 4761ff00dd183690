#include "core/config.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNREADABLE "%.128s: %s; name a readable file"

/* Read at most `cap` bytes. */
static bool read_some(int fd, char *out, size_t cap, size_t *n)
{
	*n = 0;
	while (*n < cap) {
		ssize_t got = read(fd, out + *n, cap - *n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return false;
		if (got == 0)
			break;
		*n += (size_t)got;
	}
	return true;
}

static enum vg_rc check_file(int fd, const char *path, struct vg_err *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return vg_err_set(err, VG_INVAL,
				  "%.128s: not a file; name a file with the "
				  "secret in its first line",
				  path);
	if ((st.st_mode & S_IRWXO) != 0)
		return vg_err_set(err, VG_INVAL,
				  "%.128s: others can read or change it; chmod "
				  "o= it",
				  path);
	return VG_OK;
}

enum vg_rc vg_secret_check(const char *path, struct vg_err *err)
{
	/* Not blocking: a pipe must be refused and not waited for. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return vg_err_set(err, VG_INVAL, UNREADABLE, path,
				  strerror(errno));
	enum vg_rc rc = check_file(fd, path, err);
	(void)close(fd);
	return rc;
}

void vg_secret_wipe(void *p, size_t n)
{
	sodium_memzero(p, n);
}

static enum vg_rc take_line(char *out, size_t cap, const char *text, size_t len,
			    const char *path, struct vg_err *err)
{
	const char *end = memchr(text, '\n', len);
	size_t n = end != NULL ? (size_t)(end - text) : len;

	if (n > 0 && text[n - 1] == '\r')
		n--;
	if (n == 0 || memchr(text, 0, n) != NULL)
		return vg_err_set(err, VG_INVAL,
				  "%.128s: no text in the first line; write "
				  "the secret there",
				  path);
	if (n >= cap)
		return vg_err_set(err, VG_INVAL,
				  "%.128s: the first line is longer than %zu "
				  "bytes; shorten it",
				  path, cap - 1);
	memcpy(out, text, n);
	out[n] = '\0';
	return VG_OK;
}

enum vg_rc vg_secret_read(char *out, size_t cap, const char *path,
			  struct vg_err *err)
{
	char text[4096];
	size_t n = 0;

	assert(cap > 1 && cap + 2 <= sizeof text);
	/* Not blocking: a pipe must be refused and not waited for. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return vg_err_set(err, VG_INVAL, UNREADABLE, path,
				  strerror(errno));
	enum vg_rc rc = check_file(fd, path, err);
	if (rc == VG_OK && !read_some(fd, text, cap + 2, &n))
		rc = vg_err_set(err, VG_INVAL, UNREADABLE, path,
				strerror(errno));
	if (rc == VG_OK)
		rc = take_line(out, cap, text, n, path, err);
	sodium_memzero(text, sizeof text);
	(void)close(fd);
	return rc;
}
