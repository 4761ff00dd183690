#include "cmd/purge_report.h"

#include "core/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATH_LEN = 4200, REPORT_MAX = 1 << 26 };

static void put_counts(struct vg_buf *b, const struct vg_purge_counts *c)
{
	vg_buf_str(b, "{");
	for (int k = 0; k < VG_PURGE_KINDS; k++)
		vg_buf_printf(b,
			      "%s\"%s\":{\"keys\":%" PRId64
			      ",\"items\":%" PRId64 "}",
			      k > 0 ? "," : "",
			      vg_purge_kind_name((enum vg_purge_kind)k),
			      c->keys[k], c->items[k]);
	vg_buf_str(b, "}");
}

static void put_parts(struct vg_buf *b, const struct vg_purge_report *r)
{
	struct vg_purge_counts sum = {.keys = {0}};

	vg_buf_str(b, "\"partitions\":[");
	for (size_t i = 0; i < r->n_part; i++) {
		const struct vg_purge_part *p = &r->part[i];

		vg_buf_printf(b,
			      "%s\n  {\"topic\":\"%s\",\"partition\":%" PRId32
			      ",\"counting_begins_at\":%" PRId64
			      ",\"removed\":",
			      i > 0 ? "," : "", p->at.topic, p->at.partition,
			      p->at.offset);
		put_counts(b, &p->counts);
		vg_buf_str(b, "}");
		for (int k = 0; k < VG_PURGE_KINDS; k++) {
			sum.keys[k] += p->counts.keys[k];
			sum.items[k] += p->counts.items[k];
		}
	}
	vg_buf_str(b, "],\n\"removed\":");
	put_counts(b, &sum);
}

/* The ids of alerts to which `what` was done. */
static void put_alerts(struct vg_buf *b, const struct vg_reply *notes,
		       const char *what)
{
	static const char mark[] = "alert:";
	const uint32_t n = sizeof mark - 1;
	bool first = true;

	vg_buf_printf(b, "\"%s\":[", what);
	for (size_t i = 0; i + 1 < vg_reply_count(notes); i += 2) {
		struct vg_slice f = vg_reply_text(vg_reply_at(notes, i));

		if (f.n <= n || memcmp(f.p, mark, n) != 0 ||
		    !vg_slice_eq(vg_reply_text(vg_reply_at(notes, i + 1)),
				 vg_slice_of(what)))
			continue;
		vg_buf_printf(b, "%s\"%.*s\"", first ? "" : ",", (int)(f.n - n),
			      f.p + n);
		first = false;
	}
	vg_buf_str(b, "]");
}

static int64_t note_of(const struct vg_reply *notes, const char *name)
{
	for (size_t i = 0; i + 1 < vg_reply_count(notes); i += 2)
		if (vg_slice_eq(vg_reply_text(vg_reply_at(notes, i)),
				vg_slice_of(name)))
			return vg_reply_int(vg_reply_at(notes, i + 1));
	return 0;
}

static void put_dead(struct vg_buf *b, const struct vg_dead_purged *d)
{
	vg_buf_printf(b,
		      "\"dead_letters\":{\"topic\":\"%s\",\"records\":%" PRId64
		      ",\"deleted_below\":[",
		      d->topic, d->records);
	for (size_t i = 0; i < d->n; i++)
		vg_buf_printf(b, "%s%" PRId64, i > 0 ? "," : "", d->below[i]);
	vg_buf_str(b, "]}");
}

enum vg_rc vg_purge_report_text(struct vg_buf *out,
				const struct vg_purge_report *r,
				struct vg_err *err)
{
	vg_buf_printf(out,
		      "{\"report\":\"vigie partner purge\",\"version\":1,\n"
		      "\"partner\":\"%s\",\"slot\":%u,\n"
		      "\"begun\":\"%s\",\"ended\":\"%s\",\n",
		      r->partner->id, r->partner->slot, r->begun, r->ended);
	put_parts(out, r);
	vg_buf_str(out, ",\n\"alerts\":{");
	put_alerts(out, r->notes, "removed");
	vg_buf_str(out, ",\n  ");
	put_alerts(out, r->notes, "withdrawn");
	vg_buf_str(out, ",\n  ");
	put_alerts(out, r->notes, "changed");
	vg_buf_printf(
		out, "},\n\"notifications\":%" PRId64 ",\n\"people\":\"%s\",\n",
		note_of(r->notes, "notifications"),
		note_of(r->notes, "people") == 1 ? "removed" : "in the log");
	put_dead(out, &r->dead);
	vg_buf_str(out, "}\n");
	return out->failed ? vg_err_set(err, VG_FATAL, "purge: out of memory")
			   : VG_OK;
}

static enum vg_rc sig_path(char out[PATH_LEN], const char *path,
			   struct vg_err *err)
{
	int n = snprintf(out, PATH_LEN, "%s.sig", path);

	return n > 0 && n < PATH_LEN
		       ? VG_OK
		       : vg_err_set(err, VG_INVAL, "--report: too long a path");
}

enum vg_rc vg_purge_report_room(const char *path, struct vg_err *err)
{
	char sig[PATH_LEN];
	enum vg_rc rc = sig_path(sig, path, err);

	if (rc == VG_OK && (access(path, F_OK) == 0 || access(sig, F_OK) == 0))
		return vg_err_set(err, VG_INVAL,
				  "--report: %.100s or its .sig is there "
				  "already; name a file that is not",
				  path);
	return rc;
}

static enum vg_rc write_new(const char *path, struct vg_slice text,
			    struct vg_err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);

	if (fd < 0)
		return vg_err_set(err, VG_INVAL, "--report: %.100s: %s", path,
				  strerror(errno));
	bool good = true;
	for (uint32_t done = 0; good && done < text.n;) {
		ssize_t n = write(fd, text.p + done, text.n - done);

		good = n > 0;
		done += good ? (uint32_t)n : 0;
	}
	good = good && fsync(fd) == 0;
	if (close(fd) == 0 && good)
		return VG_OK;
	(void)unlink(path);
	return vg_err_set(err, VG_INVAL, "--report: %.100s: writing failed",
			  path);
}

enum vg_rc vg_purge_report_write(const char *path, struct vg_slice text,
				 const struct vg_signer *signer,
				 struct vg_err *err)
{
	char sig[PATH_LEN], line[VG_SIGN_TEXT + 1];
	enum vg_rc rc = sig_path(sig, path, err);

	vg_signer_sign(signer, text, line);
	(void)strcat(line, "\n");
	if (rc == VG_OK)
		rc = write_new(path, text, err);
	if (rc == VG_OK)
		rc = write_new(sig, vg_slice_of(line), err);
	return rc;
}

static enum vg_rc read_whole(const char *path, struct vg_buf *out,
			     struct vg_err *err)
{
	char block[4096];
	size_t n;
	FILE *in = fopen(path, "rb");

	if (in == NULL)
		return vg_err_set(err, VG_INVAL, "%.100s: %s", path,
				  strerror(errno));
	while ((n = fread(block, 1, sizeof block, in)) > 0 &&
	       out->n <= REPORT_MAX)
		vg_buf_add(out, block, n);
	bool good = ferror(in) == 0 && out->n <= REPORT_MAX && !out->failed;
	fclose(in);
	return good ? VG_OK
		    : vg_err_set(err, VG_INVAL, "%.100s: cannot be read", path);
}

static enum vg_rc check(const char *path, const struct vg_buf *text,
			struct vg_buf *sig, const uint8_t key[VG_SIGN_KEY],
			char id[VG_SIGN_ID_MAX + 1], struct vg_err *err)
{
	uint8_t bytes[VG_SIGN_BYTES];
	struct vg_slice who;

	while (sig->n > 0 && sig->p[sig->n - 1] == '\n')
		sig->n--;
	if (!vg_sign_read((struct vg_slice){sig->p, (uint32_t)sig->n}, &who,
			  bytes))
		return vg_err_set(err, VG_DROP,
				  "%.100s.sig: is no signature: one line "
				  "\"<key id>:<base64>\"",
				  path);
	if (!vg_sign_check(key, (struct vg_slice){text->p, (uint32_t)text->n},
			   bytes))
		return vg_err_set(err, VG_DROP,
				  "%.100s: BAD: it was changed, or signed with "
				  "another key than this",
				  path);
	memcpy(id, who.p, who.n);
	id[who.n] = '\0';
	return VG_OK;
}

enum vg_rc vg_purge_report_check(const char *path, const char *base64,
				 char id[VG_SIGN_ID_MAX + 1],
				 struct vg_err *err)
{
	uint8_t key[VG_SIGN_KEY];
	char beside[PATH_LEN];
	struct vg_buf text = {0}, sig = {0};

	if (!vg_sign_read_key(vg_slice_of(base64), key))
		return vg_err_set(err, VG_INVAL,
				  "--key: is no public key; give what `vigie "
				  "sign-key new` printed behind `key:`");
	enum vg_rc rc = sig_path(beside, path, err);
	if (rc == VG_OK)
		rc = read_whole(path, &text, err);
	if (rc == VG_OK)
		rc = read_whole(beside, &sig, err);
	if (rc == VG_OK)
		rc = check(path, &text, &sig, key, id, err);
	vg_buf_term(&text);
	vg_buf_term(&sig);
	return rc;
}
