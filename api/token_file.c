#include "api/token_file.h"

#include "api/rate.h"
#include "api/scopes.h"
#include "core/limits.h"
#include "core/text.h"
#include "core/timefmt.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char CERT[] = "cert:";

struct parse {
	const struct vg_config *cfg;
	const char *name;
	unsigned line;
	struct vg_token_set set;
	size_t cap;
};

static enum vg_rc fail(const struct parse *p, struct vg_err *err,
		       const char *what)
{
	return vg_err_set(err, VG_INVAL, "%s:%u: %s", p->name, p->line, what);
}

struct vg_slice vg_token_word(struct vg_slice *rest)
{
	struct vg_slice w;

	while (rest->n > 0 && (*rest->p == ' ' || *rest->p == '\t')) {
		rest->p++;
		rest->n--;
	}
	w = (struct vg_slice){.p = rest->p};
	while (w.n < rest->n && w.p[w.n] != ' ' && w.p[w.n] != '\t')
		w.n++;
	rest->p += w.n;
	rest->n -= w.n;
	return w;
}

/* Lower case alone: a hash is compared as it stands. */
static int nibble(char c)
{
	return c >= 'A' && c <= 'F' ? -1 : vg_text_hex(c);
}

static bool read_hash(uint8_t out[VG_TOKEN_HASH], struct vg_slice hex)
{
	if (hex.n != 2 * VG_TOKEN_HASH)
		return false;
	for (size_t i = 0; i < VG_TOKEN_HASH; i++) {
		int hi = nibble(hex.p[2 * i]), lo = nibble(hex.p[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return false;
		out[i] = (uint8_t)(hi * 16 + lo);
	}
	return true;
}

bool vg_cert_name_ok(struct vg_slice name)
{
	static const char *const kinds[] = {
		"URI:", "DNS:", "EMAIL:", "CN:", "SHA256:"};
	bool known = false;

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		size_t n = strlen(kinds[i]);

		known |= name.n > n && memcmp(name.p, kinds[i], n) == 0;
	}
	for (uint32_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] > '~')
			return false;
	return known && name.n <= VG_CERT_NAME_MAX;
}

void vg_cert_hash(struct vg_slice name, uint8_t out[VG_TOKEN_HASH])
{
	crypto_hash_sha256_state state;

	(void)crypto_hash_sha256_init(&state);
	(void)crypto_hash_sha256_update(&state, (const uint8_t *)CERT,
					sizeof CERT - 1);
	(void)crypto_hash_sha256_update(&state, (const uint8_t *)name.p,
					name.n);
	(void)crypto_hash_sha256_final(&state, out);
}

/* "cert:" and a name, or a hash in hex: what is wrong with it, or NULL. */
static const char *take_secret(struct vg_token *t, struct vg_slice w)
{
	const uint32_t n = sizeof CERT - 1;

	t->is_certificate = w.n > n && memcmp(w.p, CERT, n) == 0;
	if (t->is_certificate) {
		struct vg_slice name = {w.p + n, w.n - n};

		if (!vg_cert_name_ok(name))
			return "cert: is not followed by URI:, DNS:, EMAIL:, "
			       "CN: or SHA256: and a name of at most 200 bytes";
		vg_cert_hash(name, t->hash);
		return NULL;
	}
	return read_hash(t->hash, w)
		       ? NULL
		       : "a line starts with a SHA-256 in 64 lower-case hex "
			 "digits (make one with `vigie token add VIEWER`), or "
			 "with cert: and a name";
}

static const char *const role_names[] = {"reader", "analyst", "operator",
					 "admin"};

enum { ROLES = sizeof role_names / sizeof *role_names, DATE_TEXT = 10 };

int vg_role_find(struct vg_slice word)
{
	for (int i = 0; i < ROLES; i++)
		if (vg_slice_eq(word, vg_slice_of(role_names[i])))
			return i;
	return -1;
}

const char *vg_role_name(enum vg_role role)
{
	return role_names[role];
}

bool vg_token_name_ok(struct vg_slice name)
{
	for (uint32_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') || c == '.' || c == '_' ||
		      c == '@' || c == '-'))
			return false;
	}
	return name.n >= 1 && name.n <= VG_TOKEN_NAME_MAX;
}

static const char *take_role(struct vg_token *t, struct vg_slice v)
{
	int role = vg_role_find(v);

	t->role = role < 0 ? VG_ROLE_READER : (enum vg_role)role;
	return role < 0 ? "role= is not reader, analyst, operator or admin"
			: NULL;
}

/* An instant, or a day, from whose beginning on it is not in force. */
static const char *take_expires(struct vg_token *t, struct vg_slice v)
{
	char day[DATE_TEXT + 11];

	if (v.n == DATE_TEXT) {
		(void)snprintf(day, sizeof day, "%.10sT00:00:00Z", v.p);
		v = vg_slice_of(day);
	}
	return vg_time_parse(v, &t->expires_ms)
		       ? NULL
		       : "expires= is no day (2027-01-31) or instant "
			 "(2027-01-31T12:00:00Z)";
}

static const char *take_name(struct vg_token *t, struct vg_slice v)
{
	if (!vg_token_name_ok(v))
		return "name= is not 1 to 64 of A-Z a-z 0-9 . _ @ -";
	memcpy(t->name, v.p, v.n);
	t->name[v.n] = '\0';
	return NULL;
}

static const char *take_scopes(struct vg_token *t, struct vg_slice v)
{
	return vg_scopes_read(v, &t->scopes)
		       ? NULL
		       : "scopes= is not a list of read:series, read:alerts, "
			 "write:alerts, promql, taxii, admin";
}

static const char *take_from(struct vg_token *t, struct vg_slice v)
{
	while (v.n > 0) {
		const char *comma = memchr(v.p, ',', v.n);
		uint32_t n = comma == NULL ? v.n : (uint32_t)(comma - v.p);

		if (t->n_nets == VG_TOKEN_NETS_MAX)
			return "from= has more than 8 ranges";
		if (vg_net_read((struct vg_slice){v.p, n},
				&t->net[t->n_nets]) != VG_NET_OK)
			return "from= is not a list of addresses and ranges "
			       "(192.0.2.0/24,2001:db8::/32)";
		t->n_nets++;
		n += comma != NULL;
		v.p += n;
		v.n -= n;
	}
	t->n_nets = vg_nets_join(t->net, t->n_nets);
	return NULL;
}

/* "20" a second, or "20/100": at most 100 at once. */
static const char *take_rate(struct vg_token *t, struct vg_slice v)
{
	const char *slash = memchr(v.p, '/', v.n);
	size_t n = slash == NULL ? v.n : (size_t)(slash - v.p);
	const char *wrong = "rate= is not a number of requests a second, or "
			    "that and a burst (20 or 20/100), each up to "
			    "1000000; 0 is no limit";

	if (!vg_text_number(v.p, n, 7, &t->rate) || t->rate > VG_RATE_MOST)
		return wrong;
	t->burst = t->rate > 0 ? t->rate : 1;
	if (slash != NULL &&
	    (!vg_text_number(slash + 1, v.n - n - 1, 7, &t->burst) ||
	     t->burst < 1 || t->burst > VG_RATE_MOST))
		return wrong;
	return NULL;
}

/* A word after the viewer, key=value: what is wrong with it, or NULL. */
static const char *take_option(struct vg_token *t, struct vg_slice w,
			       unsigned *seen)
{
	static const struct {
		const char *key;
		const char *(*take)(struct vg_token *t, struct vg_slice v);
	} known[] = {{"role=", take_role}, {"expires=", take_expires},
		     {"name=", take_name}, {"scopes=", take_scopes},
		     {"from=", take_from}, {"rate=", take_rate}};

	for (unsigned i = 0; i < sizeof known / sizeof *known; i++) {
		uint32_t n = (uint32_t)strlen(known[i].key);

		if (w.n <= n || memcmp(w.p, known[i].key, n) != 0)
			continue;
		if ((*seen & 1U << i) != 0)
			return "a word stands there twice; remove one";
		*seen |= 1U << i;
		return known[i].take(
			t, (struct vg_slice){.p = w.p + n, .n = w.n - n});
	}
	return "unknown word after the viewer; known: role= expires= name= "
	       "scopes= from= rate=";
}

static enum vg_rc add(struct parse *p, const struct vg_token *t,
		      struct vg_err *err)
{
	if (p->set.n == VG_TOKENS_MAX)
		return fail(p, err, "more than 4096 tokens; remove some");
	for (size_t i = 0; i < p->set.n; i++)
		if (memcmp(p->set.token[i].hash, t->hash, VG_TOKEN_HASH) == 0)
			return fail(p, err,
				    "this hash stands above already; "
				    "remove one of the lines");
	if (p->set.n == p->cap) {
		size_t cap = p->cap == 0 ? 16 : p->cap * 2;
		struct vg_token *bigger =
			realloc(p->set.token, cap * sizeof *bigger);

		if (bigger == NULL)
			return vg_err_set(err, VG_FATAL, "out of memory");
		p->set.token = bigger;
		p->cap = cap;
	}
	p->set.token[p->set.n++] = *t;
	return VG_OK;
}

static enum vg_rc parse_line(struct parse *p, struct vg_slice line,
			     struct vg_err *err)
{
	struct vg_slice hash = vg_token_word(&line),
			viewer = vg_token_word(&line), option;
	struct vg_token t = {
		.expires_ms = INT64_MAX, .scopes = VG_SCOPES_ALL, .rate = -1};
	const char *fault;
	unsigned seen = 0;
	int slot;

	if (hash.n == 0 || hash.p[0] == '#')
		return VG_OK;
	fault = take_secret(&t, hash);
	if (fault != NULL)
		return fail(p, err, fault);
	if (viewer.n == 0)
		return fail(p, err,
			    "no viewer after the hash; write a "
			    "partner id or coalition");
	slot = vg_config_viewer(p->cfg, viewer);
	if (slot < 0)
		return fail(p, err,
			    "unknown viewer; write a partner id of "
			    "the configuration, or coalition");
	while ((option = vg_token_word(&line)).n > 0) {
		fault = take_option(&t, option, &seen);
		if (fault != NULL)
			return fail(p, err, fault);
	}
	t.viewer = (unsigned)slot;
	return add(p, &t, err);
}

enum vg_rc vg_token_parse(struct vg_token_set *out, const struct vg_config *cfg,
			  const char *name, struct vg_slice text,
			  struct vg_err *err)
{
	struct parse p = {.cfg = cfg, .name = name};

	while (text.n > 0) {
		const char *nl = memchr(text.p, '\n', text.n);
		uint32_t n = nl == NULL ? text.n : (uint32_t)(nl - text.p);
		struct vg_slice line = {.p = text.p, .n = n};
		enum vg_rc rc;

		p.line++;
		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		rc = parse_line(&p, line, err);
		if (rc != VG_OK) {
			free(p.set.token);
			return rc;
		}
		n += nl != NULL;
		text.p += n;
		text.n -= n;
	}
	*out = p.set;
	return VG_OK;
}

/* Read all of `fd` into `buf` of VG_TOKEN_FILE_MAX + 1 bytes. */
static ssize_t read_all(int fd, char *buf)
{
	size_t n = 0;

	while (n <= VG_TOKEN_FILE_MAX) {
		ssize_t got = read(fd, buf + n, VG_TOKEN_FILE_MAX + 1 - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	return (ssize_t)n;
}

static enum vg_rc read_open(struct vg_token_set *out,
			    const struct vg_config *cfg, const char *path,
			    int fd, char *buf, struct vg_err *err)
{
	ssize_t n = read_all(fd, buf);

	if (n < 0)
		return vg_err_set(err, VG_INVAL, "%s: %s", path,
				  strerror(errno));
	if (n > VG_TOKEN_FILE_MAX)
		return vg_err_set(err, VG_INVAL,
				  "%s: larger than %d bytes; remove old tokens",
				  path, VG_TOKEN_FILE_MAX);
	return vg_token_parse(out, cfg, path,
			      (struct vg_slice){.p = buf, .n = (uint32_t)n},
			      err);
}

enum vg_rc vg_token_read(struct vg_token_set *out, const struct vg_config *cfg,
			 const char *path, struct stat *stamp,
			 struct vg_err *err)
{
	char *buf = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum vg_rc rc = VG_INVAL;

	assert(path != NULL);
	if (fd < 0 || fstat(fd, stamp) != 0) {
		rc = vg_err_set(err, VG_INVAL,
				"token file %s: %s; make it with `vigie token "
				"add VIEWER`",
				path, strerror(errno));
		goto out;
	}
	/* cppcheck-suppress ctuuninitvar ; fstat() filled it */
	if ((stamp->st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		rc = vg_err_set(err, VG_INVAL,
				"token file %s: others may write to it; chmod "
				"600 it",
				path);
		goto out;
	}
	buf = malloc(VG_TOKEN_FILE_MAX + 1);
	if (buf == NULL) {
		rc = vg_err_set(err, VG_FATAL, "out of memory");
		goto out;
	}
	rc = read_open(out, cfg, path, fd, buf, err);
out:
	free(buf);
	if (fd >= 0)
		(void)close(fd);
	return rc;
}
