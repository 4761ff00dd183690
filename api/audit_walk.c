/*
 * Looking at an audit log, from its first line to its last. Lines that are no
 * entry are put aside until an entry "torn" accounts for them.
 */
#include "api/audit_chain.h"
#include "core/config.h"
#include "core/json.h"
#include "core/limits.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>

/* What is looked at of an entry. */
struct entry {
	int64_t n, bytes;
	char kind[16], previous[VG_AUDIT_CHAIN], hash[VG_AUDIT_CHAIN];
	bool is_keyed;
};

static bool take_text(const struct vg_json *j, const char *name, char *out,
		      size_t cap)
{
	uint32_t at = vg_json_member(j, 0, name);
	struct vg_slice s;

	if (at == 0 || j->tok[at].type != VG_JSON_STRING)
		return false;
	s = vg_json_raw(j, at);
	if (s.n >= cap)
		return false;
	memcpy(out, s.p, s.n);
	out[s.n] = '\0';
	return true;
}

static bool read_entry(struct entry *e, struct vg_json *j, struct vg_slice line)
{
	uint32_t at;
	size_t where;

	*e = (struct entry){.n = 0};
	if (vg_json_parse(j, line.p, line.n, &where) != VG_JSON_OK ||
	    j->tok[0].type != VG_JSON_OBJECT)
		return false;
	at = vg_json_member(j, 0, "n");
	if (at == 0 || j->tok[at].type != VG_JSON_NUMBER ||
	    !vg_json_int(j, at, &e->n) ||
	    !take_text(j, "entry", e->kind, sizeof e->kind))
		return false;
	(void)take_text(j, "previous", e->previous, sizeof e->previous);
	(void)take_text(j, "hash", e->hash, sizeof e->hash);
	at = vg_json_member(j, 0, "bytes");
	if (at != 0 && j->tok[at].type == VG_JSON_NUMBER)
		(void)vg_json_int(j, at, &e->bytes);
	at = vg_json_member(j, 0, "keyed");
	e->is_keyed = at != 0 && j->tok[at].type == VG_JSON_TRUE;
	return true;
}

static bool is_kind(const struct entry *e, const char *kind)
{
	return strcmp(e->kind, kind) == 0;
}

/* The first entry of what is looked at says where it goes on from. */
static enum vg_rc begin(struct vg_audit_walk *w, const struct entry *e,
			const char *path, struct vg_err *err)
{
	if (e->is_keyed != (w->key->n > 0))
		return vg_err_set(err, VG_INVAL,
				  e->is_keyed
					  ? "%.120s: its chain is keyed; give "
					    "the key: --key FILE"
					  : "%.120s: its chain has no key; "
					    "leave the key out",
				  path);
	memcpy(w->chain, e->previous, sizeof w->chain);
	w->n = e->n - 1;
	w->first = e->n;
	w->begun = true;
	return VG_OK;
}

/* What keeps the entry from following; NULL when it does. */
static const char *why_not(const struct vg_audit_walk *w, const struct entry *e,
			   struct vg_slice line)
{
	if (e->n != w->n + 1)
		return "its number is not the next one: entries are missing, "
		       "or the files are not given oldest first";
	if (!vg_audit_follows(line, w->key, w->chain))
		return "the chain breaks: this entry was changed, or one "
		       "before it was changed, added or removed";
	if (is_kind(e, "opened") && strcmp(e->previous, w->chain) != 0)
		return "it goes on from another entry than the one before it";
	return NULL;
}

/* An entry that stands behind what is no entry must account for it. */
static bool accounts(const struct vg_audit_walk *w, const struct entry *e)
{
	char hash[VG_AUDIT_CHAIN];

	if (w->rest.bytes == 0)
		return !is_kind(e, "torn");
	vg_audit_sum_hex(&w->rest, hash);
	return is_kind(e, "torn") && e->bytes == w->rest.bytes &&
	       strcmp(e->hash, hash) == 0;
}

static enum vg_rc broken(const struct vg_audit_walk *w, const char *path,
			 struct vg_err *err)
{
	return vg_err_set(err, VG_DROP,
			  "%.80s:%lld: %s; up to there all is whole: keep the "
			  "file, compare with a copy",
			  path, (long long)w->rest_line, w->fault);
}

/* A line that is no entry waits for one that accounts for it. */
static enum vg_rc put_aside(struct vg_audit_walk *w, struct vg_slice line,
			    int64_t number, const char *fault)
{
	if (w->rest.bytes == 0) {
		w->rest_line = number;
		w->rest_lines = 0;
		(void)snprintf(w->fault, sizeof w->fault, "%s", fault);
	} else {
		vg_audit_sum_add(&w->rest, "\n", 1);
	}
	vg_audit_sum_add(&w->rest, line.p, line.n);
	return w->rest.bytes > VG_AUDIT_TORN_MAX ? VG_DROP : VG_OK;
}

static enum vg_rc take_line(struct vg_audit_walk *w, struct vg_json *j,
			    struct vg_slice line, int64_t number,
			    const char *path, struct vg_err *err)
{
	const char *fault = "no entry of an audit log";
	struct entry e;

	if (line.n <= VG_AUDIT_LINE_MAX && read_entry(&e, j, line)) {
		if (!w->begun && is_kind(&e, "opened")) {
			enum vg_rc rc = begin(w, &e, path, err);

			if (rc != VG_OK)
				return rc;
		}
		fault = w->begun ? why_not(w, &e, line)
				 : "a log begins with an entry \"opened\"";
		if (fault == NULL && accounts(w, &e)) {
			w->n++;
			w->torn += w->rest.bytes > 0;
			w->rest.bytes = 0;
			memcpy(w->chain,
			       line.p + line.n - (VG_AUDIT_CHAIN - 1) - 2,
			       VG_AUDIT_CHAIN - 1);
			return VG_OK;
		}
		if (fault == NULL)
			fault = "what stands before it is no entry, and not "
				"what a torn line left";
	}
	return put_aside(w, line, number, fault);
}

enum vg_rc vg_audit_walk_file(struct vg_audit_walk *w, const char *path,
			      struct vg_err *err)
{
	FILE *in = fopen(path, "re");
	struct vg_json j = {0};
	char *text = NULL;
	size_t cap = 0;
	ssize_t n;
	int64_t number = 0;
	enum vg_rc rc = VG_OK;

	if (in == NULL)
		return vg_err_set(err, VG_INVAL,
				  "%.160s: %s; name a readable "
				  "file",
				  path, strerror(errno));
	if (w->rest.bytes > 0)
		rc = VG_DROP; /* the file before it */
	while (rc == VG_OK && (n = getline(&text, &cap, in)) > 0) {
		bool ends = text[n - 1] == '\n';

		rc = take_line(w, &j,
			       (struct vg_slice){text, (uint32_t)(n - ends)},
			       ++number, path, err);
		w->rest_lines += ends;
		w->wants_newline = !ends && w->rest.bytes == 0;
	}
	if (rc == VG_OK && ferror(in))
		rc = vg_err_set(err, VG_INVAL, "%.160s: cannot be read", path);
	if (rc == VG_DROP)
		rc = broken(w, path, err);
	free(text);
	vg_json_term(&j);
	(void)fclose(in);
	return rc;
}

enum vg_rc vg_audit_walk_end(const struct vg_audit_walk *w, const char *path,
			     struct vg_err *err)
{
	/* One line without an end, and nothing else. */
	if (w->rest.bytes == 0 || w->rest_lines == 0)
		return VG_OK;
	return broken(w, path, err);
}

static void say_torn(const struct vg_audit_walk *w, FILE *out)
{
	if (w->first > 1)
		(void)fprintf(out, "entries before %lld are in older files\n",
			      (long long)w->first);
	if (w->torn > 0)
		(void)fprintf(out, "%lld torn lines, accounted for\n",
			      (long long)w->torn);
	if (w->rest.bytes > 0)
		(void)fprintf(out,
			      "the last line is torn (%lld bytes): a writer "
			      "was killed, or is writing; vigie accounts for "
			      "it when it opens the file\n",
			      (long long)w->rest.bytes);
}

enum vg_rc vg_audit_verify(const char *const *path, size_t n,
			   const char *key_file, FILE *out, struct vg_err *err)
{
	struct vg_audit_key key;
	struct vg_audit_walk w = {.key = &key};
	enum vg_rc rc = vg_audit_key_read(&key, key_file, err);

	if (sodium_init() < 0)
		return vg_err_set(err, VG_FATAL, "audit: libsodium fails");
	for (size_t i = 0; i < n && rc == VG_OK; i++)
		rc = vg_audit_walk_file(&w, path[i], err);
	if (rc == VG_OK)
		rc = vg_audit_walk_end(&w, path[n - 1], err);
	vg_secret_wipe(&key, sizeof key);
	if (rc != VG_OK)
		return rc;
	if (!w.begun) {
		(void)fprintf(out, "0 entries, chain whole\n");
		return VG_OK;
	}
	(void)fprintf(out, "%lld entries, chain whole: %lld to %lld, %s\n",
		      (long long)(w.n - w.first + 1), (long long)w.first,
		      (long long)w.n, w.chain);
	say_torn(&w, out);
	return VG_OK;
}
