#include "api/audited.h"

#include "api/audit_file.h"
#include "api/tokens.h"
#include "api/viewer.h"
#include "core/hash.h"
#include "core/limits.h"
#include "core/timefmt.h"

#include <arpa/inet.h>
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

enum { WRITER = 64, HASHED = 16, MAPPED = 12 };

struct vg_auditor {
	const struct vg_config *cfg;
	struct vg_metrics *metrics;
	const struct vg_log *log;
	struct vg_audit_key key;
	char writer[WRITER];
	struct vg_audit_file *file;
	pthread_mutex_t lock;	       /* guards the rest */
	struct vg_log_limit strangers; /* entries */
	bool is_bad;
};

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '.' || c == '_' || c == ':' ||
	       c == '-';
}

static void say_head(struct vg_auditor *a, enum vg_log_event event)
{
	char chain[VG_AUDIT_CHAIN] = "", n[24];

	vg_log(a->log, VG_LOG_INFO, event, "file", a->cfg->audit_file, "entry",
	       vg_num(n, vg_audit_file_head(a->file, chain)), "chain", chain,
	       NULL);
}

enum vg_rc vg_auditor_new(struct vg_auditor **out,
			  const struct vg_part_env *env,
			  const struct vg_log *log, const char *writer,
			  int64_t now_ms, struct vg_err *err)
{
	const struct vg_config *cfg = env->cfg;
	struct vg_audit_opts opts = {.path = cfg->audit_file,
				     .rotate_bytes = cfg->audit_rotate_bytes,
				     .sync_ms = cfg->audit_sync_ms};
	struct vg_auditor *a;
	enum vg_rc rc;

	*out = NULL;
	if (cfg->audit_file == NULL || *cfg->audit_file == '\0')
		return VG_OK;
	a = calloc(1, sizeof *a);
	if (a == NULL || pthread_mutex_init(&a->lock, NULL) != 0) {
		free(a);
		return vg_err_set(err, VG_FATAL, "audit: out of memory");
	}
	a->cfg = cfg;
	a->metrics = env->metrics;
	a->log = log;
	for (size_t i = 0; i + 1 < WRITER && writer[i] != '\0'; i++)
		a->writer[i] = is_plain(writer[i]) ? writer[i] : '-';
	opts.writer = a->writer;
	opts.key = &a->key;
	rc = vg_audit_key_read(&a->key, cfg->audit_key_file, err);
	if (rc == VG_OK)
		rc = vg_audit_file_open(&a->file, &opts, now_ms, err);
	if (rc != VG_OK) {
		vg_auditor_free(a);
		return rc;
	}
	say_head(a, VG_EV_AUDIT_OPEN);
	*out = a;
	return VG_OK;
}

void vg_auditor_free(struct vg_auditor *a)
{
	if (a == NULL)
		return;
	if (a->file != NULL)
		say_head(a, VG_EV_AUDIT_CLOSED);
	vg_audit_file_close(a->file);
	vg_secret_wipe(&a->key, sizeof a->key);
	(void)pthread_mutex_destroy(&a->lock);
	free(a);
}

static void put_hash(struct vg_buf *b, struct vg_slice s)
{
	char hex[65];

	vg_blake2b_hex(hex, s.p, s.n);
	vg_buf_str(b, "~");
	vg_buf_add(b, hex, HASHED);
}

/* An id as it is, or where it may be anybody's text its hash. */
static void put_id(struct vg_buf *b, struct vg_slice id)
{
	bool plain = id.n <= VG_AUDIT_OBJECT_MAX;

	for (uint32_t i = 0; plain && i < id.n; i++)
		plain = is_plain(id.p[i]);
	if (plain)
		vg_buf_add(b, id.p, id.n);
	else
		put_hash(b, id);
}

/* Every text that is put here is of a closed list or of plain characters. */
static void put_who(struct vg_buf *b, const struct vg_service *s,
		    const struct vg_request *r)
{
	char at[INET6_ADDRSTRLEN] = "";
	bool is_v4;

	if (r->who.id[0] != '\0')
		vg_buf_printf(b,
			      ",\"token\":\"%s\",\"by\":\"%s\",\"viewer\":"
			      "\"%s\",\"role\":\"%s\"",
			      r->who.id, r->who.name,
			      vg_viewer_name(s->env->cfg, r->who.viewer),
			      vg_role_name(r->who.role));
	else
		vg_buf_str(b, ",\"token\":null");
	if (r->address == NULL)
		return;
	is_v4 = IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)r->address);
	if (inet_ntop(is_v4 ? AF_INET : AF_INET6,
		      r->address + (is_v4 ? MAPPED : 0), at, sizeof at) != NULL)
		vg_buf_printf(b, ",\"from\":\"%s\"", at);
}

static void put_what(struct vg_buf *b, const char *route,
		     const struct vg_request *r)
{
	const char *query = r->target != NULL ? strchr(r->target, '?') : NULL;

	vg_buf_printf(b, ",\"method\":\"%s\",\"route\":\"%s\"", r->method,
		      route);
	if (r->id.n > 0) {
		vg_buf_str(b, ",\"object\":\"");
		put_id(b, r->id);
		if (r->id2.n > 0) {
			vg_buf_str(b, "/");
			put_id(b, r->id2);
		}
		vg_buf_str(b, "\"");
	}
	if (query != NULL) {
		vg_buf_str(b, ",\"query\":\"");
		put_hash(b, vg_slice_of(query + 1));
		vg_buf_str(b, "\"");
	}
}

static const char *verdict_of(int status, bool changes)
{
	if (status >= 500)
		return "failed";
	if (status >= 400)
		return "refused";
	return changes ? "done" : "given";
}

/* Say it once when the log fails, and once when it is written again. */
static void tell(struct vg_auditor *a, enum vg_rc rc, const struct vg_err *err)
{
	bool is_news;

	vg_metric_add(a->metrics,
		      rc == VG_OK ? VG_M_AUDITED : VG_M_AUDIT_FAILED, 1);
	(void)pthread_mutex_lock(&a->lock);
	is_news = a->is_bad != (rc != VG_OK);
	a->is_bad = rc != VG_OK;
	(void)pthread_mutex_unlock(&a->lock);
	if (!is_news)
		return;
	if (rc != VG_OK)
		vg_log(a->log, VG_LOG_ERROR, VG_EV_AUDIT_BAD, "error",
		       err->text, NULL);
	else
		say_head(a, VG_EV_AUDIT_BACK);
}

static bool put(struct vg_auditor *a, const char *kind, struct vg_buf *b,
		bool sync, int64_t now_ms)
{
	struct vg_err err = {.rc = VG_OK};
	enum vg_rc rc = VG_RETRY;

	if (!b->failed)
		rc = vg_audit_file_put(a->file, kind,
				       (struct vg_slice){b->p, (uint32_t)b->n},
				       sync, now_ms, &err);
	vg_buf_term(b);
	tell(a, rc, &err);
	return rc == VG_OK || !a->cfg->audit_required;
}

static bool refuse(struct vg_answer *a, const struct vg_request *r)
{
	vg_answer_term(a);
	*a = (struct vg_answer){.status = 0};
	vg_answer_header(a, "Retry-After", "10");
	return vg_answer_fail(a, r, 503, "audit",
			      "the audit log cannot be written, and nothing is "
			      "given without it; the operator finds why in "
			      "the log");
}

bool vg_audited_ask(struct vg_service *s, const char *route,
		    const struct vg_request *r, struct vg_answer *a)
{
	struct vg_buf b = {0};

	if (s->auditor == NULL)
		return true;
	put_who(&b, s, r);
	put_what(&b, route, r);
	return put(s->auditor, "asked", &b, true, r->now_ms) || refuse(a, r);
}

/* A flood of requests without a token, or past a limit, must not fill the
 * disk. */
static bool may_say(struct vg_auditor *a, const struct vg_request *r,
		    int status, int64_t *unsaid)
{
	bool may = true;

	if (r->who.id[0] != '\0' && status != 429)
		return true;
	(void)pthread_mutex_lock(&a->lock);
	may = vg_log_may(&a->strangers, VG_AUDIT_STRANGERS, r->now_ms, unsaid);
	(void)pthread_mutex_unlock(&a->lock);
	return may;
}

void vg_audited_answer(struct vg_service *s, const char *route, bool changes,
		       const struct vg_request *r, struct vg_answer *a)
{
	struct vg_auditor *x = s->auditor;
	struct vg_buf b = {0};
	int64_t unsaid = 0;

	if (x == NULL || (a->status == 304 && !x->cfg->audit_unchanged) ||
	    !may_say(x, r, a->status, &unsaid))
		return;
	put_who(&b, s, r);
	put_what(&b, route, r);
	vg_buf_printf(&b, ",\"status\":%d,\"verdict\":\"%s\"", a->status,
		      verdict_of(a->status, changes));
	if (unsaid > 0)
		vg_buf_printf(&b, ",\"unsaid\":%lld", (long long)unsaid);
	/* What was done is done: its answer is given in any case. */
	if (!put(x, changes ? "change" : "read", &b, changes, r->now_ms) &&
	    !changes)
		(void)refuse(a, r);
}

void vg_audited_tokens(struct vg_service *s, int64_t now_ms)
{
	struct vg_buf b = {0};

	if (s->auditor == NULL)
		return;
	vg_buf_printf(&b, ",\"tokens\":%zu", vg_tokens_count(s->tokens));
	(void)put(s->auditor, "tokens", &b, true, now_ms);
}
